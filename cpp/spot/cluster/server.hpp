// Server mode: the ROUTER that other nodes and plain ZeroMQ peers talk to, and the relay to plain
// subscribers.
//
// Ownership: everything here belongs to the service thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/log.hpp"
#include "spot/cluster/multipart.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/data/counters.hpp"
#include "spot/data/publisher.hpp"
#include "spot/transport/endpoint.hpp"
#include "spot/transport/reach.hpp"
#include "spot/transport/socket.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
struct server_counters_t
{
    shared_counter_t malformed, ignored, overflowed, cut_off;
};

class server_t
{
  public:
    server_t(shared_state_t &state, publisher_t &publisher, server_counters_t &counters, const logger_t &log)
        : _state(state), _publisher(publisher), _counters(counters), _log(log)
    {
    }

    // 0, or -1 and libzmq's errno; `bound` is the endpoint with its real port. `own` is the node's private
    // inproc:// endpoint, from which plain subscribers are served.
    int open(const std::shared_ptr<ctx_state_t> &ctx, int linger_ms, const std::string &endpoint,
             const std::string &own, std::string &bound);
    void close();

    // Somebody with a control endpoint said HELLO, from a host (the rest of the endpoint means nothing).
    std::function<void(const wire::hello_t &hello, const endpoint_t &from)> hello_heard;
    // The PEERS message for those who are that far away; empty: nothing to tell.
    std::function<wire::frames_t(const distance_t &distance)> peers_for;
    // A node said BYE.
    std::function<void(const wire::node_id_t &id)> node_left;

    // What HELLO is answered with.
    void set_welcome(wire::hello_t hello) { _welcome = std::move(hello); }

    // Handles what arrived, a bounded amount at a time; unfinished() says there is more.
    void process(millis_t now, slice_t &slice);
    void process_relay();
    bool unfinished() const { return _unfinished; }
    socket_t &router() { return _router; }
    socket_t &relay() { return _relay; }

    // A fence token came out of the XPUB: answers it, now or when its node has said HELLO.
    void fence(const wire::token_t &token);
    void tell_losses(wire::source_t publisher, const std::vector<wire::loss_entry_t> &losses);
    // Each node answers BYE with its own, which removes it here.
    void say_bye();
    bool nodes_left() const { return !_nodes.empty(); }
    // To every node that said HELLO; what `message` makes for its distance.
    void tell_peers(const std::function<wire::frames_t(const distance_t &distance)> &message);
    // To one of them, another one each time.
    void remind_peers();
    // Once a heartbeat: forgets nodes that have been silent for long, and finds out who is gone.
    void tick(millis_t now, millis_t heartbeat_ms);

    // Tells every node what became of this node's topics since the last call (TOPICS).
    void tell_changes();

  private:
    struct client_t
    {
        bool delimiter = false; // it puts an empty frame in front, and wants one
        wire::node_id_t node_id;
        distance_t distance;
        millis_t since = 0; // it said HELLO first
        millis_t last_heard = 0;
        std::unordered_set<std::string> topics; // of a plain subscriber
        // Of a node: the version of this node's topics that it was told up to; 0: of nothing yet.
        std::uint64_t version = 0;
        bool hears_shared = false; // it understands SHARED
        bool stale = false;        // it could not be told something: it needs the whole list
    };

    void dispatch(const multipart_t &message, millis_t now);
    void dispatch_known(wire::command_t command, const std::string &id, bool delimiter,
                        const wire::frame_views_t &frames, const multipart_t &message, millis_t now);
    void take_hello(const std::string &id, bool delimiter, const wire::frame_views_t &frames,
                    const endpoint_t &from, millis_t now);
    void take_bye(const std::string &id);
    void take_publish(const std::string &id, const wire::frame_views_t &frames);
    void take_subscribe(const std::string &id, bool delimiter, const wire::frame_views_t &frames);
    void take_unsubscribe(const std::string &id, const wire::frame_views_t &frames);
    void take_losses(const std::string &id, const wire::frame_views_t &frames);
    void take_query(const std::string &id, bool delimiter);
    void take_subs(const std::string &id, const wire::frame_views_t &frames);
    // Nodes of another cluster; server_refusals.cpp.
    void refuse(const std::string &id, bool delimiter, const wire::hello_t &hello, const endpoint_t &from,
                millis_t now);
    bool is_refused(const std::string &id, millis_t now);
    void forget_refused(millis_t now);
    bool reply(const std::string &id, bool delimiter, const wire::frames_t &frames);
    // The beginning of an answer: when there is room for it, send_multipart() must follow.
    bool begin_reply(const std::string &id, bool delimiter);
    void malformed(const std::string &id);
    bool clients_full() const;
    // Null: it is no peer of this node, or none that said HELLO.
    std::shared_ptr<peer_counters_t> counters_of(const std::string &id) const;
    void forget(const std::string &id);
    void unmap(const wire::node_id_t &node_id, const std::string &id);
    void drop_topic(const std::string &id, const std::string &topic);
    void relay_record(const std::string &topic, std::string_view payload);

    // TOPICS; server_topics.cpp.
    std::vector<std::string> node_ids() const; // routing ids of those who said HELLO
    client_t *find_client(const std::string &id);
    void tell_log(const std::string &id, const topic_log_t &log, const std::vector<wire::frames_t> &whole);
    void tell_version(const std::string &id);
    void tell_list(const std::string &id);
    void tell_shared(const std::string &id, const std::vector<std::string> &topics);

    shared_state_t &_state;
    publisher_t &_publisher;
    server_counters_t &_counters;
    const logger_t &_log;
    wire::hello_t _welcome;
    endpoint_t _listening;
    std::size_t _next_reminded = 0;
    socket_t _router;
    socket_t _relay; // SUB on the node's own XPUB
    multipart_t _incoming;
    bool _unfinished = false;

    std::unordered_map<std::string, client_t> _clients; // by routing id
    std::unordered_multimap<wire::node_id_t, std::string> _nodes;
    std::unordered_map<std::string, std::unordered_set<std::string>> _subscribers; // topic: ids
    std::unordered_map<std::string, millis_t> _refused;          // routing ids, and when they were heard
    std::unordered_map<wire::node_id_t, millis_t> _told_refused; // to the log
    std::deque<wire::token_t> _early_tokens;                     // of nodes that have not said HELLO yet
};
}
