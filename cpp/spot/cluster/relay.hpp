// The relay: hands the node's own messages to plain subscribers, as PUBLISH.
//
// A SUB socket reads them from the node's own XPUB. With overflow "block" a frame is held until each of its
// subscribers has room for its next message. Meanwhile the relay reads no further, so that the XPUB has no
// room either, and publishers wait. Otherwise a message that finds no room is lost for that subscriber, and
// counted. A message that the XPUB dropped on the way to here shows as a gap in the numbers, and is counted
// for each subscriber.
//
// Invariants:
//   1. The SUB has a filter for each topic that has plain subscribers, and, unless there was no memory to end
//      one, for no other topic.
//   2. A subscriber gets the messages of a topic in order, and none twice: what is cut short for want of
//   memory
//      is gone on with where it was.
//
// Thread safety: none; the service thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/cluster/client_out.hpp"
#include "spot/cluster/clients.hpp"
#include "spot/cluster/server_counters.hpp"
#include "spot/data/publisher.hpp"
#include "spot/registry/relayed_topics.hpp"
#include "spot/registry/stall_watch.hpp"
#include "spot/transport/socket.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
class relay_t
{
  public:
    relay_t(publisher_t &publisher, clients_t &clients, client_out_t &out, server_counters_t &counters,
            bool block)
        : _publisher(publisher), _clients(clients), _out(out), _counters(counters), _block(block)
    {
    }

    // `own` is the XPUB's private inproc:// endpoint. 0, or -1 and libzmq's errno.
    int open(const std::shared_ptr<ctx_state_t> &ctx, const std::string &own);
    void close() { _socket.close(); }
    socket_t &socket() { return _socket; }

    // The subscription is in effect when the call returns. What throws has added no subscriber.
    void add(const std::string &topic, const std::string &address);
    void remove(const std::string &topic, const std::string &address); // does not throw
    bool has(const std::string &topic, const std::string &address) const
    {
        return _topics.has(topic, address);
    }

    // Handles frames that arrived, a bounded number at a time; unfinished() says that there are more.
    void process();
    bool unfinished() const { return _unfinished; }
    // A frame waits for room at one of its subscribers: process() is to be called again when room may have
    // come.
    bool waits() const { return _held; }
    // From now on what finds no room is lost.
    void give_up_waiting() { _block = false; }

    // While waits(): the address of the subscriber without room, and the topic of the frame.
    const std::string &slow_subscriber() const { return _stall.subscriber(); }
    const std::string &topic() const { return _frame.topic; }
    // For how long that subscriber has taken nothing; `released` is client_backlog_t::released().
    millis_t stalled_for(std::uint64_t released, millis_t now) { return _stall.look(released, now); }

  private:
    // A frame from the XPUB on its way to the subscribers.
    struct relayed_frame_t
    {
        bool taken = false; // off the socket, and not looked at yet
        raw_message_t head, body;
        std::string topic;
        bool batch = false, large = false;
        std::string_view payload; // what is left of a batch, or the whole payload of a small message
        std::uint64_t messages_left = 0;
    };

    bool next_frame();
    bool relay_frame();
    bool all_have_room(const registry::relayed_topics_t::client_addresses_t &addresses);
    raw_message_t next_message();
    void relay_message(const std::vector<std::string> &addresses, raw_message_t payload);
    bool send(const std::string &address, raw_message_t &payload);
    void count_overflow(std::uint64_t count);

    publisher_t &_publisher;
    clients_t &_clients;
    client_out_t &_out;
    server_counters_t &_counters;
    bool _block;
    socket_t _socket; // SUB on the node's own XPUB
    registry::relayed_topics_t _topics;
    registry::stall_watch_t _stall;
    relayed_frame_t _frame;
    bool _held = false;
    bool _unfinished = false;
};
}
