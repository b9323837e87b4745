// The part of peers_t that says why a peer is not UP.
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
void peers_t::explain(spot_node_t &node, cause_t cause, std::string detail)
{
    if (!node.trouble.set(cause, std::move(detail)))
        return;
    publish_record(node);
    log_trouble(node);
}

// A cause that was told lately is not worth a second warning, however often it comes and goes.
void peers_t::log_trouble(spot_node_t &node)
{
    const char *const state = node.handshake.state == peer_state_t::down ? "DOWN" : "CONNECTING";
    const bool first = node.trouble.must_tell(now_ms());
    if (first && level_of(node.trouble.cause()) == log_level_t::warning)
        _log.warning("peer ", quoted(node.spelled()), " is ", state, ": ", node.trouble.text());
    else
        _log.info("peer ", quoted(node.spelled()), " is ", state, ": ", node.trouble.text());
}

void peers_t::mark_down(spot_node_t &node, cause_t cause, std::string detail)
{
    node.handshake.state = peer_state_t::down;
    node.trouble.set(cause, std::move(detail));
    log_trouble(node);
    publish_record(node);
    _operations.node_gone(node.handshake.node_id);
    _operations.peer_down(node.key());
}
}
