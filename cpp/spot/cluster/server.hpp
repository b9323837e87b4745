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
#include "spot/base/types.hpp"
#include "spot/cluster/client_backlog.hpp"
#include "spot/cluster/multipart.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/data/counters.hpp"
#include "spot/data/publisher.hpp"
#include "spot/transport/connection.hpp"
#include "spot/transport/endpoint.hpp"
#include "spot/transport/reach.hpp"
#include "spot/transport/socket.hpp"
#include "spot/wire/control.hpp"
#include "spot/wire/envelope.hpp"

namespace spot
{
struct server_counters_t
{
    shared_counter_t malformed, ignored, overflowed, cut_off;
};

class server_t
{
  public:
    // `wakeup` is set when a client that had no room has some again.
    server_t(shared_state_t &state, publisher_t &publisher, server_counters_t &counters, const logger_t &log,
             const options_t &options, std::shared_ptr<wakeup_t> wakeup);

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

    // A publisher says how far its streams to here have got.
    std::function<void(wire::source_t publisher, std::vector<wire::stream_end_t> ends)> ends_heard;

    // What HELLO is answered with.
    void set_welcome(wire::hello_t hello) { _welcome = std::move(hello); }

    // Handles what arrived, a bounded amount at a time; unfinished() says there is more.
    void process(millis_t now, slice_t &slice);
    void process_relay();
    bool unfinished() const { return _unfinished; }
    // Room may have come for what waits: process() and process_relay() are to look, whatever was polled.
    bool answers_wait() const { return !_asking.empty(); }
    bool relay_waits() const { return _relaying.held; }
    bool relay_unfinished() const { return _relaying.unfinished; }
    // Nobody waits for subscribers any longer: what finds no room is lost.
    void give_up_waiting() { _block = false; }
    socket_t &router() { return _router; }
    socket_t &relay() { return _relay; }

    // A fence token came out of the XPUB: answers it, now or when its node has said HELLO.
    void fence(const wire::token_t &token);
    void tell_losses(wire::source_t publisher, const std::vector<wire::loss_entry_t> &losses);
    // Tells that node of ends; false: it could not be told. Older nodes know no such thing: they have marks.
    bool tell_ends(const wire::node_id_t &node, const wire::ends_t &ends);
    bool has_older_nodes() const;
    // False: that node is not here.
    bool ask_for_barrier(wire::source_t publisher, const wire::barrier_t &barrier);
    // Each node answers BYE with its own, which removes it here.
    void say_bye();
    bool nodes_left() const { return !_nodes.empty(); }
    // To every node that said HELLO; what `message` makes for its distance.
    void tell_peers(const std::function<wire::frames_t(const distance_t &distance)> &message);
    // To one of them, another one each time.
    void remind_peers();
    // Once a heartbeat: forgets nodes that have been silent for long, and finds out who is gone.
    void tick(millis_t now, millis_t heartbeat_ms);
    // More often: forgets clients whose connection ended, and cuts off subscribers that hold up the others.
    void tend_callers(millis_t now);

    // Tells every node what became of this node's topics since the last call (TOPICS).
    void tell_changes();

  private:
    // By address (wire/envelope.hpp): behind one connection there may be many.
    struct client_t
    {
        bool delimiter = false; // it puts an empty frame in front, and wants one
        wire::node_id_t node_id;
        distance_t distance;
        std::uint64_t features = 0;
        millis_t since = 0; // it said HELLO first
        millis_t last_heard = 0;
        std::unordered_set<std::string> topics; // of a plain subscriber
        // Of a node: the version of this node's topics that it was told up to; 0: of nothing yet.
        std::uint64_t version = 0;
        bool hears_shared = false; // it understands SHARED
        bool peers_told = false;   // PEERS, when it said HELLO
        bool stale = false;        // it could not be told something: it needs the whole list
    };

    // QUERYs of one client that wait for room.
    struct question_t
    {
        std::string address;
        bool delimiter;
        std::uint64_t times;
    };
    // One connection, by routing id.
    struct caller_t
    {
        connection_t connection; // none: ZeroMQ does not tell (before ZMTP 3, and within a process)
        // Another routing id came on the same connection: one of the two has ended.
        bool doubtful = false;
        millis_t last_heard = 0;
        millis_t probe_at = 0;
        std::shared_ptr<client_backlog_t> backlog;
        std::unordered_set<std::string> addresses; // of its clients
        std::deque<question_t> questions;
    };
    struct relayed_topic_t
    {
        std::unordered_set<std::string> subscribers; // addresses
        std::uint64_t next_seq = 0;                  // 0: no message came yet
    };
    // A frame from the node's own XPUB on its way to the subscribers.
    struct relaying_t
    {
        bool held = false;  // it waits for room at one of them
        bool taken = false; // off the socket, and not looked at yet
        bool unfinished = false;
        raw_message_t head, body;
        std::string topic;
        bool batch = false, large = false;
        std::string_view payload;   // of any other
        std::uint64_t left = 0;     // messages
        std::string slow;           // the address that has no room
        std::uint64_t released = 0; // of its backlog, when it was looked at last
        millis_t stalled_for = 0, looked_at = 0;
    };

    void take_messages(millis_t now, slice_t &slice);
    void handle_message(millis_t now);
    void dispatch(const multipart_t &message, millis_t now);
    void dispatch_known(wire::command_t command, const std::string &id, bool delimiter,
                        const wire::frame_views_t &frames, const multipart_t &message, millis_t now);
    void take_hello(const std::string &id, bool delimiter, const wire::frame_views_t &frames,
                    const endpoint_t &from, millis_t now);
    void answer_early_tokens(const std::string &id, bool delimiter, const wire::node_id_t &node_id);
    void take_bye(const std::string &id);
    void take_losses(const std::string &id, const wire::frame_views_t &frames);
    void take_ends(const std::string &id, const wire::frame_views_t &frames);
    void take_barrier(const std::string &id, const wire::frame_views_t &frames);
    void take_subs(const std::string &id, const wire::frame_views_t &frames);
    // server_refusals.cpp. It is a node of another cluster.
    void refuse(const std::string &id, bool delimiter, const wire::hello_t &hello, const endpoint_t &from,
                millis_t now);
    // It found no place.
    void turn_away(const std::string &id, bool delimiter, const wire::hello_t &hello, millis_t now);
    void note_refused(const std::string &id, millis_t now);
    bool is_refused(const std::string &id, millis_t now);
    void forget_refused(millis_t now);
    // False: there was no room, or nobody is there any more.
    bool reply(const std::string &id, bool delimiter, const wire::frames_t &frames,
               load_t load = load_t::control);
    static std::vector<raw_message_t> head_of(const std::string &id, bool delimiter, std::size_t more);
    // False: nobody is there any more.
    bool send_to(const std::string &id, std::vector<raw_message_t> &message);
    void malformed(const std::string &id);
    void too_large(const std::string &id, const wire::frame_views_t &frames, const raw_message_t &last,
                   millis_t now);
    // Null: it is no peer of this node, or none that said HELLO.
    std::shared_ptr<peer_counters_t> counters_of(const std::string &id) const;
    void forget(const std::string &id);
    void unmap(const wire::node_id_t &node_id, const std::string &id);

    // Connections; server_callers.cpp.
    // Notes on which connection a message came. False: that has ended already.
    bool note_caller(std::string_view routing_id, int source_fd, millis_t now);
    void note_connection(const std::string &routing_id, caller_t &caller, const connection_t &connection);
    caller_t *caller_of(std::string_view address);
    void forget_programs(const std::string &routing_id);
    void tend_caller(const std::string &routing_id, millis_t now);
    void drop_caller(const std::string &routing_id);
    bool is_program(const std::string &address) const;
    bool place_for_node(const std::string &id, millis_t now);
    bool place_for_program(const std::string &id, millis_t now);
    void warn_full(const char *whom, std::size_t places, millis_t now);
    void tend_slow(millis_t now);

    // Plain programs; server_plain.cpp.
    void take_publish(const std::string &id, const wire::frame_views_t &frames);
    void take_subscribe(const std::string &id, bool delimiter, const wire::frame_views_t &frames,
                        millis_t now);
    void take_unsubscribe(const std::string &id, const wire::frame_views_t &frames);
    void drop_topic(const std::string &id, const std::string &topic);
    void end_subscriptions(const std::string &id);
    // The relay; server_relay.cpp.
    bool next_frame();
    bool relay_frame();
    bool all_have_room(const relayed_topic_t &topic);
    void relay_message(const std::vector<std::string> &subscribers, raw_message_t payload);
    bool send_message(const std::string &id, raw_message_t &payload);
    void count_gap(relayed_topic_t &topic, const wire::data_header_t &header);
    void count_overflow(const std::string &topic, std::uint64_t count);

    // QUERY; server_answers.cpp.
    void take_query(const std::string &id, bool delimiter);
    void answer_questions();
    bool answer(const std::string &id, bool delimiter);
    const wire::frames_t &list();

    // TOPICS; server_topics.cpp.
    std::vector<std::string> node_ids() const; // routing ids of those who said HELLO
    client_t *find_client(const std::string &id);
    void tell_changes(const topic_log_t &log);
    void tell_log(const std::string &id, const topic_log_t &log, const std::vector<wire::frames_t> &whole);
    void tell_version(const std::string &id);
    void tell_list(const std::string &id);
    void tell_shared(const std::string &id, const std::vector<std::string> &topics);

    shared_state_t &_state;
    publisher_t &_publisher;
    server_counters_t &_counters;
    const logger_t &_log;
    const std::shared_ptr<wakeup_t> _wakeup;
    client_backlog_t::limits_t _limits;
    const millis_t _stall_timeout_ms;
    bool _block;
    wire::hello_t _welcome;
    endpoint_t _listening;
    std::size_t _next_reminded = 0;
    socket_t _router;
    socket_t _relay; // SUB on the node's own XPUB
    multipart_t _incoming;
    bool _holds_message = false; // which is to be handled again
    int _tries = 0;              // to handle it
    bool _unfinished = false;

    std::unordered_map<std::string, client_t> _clients;  // by address
    std::unordered_map<std::string, caller_t> _callers;  // by routing id
    std::unordered_map<int, std::string> _by_descriptor; // the caller that was seen last on it
    std::unordered_multimap<wire::node_id_t, std::string> _nodes;
    std::unordered_map<std::string, relayed_topic_t> _subscribers; // by topic
    std::unordered_set<std::string> _asking;                       // routing ids with questions
    relaying_t _relaying;
    wire::frames_t _list; // QUERY_RESP as it was made last
    std::uint64_t _list_version = 0;
    std::size_t _frames_left = 0; // to be sent in answers this turn
    millis_t _next_tending = 0, _next_search = 0, _next_refusal = 0, _next_too_large = 0;
    std::unordered_map<std::string, millis_t> _refused;          // addresses, and when they were heard
    std::unordered_map<wire::node_id_t, millis_t> _told_refused; // to the log
    std::deque<wire::token_t> _early_tokens;                     // of nodes that have not said HELLO yet
};
}
