// Peers that are plain ZeroMQ programs: they speak the first five commands only. They get SUBSCRIBE for each
// topic that a receiver of this node wants, and send the messages on the control connection.
//
// Thread safety: none; the service thread owns it.
//
// Invariant: a message of a plain peer counts only for a topic that it has listed, and gets the next number
// of that topic's stream.
#pragma once

#include <memory>
#include <string_view>

#include "spot/cluster/peer_table.hpp"
#include "spot/cluster/plain_way.hpp"
#include "spot/cluster/receivers.hpp"
#include "spot/cluster/server.hpp"
#include "spot/cluster/shared_state.hpp"

namespace spot
{
class plain_peers_t
{
  public:
    plain_peers_t(const options_t &options, const wire::node_id_t &own, peer_table_t &table,
                  receivers_t &receivers, shared_state_t &state, std::shared_ptr<mailbox_t> mailbox,
                  server_counters_t &counters)
        : _options(options), _own(own), _table(table), _receivers(receivers), _state(state),
          _mailbox(std::move(mailbox)), _counters(counters)
    {
    }

    // A way by which this node publishes to the peer's topics.
    std::shared_ptr<way_t> make_way(const peer_t &peer);
    // Asks a plain peer for the topics that receivers want, and for no others.
    void update(peer_t &peer);
    void update_all();
    // The connection is a new one: the peer knows of no request.
    static void connected(peer_t &peer);
    // False: nothing was asked for.
    bool take(peer_t &peer, std::string_view topic, std::string_view payload);

  private:
    const options_t &_options;
    const wire::node_id_t _own;
    peer_table_t &_table;
    receivers_t &_receivers;
    shared_state_t &_state;
    const std::shared_ptr<mailbox_t> _mailbox;
    server_counters_t &_counters;
};
}
