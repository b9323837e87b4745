// The part of peers_t that keeps nodes of another cluster away: nothing of theirs is registered, no data
// connection is made to them, and nobody is told of them.
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
std::string peers_t::other_cluster(const std::string &theirs) const
{
    std::string text = "it is of cluster ";
    append_to(text, quoted(theirs));
    text += ", this node of cluster ";
    append_to(text, quoted(_options.cluster));
    return text;
}

// It would not have this node.
void peers_t::on_refused(spot_node_t &node, const wire::refusal_t &refusal)
{
    if (node.handshake.self || node.origin.leaving)
        return;
    if (refusal.code == wire::refused_cluster)
        return set_apart(node, cause_t::other_cluster, other_cluster(refusal.text));
    if (refusal.code == wire::refused_places) // it is asked again at every heartbeat
        return explain(node, cause_t::limits, refusal.text);
    std::string text; // of a later version: what it is about, only a person can read
    append_to(text, quoted(refusal.text));
    set_apart(node, cause_t::version, text);
}

// It welcomed this node, because it knows nothing of clusters, or its name is not the default one. What it
// has told, and was told, ends.
bool peers_t::refuse(spot_node_t &node, const wire::hello_t &hello)
{
    if (hello.cluster == _options.cluster || hello.node_id == _node_id)
        return false;
    node.send(wire::encode_bye());
    set_apart(node, cause_t::other_cluster, other_cluster(hello.cluster));
    return true;
}

// Until the connection ends, or it is welcomed: whoever belongs somewhere else has to be made anew for that.
void peers_t::set_apart(spot_node_t &node, cause_t cause, const std::string &detail)
{
    spot_node_t::handshake_t &shake = node.handshake;
    drop_topics_of(node);
    if (!std::exchange(shake.refused, true) || shake.state != peer_state_t::down)
        mark_down(node, cause, detail);
    if (!shake.node_id.empty()) {
        abandon_way(node);
        drop_identity(node, parting_t::drain);
    }
    shake.welcomed = shake.listed = false;
    publish_record(node);
    _operations.refused(node.key());
}
}
