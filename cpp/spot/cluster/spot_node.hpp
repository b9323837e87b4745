// The connection to one peer, and nothing else: its DEALER, the addresses that it tries, and the messages
// that arrive. What the messages mean for the peer is decided by the listener (peer_events_t); everything
// else that is known of a peer is in its record (peer.hpp).
//
// Thread safety: none; the service thread owns it and calls it.
//
// Invariants:
//  1. on_connected() and on_disconnected() take turns, and connected() has changed before either is called.
//  2. While the listener holds it (hold), no further message is read: messages are handled in order.
//  3. At most as many QUERY_RESPs are believed as QUERYs were sent on this connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/base/slice.hpp"
#include "spot/cluster/multipart.hpp"
#include "spot/cluster/topic_intake.hpp"
#include "spot/registry/liveness.hpp"
#include "spot/transport/endpoint.hpp"
#include "spot/transport/socket.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
struct peer_t;

// What happens on a peer's connection. spot_node_t calls it from process() and connect_anew(), on the service
// thread. `peer` is the record that the connection was made for.
class peer_events_t
{
  public:
    virtual ~peer_events_t() = default;
    virtual void on_connected(peer_t &peer) = 0;
    virtual void on_disconnected(peer_t &peer) = 0;
    virtual void on_welcome(peer_t &peer, const wire::hello_t &hello) = 0;
    // QUERY_RESP or TOPICS: all topics of the peer, or changes of them.
    virtual void on_topics(peer_t &peer, std::unique_ptr<topic_intake_t> intake, slice_t &slice) = 0;
    virtual void on_fence(peer_t &peer, const wire::token_t &token) = 0;
    virtual void on_bye(peer_t &peer) = 0;
    virtual void on_publish(peer_t &peer, std::string_view topic, std::string_view payload) = 0;
    virtual void on_lost(peer_t &peer, const std::vector<wire::loss_entry_t> &losses) = 0;
    virtual void on_ends(peer_t &peer, wire::ends_t ends) = 0;
    virtual void on_barrier(peer_t &peer, const wire::barrier_t &barrier) = 0;
    virtual void on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers) = 0;
    virtual void on_shared(peer_t &peer, const std::vector<std::string> &topics) = 0;
    virtual void on_refused(peer_t &peer, const wire::refusal_t &refusal) = 0;
    virtual void on_malformed(peer_t &peer) = 0;
    virtual void on_ignored() = 0; // a command that means nothing here
};

struct node_options_t
{
    int linger_ms = 500;
    millis_t heartbeat_ms = 1000;
    std::size_t max_topics = 1000000;
    std::size_t max_peers = 4096; // taken from one PEERS message
    bool wary = false;            // it is not known that a node is there: connect at a slow pace
};

class spot_node_t
{
  public:
    // `owner`: passed to the listener, and not used otherwise.
    spot_node_t(peer_t &owner, endpoint_t endpoint, const node_options_t &options);
    spot_node_t(const spot_node_t &) = delete;
    spot_node_t &operator=(const spot_node_t &) = delete;

    // Connects, once it knows an address. 0, or -1 and errno.
    int open(const std::shared_ptr<ctx_state_t> &ctx);
    socket_t &socket() { return _socket; }

    // Handles arrived messages and changes of the connection, a bounded number at a time. unfinished() says
    // whether some are left.
    void process(millis_t now, peer_events_t &events, slice_t &slice);
    bool unfinished() const { return _unfinished; }
    // The listener is not done with a message, and must be done before the next one.
    void hold(bool held) { _held = held; }
    // Ends the connection, and has it made again. 0, or -1 and errno. After -1, and after it throws, it must
    // be called again.
    int connect_anew(const std::shared_ptr<ctx_state_t> &ctx, peer_events_t &events);

    // Each gives false when the peer is not connected.
    bool greet(millis_t now, const wire::hello_t &hello);
    bool query();
    bool send(const wire::frames_t &frames);
    // Tries to connect now instead of at the end of libzmq's back-off, at the next address if there are
    // several.
    void retry(millis_t now);
    // The addresses that its name leads to, in the order in which they are to be tried; at least one. The
    // address in use stays in use while it is among them, or the connection stands.
    void take_addresses(const std::vector<std::string> &hosts, millis_t now);
    // The last retry is `after_ms` ago.
    bool retry_due(millis_t now, millis_t after_ms) const { return now - _last_retry >= after_ms; }

    // A node is there: the connection is made again at the usual pace from now on.
    void trust();
    // The connection that was made before trust() is lost.
    bool trusted_anew() const { return _trusted_anew && !_connected; }
    const endpoint_t &endpoint() const { return _endpoint; } // as it was named
    // Where it is connected, or tried: no names. Without a host while it is not known what the name means.
    const endpoint_t &address() const { return _address; }
    bool is_named() const { return _named; }
    bool has_address() const { return _address.scheme != scheme_t::tcp || !_address.host.empty(); }
    const std::vector<std::string> &hosts() const { return _hosts; } // the addresses that its name leads to
    bool connected() const { return _connected; }
    std::uint64_t queries() const { return _queries; }
    std::uint64_t answers() const { return _answers; }
    registry::liveness_t &liveness() { return _liveness; }
    millis_t greeted_at() const { return _greeted_at; }

  private:
    void look_at_connection(short now_there, peer_events_t &events);
    void dispatch(multipart_t &message, peer_events_t &events, slice_t &slice);
    bool dispatch_topics(std::size_t first, multipart_t &message, peer_events_t &events, slice_t &slice);
    void dispatch_known(wire::command_t command, const wire::frame_views_t &frames, peer_events_t &events);
    void take_peers(const wire::frame_views_t &frames, peer_events_t &events);
    void move_to(const std::string &host, millis_t now);

    peer_t &_owner;
    const endpoint_t _endpoint;
    const bool _named;
    endpoint_t _address;
    std::vector<std::string> _hosts; // of one that is named
    std::size_t _turn = 0;           // the next of them
    const node_options_t _options;
    socket_t _socket;
    multipart_t _incoming;
    registry::liveness_t _liveness;
    bool _wary;
    bool _trusted_anew = false;
    bool _connected = false;
    bool _unfinished = false;
    bool _held = false;
    std::uint64_t _queries = 0; // sent on this connection
    std::uint64_t _answers = 0; // received on this connection
    millis_t _last_retry = 0;
    millis_t _greeted_at = 0;
};
}
