// One libzmq socket, owned.
//
// Thread safety: for one thread at a time. Each class that holds a socket_t states which thread or which
// mutex that is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "spot/base/fork_guard.hpp"
#include "spot/transport/ctx_state.hpp"
#include "spot/transport/ipc.hpp"
#include "spot/transport/raw_message.hpp"
#include "spot/transport/socket_options.hpp"

namespace spot
{
class socket_t
{
  public:
    static constexpr short readable = 1;
    static constexpr short writable = 2;

    socket_t() = default;
    ~socket_t() { close(); }
    socket_t(const socket_t &) = delete;
    socket_t &operator=(const socket_t &) = delete;

    // 0, or -1 and errno (EMFILE, ENFILE, ENOMEM).
    int open(const std::shared_ptr<ctx_state_t> &ctx, socket_kind_t kind, const socket_options_t &options);
    int open(const std::shared_ptr<ctx_state_t> &ctx, const socket_profile_t &profile)
    {
        return open(ctx, profile.kind, profile.options);
    }
    void close();
    bool is_open() const { return _handle != nullptr; }

    // These four return 0, or -1 and errno: EINVAL for a host that is a name; libzmq's error; for ipc the
    // system's. A socket binds to one ipc endpoint at most.
    int bind(const std::string &endpoint);
    int unbind(const std::string &endpoint);
    int connect(const std::string &endpoint);
    int disconnect(const std::string &endpoint);
    // The first and the longest pause between attempts to connect, for later calls of connect(). The
    // defaults:
    static constexpr int reconnection_ms = 100;
    static constexpr int longest_reconnection_ms = 500;
    int set_reconnection(int pause_ms, int longest_pause_ms);
    // The endpoint of the last bind or connect, with the port that a bind to port 0 got.
    std::string last_endpoint() const;

    // Filters of a SUB or XSUB: messages that begin with one of them arrive. Some long filters are shortened,
    // so that messages with a similar beginning arrive, too. Unsubscribe a filter as often as it was
    // subscribed to.
    int subscribe(std::string_view filter);
    int unsubscribe(std::string_view filter);

    // Changes socket_options_t::no_drop.
    int set_no_drop(bool on);

    // Never waits: -1 and EAGAIN instead. On success libzmq owns the bytes, and `message` is empty.
    int send(raw_message_t &message, bool more = false);
    // Never waits: -1 and EAGAIN instead. -1 and ECONNRESET: the connection of a multipart message ended
    // before all its frames came; the next call begins with the next message.
    int recv(raw_message_t &message);

    // The events that are possible now: `readable`, `writable`, or both.
    //
    // fd() is edge-triggered: it becomes readable once for new work of the socket, and any call on the socket
    // may consume that edge. So a thread must call events() after every other call, and before it sleeps on
    // fd(): events() makes libzmq handle all waiting work and reports what is left to do.
    short events();
    int fd() const { return _fd; }
    // Whether a call since the last events() may have consumed the edge.
    bool touched() const { return _touched; }

    // Makes libzmq send the events of the socket's connections to a PAIR bound to `endpoint` (monitor.hpp).
    int monitor(const std::string &endpoint, int events);
    // Ends that. Call it before the reader of that PAIR closes: libzmq's I/O thread would wait for ever for
    // room in a monitor without a reader.
    void end_monitor();

  private:
    int set(int option, int value);
    int bind_claimed(const std::string &endpoint, const std::string &path);
    int bind_ipc(const std::string &endpoint, const std::string &path);
    bool set_family(const std::string &endpoint);
    int set_filter(int option, std::string_view filter);

    void *_handle = nullptr;
    socket_kind_t _kind = socket_kind_t::pair;
    ipc_listener_t _ipc;
    fork_guard_t _fork; // a forked child leaks the parent's socket instead of closing it
    std::shared_ptr<ctx_state_t> _ctx;
    int _fd = -1;
    bool _touched = false;
};
}
