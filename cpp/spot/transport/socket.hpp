// One libzmq socket, owned. Not thread-safe: whoever owns it says which thread or which mutex guards it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "spot/base/fork_guard.hpp"
#include "spot/transport/ctx_state.hpp"
#include "spot/transport/ipc.hpp"
#include "spot/transport/raw_message.hpp"

namespace spot
{
enum class socket_kind_t
{
    router,
    dealer,
    xpub,
    sub,
    xsub, // a SUB that does not filter once more what the other side has filtered
    push,
    pull,
    pair,
};

// Everything is set before the first bind or connect: libzmq takes little afterwards.
struct socket_options_t
{
    int send_hwm = 1000; // wire frames; 0: no limit
    int recv_hwm = 1000;
    int linger_ms = 0;
    std::int64_t max_message_bytes = -1; // of a received frame; libzmq drops the connection beyond it
    bool immediate = false;              // queue only for connections that are complete
    bool no_drop = false;                // XPUB: a full subscriber makes send fail instead
    bool keepalive = false;              // TCP keepalive, 1 s idle, 1 s interval, 3 probes
    int stall_timeout_ms = 0;            // ZMQ_TCP_MAXRT: cut off a peer that takes nothing; 0: never
};

class socket_t
{
  public:
    static constexpr short readable = 1;
    static constexpr short writable = 2;

    socket_t() = default;
    ~socket_t() { close(); }
    socket_t(const socket_t &) = delete;
    socket_t &operator=(const socket_t &) = delete;

    // 0, or -1 and errno (EMFILE, ENOMEM).
    int open(const std::shared_ptr<ctx_state_t> &ctx, socket_kind_t kind, const socket_options_t &options);
    void close();
    bool is_open() const { return _handle != nullptr; }

    // Hosts are addresses here; EINVAL for names. 0, or -1 and libzmq's errno; for ipc, that of the system. A
    // socket binds to one ipc endpoint at most.
    int bind(const std::string &endpoint);
    int unbind(const std::string &endpoint);
    int connect(const std::string &endpoint);
    int disconnect(const std::string &endpoint);
    // Of what is connected from now on: the pauses between attempts, at first and at most.
    static constexpr int reconnection_ms = 100;
    static constexpr int longest_reconnection_ms = 500;
    int set_reconnection(int pause_ms, int longest_pause_ms);
    std::string last_endpoint() const;

    // A long filter may be cut: messages that begin with what is left of it come, too. Each filter must be
    // unsubscribed as often as it was subscribed to.
    int subscribe(std::string_view filter);
    int unsubscribe(std::string_view filter);

    // XPUB: a full subscriber makes send fail instead of losing the message.
    int set_no_drop(bool on);

    // Never waits: -1 and EAGAIN instead. On success the message is libzmq's and `message` is empty.
    int send(raw_message_t &message, bool more = false);
    // As send. -1 and ECONNRESET in the middle of a multipart message: its connection is gone, and the rest
    // of it.
    int recv(raw_message_t &message);

    // What can be done now. Reading it makes libzmq handle whatever waits for this socket, which is why it
    // must be read after any other call on the socket before anyone sleeps on fd(): that descriptor is
    // edge-triggered, and any call may eat the edge.
    short events();
    int fd() const { return _fd; }
    // True after a call that may have eaten the edge, until events() is read.
    bool touched() const { return _touched; }

    // Events of the connections, as text on a PAIR bound to `endpoint`; see monitor.hpp.
    int monitor(const std::string &endpoint, int events);
    // Before that PAIR's reader closes: libzmq's I/O thread waits for ever for room in a monitor nobody
    // reads.
    void end_monitor();

  private:
    int set(int option, int value);
    int bind_claimed(const std::string &endpoint, const std::string &path);
    int bind_ipc(const std::string &endpoint, const std::string &path);
    bool set_family(const std::string &endpoint);
    int set_filter(int option, std::string_view filter);

    void *_handle = nullptr;
    socket_kind_t _kind = socket_kind_t::pair;
    ipc_listener_t _ipc; // one ipc endpoint at most
    fork_guard_t _fork;  // a child leaks the parent's socket instead of closing it
    std::shared_ptr<ctx_state_t> _ctx;
    int _fd = -1;
    bool _touched = false;
};
}
