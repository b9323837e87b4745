// Server mode: the ROUTER that other nodes and plain ZeroMQ programs talk to.
//
// This class reads and decodes messages, and passes each on to the room that handles it:
//
//   callers_t         the connections of the ROUTER, and when they end
//   clients_t         the nodes and plain programs behind them, by address
//   client_places_t   how many there may be
//   router_out_t      sends to them, within the room of each connection
//   node_sessions_t   HELLO, BYE, fences, losses, subscriptions, ends of streams, news of nodes
//   topic_news_t      what they are told of the LOCAL topics
//   answers_t         QUERYs, as room comes
//   plain_programs_t  PUBLISH, SUBSCRIBE, UNSUBSCRIBE
//   relay_t           the node's messages on their way to plain subscribers
//
// The rooms do not know each other but by the references in their constructors. What ends in several rooms at
// once (a client, a connection) is ended here: server_leaving.cpp.
//
// Thread safety: none; the service thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/answers.hpp"
#include "spot/cluster/callers.hpp"
#include "spot/cluster/client_places.hpp"
#include "spot/cluster/clients.hpp"
#include "spot/cluster/multipart.hpp"
#include "spot/cluster/node_sessions.hpp"
#include "spot/cluster/plain_programs.hpp"
#include "spot/cluster/relay.hpp"
#include "spot/cluster/router_out.hpp"
#include "spot/cluster/server_counters.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/topic_news.hpp"
#include "spot/data/publisher.hpp"
#include "spot/transport/endpoint.hpp"
#include "spot/transport/socket.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class server_t
{
  public:
    // `wakeup` is set when a client that had no room has some again.
    server_t(shared_state_t &state, publisher_t &publisher, server_counters_t &counters, const logger_t &log,
             const options_t &options, std::shared_ptr<wakeup_t> wakeup);
    server_t(const server_t &) = delete;
    server_t &operator=(const server_t &) = delete;

    // 0, or -1 and libzmq's errno; `bound` is the endpoint with its real port. `own` is the node's private
    // inproc:// endpoint, from which plain subscribers are served.
    int open(const std::shared_ptr<ctx_state_t> &ctx, int linger_ms, const std::string &endpoint,
             const std::string &own, std::string &bound);
    void close();

    // The answer to HELLO. Does not throw.
    void set_welcome(wire::hello_t hello);

    // Handles what arrived at the ROUTER, a bounded amount at a time; unfinished() says that there is more.
    void process(millis_t now, slice_t &slice);
    bool unfinished() const { return _unfinished; }
    // Answers wait for room: process() is to be called again when room may have come.
    bool answers_wait() const { return _answers.wait(); }

    // Once a heartbeat: tells nodes what is due, and forgets nodes that have been silent for long.
    void heartbeat(millis_t now, millis_t heartbeat_ms);
    // More often: forgets clients whose connection ended, and cuts off subscribers that hold up the others.
    void tend_callers(millis_t now);

    socket_t &router() { return _router; }
    node_sessions_t &nodes() { return _nodes; }
    topic_news_t &news() { return _news; }
    relay_t &relay() { return _relay; }
    bool nodes_left() const { return _clients.addresses_of_nodes() > 0; }

  private:
    void take_messages(millis_t now, slice_t &slice);
    void handle_message(millis_t now);
    void dispatch(const multipart_t &message, millis_t now);
    // False: the message is malformed.
    bool pass_on(wire::command_t command, const std::string &address, bool delimiter,
                 const wire::frame_views_t &frames, const multipart_t &message, millis_t now);
    void count_malformed(const std::string &address);
    void log_too_large(const std::string &address, const wire::frame_views_t &frames,
                       const raw_message_t &last, millis_t now);

    // server_leaving.cpp. What throws is called again.
    void forget(const std::string &address);
    void forget_programs(const std::string &routing_id);
    void drop_caller(const std::string &routing_id);
    void tend_caller(const std::string &routing_id, millis_t now);
    void tend_slow_subscriber(millis_t now);

    shared_state_t &_state;
    server_counters_t &_counters;
    const logger_t &_log;
    const millis_t _stall_timeout_ms;

    socket_t _router;
    callers_t _callers;
    clients_t _clients;
    router_out_t _out;
    client_places_t _places;
    node_sessions_t _nodes;
    topic_news_t _news;
    answers_t _answers;
    relay_t _relay;
    plain_programs_t _programs;

    endpoint_t _listening;
    multipart_t _incoming;
    bool _holds_message = false; // which is to be handled again
    int _tries = 0;              // to handle it
    bool _unfinished = false;
    millis_t _next_tending = 0;
    millis_t _next_too_large = 0;
};
}
