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
void peers_t::on_refused(peer_t &peer, const wire::refusal_t &refusal)
{
    if (peer.handshake.is_self() || peer.origin.leaving)
        return;
    if (refusal.code == wire::refused_cluster)
        return set_apart(peer, cause_t::other_cluster, other_cluster(refusal.text));
    if (refusal.code == wire::refused_places) // it is asked again at every heartbeat
        return _reasons.explain(peer, cause_t::limits, refusal.text);
    std::string text; // of a later version: what it is about, only a person can read
    append_to(text, quoted(refusal.text));
    set_apart(peer, cause_t::version, text);
}

// It welcomed this node, because it knows nothing of clusters, or its name is not the default one. What it
// has told, and was told, ends.
bool peers_t::refuse(peer_t &peer, const wire::hello_t &hello)
{
    if (hello.cluster == _options.cluster || hello.node_id == _node_id)
        return false;
    peer.node.send(wire::encode_bye());
    set_apart(peer, cause_t::other_cluster, other_cluster(hello.cluster));
    return true;
}

// Until the connection ends, or it is welcomed: whoever belongs somewhere else has to be made anew for that.
void peers_t::set_apart(peer_t &peer, cause_t cause, const std::string &detail)
{
    _mirror.drop_all_of(peer);
    const actions_t actions = peer.handshake.refused();
    if (actions.has(action_t::tell_down)) {
        _handshakes.go_down(peer, cause, detail);
    }
    if (actions.has(action_t::end_identity)) {
        _identities.abandon(peer);
    }
    _reasons.show(peer);
    _operations.refused(peer.key());
}
}
