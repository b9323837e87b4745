#include "spot/cluster/peer_rooms.hpp"

#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
// Names that peers were added by. Each look-up of one whose server does not answer keeps a thread for its
// time.
constexpr std::size_t lookups_at_once = 32;
}

peer_rooms_t::peer_rooms_t(const std::shared_ptr<ctx_state_t> &ctx, const options_t &options,
                           const wire::node_id_t &node_id, shared_state_t &state, receivers_t &receivers,
                           operations_t &operations, const std::shared_ptr<mailbox_t> &mailbox,
                           server_counters_t &counters, const publisher_t &publisher, const logger_t &log,
                           topic_mirror_events_t &mirror_events, peer_places_events_t &places_events)
    : options(options), node_id(node_id), state(state), receivers(receivers), operations(operations),
      counters(counters), log(log), tokens(receivers, node_id), data(receivers, 2 * options.heartbeat_ms),
      echoes(receivers, tokens, data, log), lookups(mailbox, lookups_at_once, wire::max_peers),
      reasons(state, echoes, log), reports(node_id, table, receivers, operations, state),
      plain(options, node_id, table, receivers, state, mailbox, counters),
      mirror(options, state, mirror_events, log), ways(ctx, options, node_id, publisher, counters, reasons),
      addresses(lookups, table, operations, reasons, log),
      places(hello, lookups, table, data, ways, reasons, places_events, log),
      identities(table, receivers, operations, data, echoes, plain, ways, places, reasons, log),
      handshakes(options.heartbeat_ms, table, operations, echoes, reasons, reports, log),
      watch(table, receivers, data, echoes, reconnects, log), losses(node_id, table, receivers, state),
      rivals(options.max_topics_per_peer, table, state, log)
{
}
}
