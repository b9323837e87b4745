#include "spot/transport/socket.hpp"

#include <cerrno>

#include "spot/base/errors.hpp"
#include "spot/transport/endpoint.hpp"
#include "spot/transport/listeners.hpp"

namespace spot
{
namespace
{
// A socket needs a descriptor for its mailbox; a bind or a connect needs up to two more, and a timer.
constexpr int descriptors_per_socket = 4;

constexpr int handshake_ivl_ms = 2000;
constexpr int connect_timeout_ms = 1000;
constexpr int keepalive_seconds = 1;
constexpr int keepalive_probes = 3;

// libzmq (4.3.5 and before) loses a connection when it sends filters within a narrow range of lengths. So
// set_filter() shortens those to the longest safe length: the shorter filter lets through everything that the
// longer one does, and a little more.
constexpr std::size_t longest_safe_filter = 245;
constexpr std::size_t longest_unsafe_filter = 255;

int zmq_kind(socket_kind_t kind)
{
    switch (kind) {
    case socket_kind_t::router:
        return ZMQ_ROUTER;
    case socket_kind_t::dealer:
        return ZMQ_DEALER;
    case socket_kind_t::xpub:
        return ZMQ_XPUB;
    case socket_kind_t::sub:
        return ZMQ_SUB;
    case socket_kind_t::xsub:
        return ZMQ_XSUB;
    case socket_kind_t::push:
        return ZMQ_PUSH;
    case socket_kind_t::pull:
        return ZMQ_PULL;
    case socket_kind_t::pair:
        return ZMQ_PAIR;
    }
    return -1;
}
}

int socket_t::set(int option, int value)
{
    return zmq_setsockopt(_handle, option, &value, sizeof value);
}

int socket_t::open(const std::shared_ptr<ctx_state_t> &ctx, socket_kind_t kind,
                   const socket_options_t &options)
{
    const descriptor_claim_t claim(descriptors_per_socket);
    if (!claim)
        return -1;
    _handle = zmq_socket(ctx->handle(), zmq_kind(kind));
    if (!_handle)
        return -1;
    _ctx = ctx;
    _kind = kind;
    _fork = fork_guard_t();
    size_t size = sizeof _fd;
    bool ok = zmq_getsockopt(_handle, ZMQ_FD, &_fd, &size) == 0;
    ok = ok && set(ZMQ_SNDHWM, options.send_hwm) == 0 && set(ZMQ_RCVHWM, options.recv_hwm) == 0;
    // Linger is set when the socket is made: setting it just before zmq_close races with the I/O thread.
    ok = ok && set(ZMQ_LINGER, options.linger_ms) == 0;
    ok = ok && zmq_setsockopt(_handle, ZMQ_MAXMSGSIZE, &options.max_message_bytes,
                              sizeof options.max_message_bytes) == 0;
    ok = ok && set(ZMQ_HANDSHAKE_IVL, handshake_ivl_ms) == 0;
    ok = ok && set_reconnection(reconnection_ms, longest_reconnection_ms) == 0;
    ok = ok && set(ZMQ_CONNECT_TIMEOUT, connect_timeout_ms) == 0;
    if (options.immediate)
        ok = ok && set(ZMQ_IMMEDIATE, 1) == 0;
    if (options.keepalive) {
        ok = ok && set(ZMQ_TCP_KEEPALIVE, 1) == 0;
        ok = ok && set(ZMQ_TCP_KEEPALIVE_IDLE, keepalive_seconds) == 0;
        ok = ok && set(ZMQ_TCP_KEEPALIVE_INTVL, keepalive_seconds) == 0;
        ok = ok && set(ZMQ_TCP_KEEPALIVE_CNT, keepalive_probes) == 0;
    }
    if (options.stall_timeout_ms > 0)
        ok = ok && set(ZMQ_TCP_MAXRT, options.stall_timeout_ms) == 0;
    if (kind == socket_kind_t::router)
        ok = ok && set(ZMQ_ROUTER_MANDATORY, 1) == 0;
    if (kind == socket_kind_t::xpub) {
        ok = ok && set(ZMQ_XPUB_VERBOSER, 1) == 0;
        ok = ok && set(ZMQ_XPUB_NODROP, options.no_drop ? 1 : 0) == 0;
    }
    if (ok)
        return 0;
    const int error = errno;
    close();
    return fail(error);
}

void socket_t::close()
{
    if (_handle && !_fork.forked()) {
        _ipc.remove_file();
        zmq_close(_handle);
    }
    _handle = nullptr;
    _fd = -1;
    _ctx.reset();
}

// False for a host that is a name: libzmq would look it up on the I/O thread, where the traffic of all
// sockets would wait.
bool socket_t::set_family(const std::string &endpoint)
{
    endpoint_t parsed;
    if (!parse_endpoint(endpoint, parsed) || !is_numeric(parsed))
        return false;
    set(ZMQ_IPV6, uses_ipv6(parsed) ? 1 : 0);
    return true;
}

int socket_t::bind(const std::string &endpoint)
{
    endpoint_t parsed;
    const bool known = parse_endpoint(endpoint, parsed);
    if (bind_claimed(endpoint, known && parsed.scheme == scheme_t::ipc ? parsed.path : std::string()) != 0)
        return -1;
    if (known && parsed.scheme != scheme_t::inproc && parse_endpoint(last_endpoint(), parsed))
        note_listener(parsed);
    return 0;
}

// `path` is the path of an ipc endpoint, and empty for other schemes.
int socket_t::bind_claimed(const std::string &endpoint, const std::string &path)
{
    const descriptor_claim_t claim(descriptors_per_socket);
    if (!claim)
        return -1;
    if (!set_family(endpoint))
        return fail(EINVAL);
    _touched = true;
    if (!path.empty())
        return bind_ipc(endpoint, path);
    return zmq_bind(_handle, endpoint.c_str());
}

int socket_t::bind_ipc(const std::string &endpoint, const std::string &path)
{
    if (_ipc.listen(path) != 0)
        return -1;
    int result = set(ZMQ_USE_FD, _ipc.fd());
    if (result == 0)
        result = zmq_bind(_handle, endpoint.c_str());
    const int error = errno;
    set(ZMQ_USE_FD, -1);
    if (result == 0) {
        _ipc.release();
        return 0;
    }
    _ipc.remove_file();
    _ipc.close();
    return fail(error);
}

int socket_t::unbind(const std::string &endpoint)
{
    _touched = true;
    endpoint_t parsed;
    if (parse_endpoint(endpoint, parsed) && parsed.scheme == scheme_t::ipc)
        _ipc.remove_file();
    return zmq_unbind(_handle, endpoint.c_str());
}

int socket_t::connect(const std::string &endpoint)
{
    const descriptor_claim_t claim(descriptors_per_socket);
    if (!claim)
        return -1;
    if (!set_family(endpoint))
        return fail(EINVAL);
    _touched = true;
    return zmq_connect(_handle, endpoint.c_str());
}

int socket_t::disconnect(const std::string &endpoint)
{
    _touched = true;
    return zmq_disconnect(_handle, endpoint.c_str());
}

int socket_t::set_reconnection(int pause_ms, int longest_pause_ms)
{
    const bool done =
        set(ZMQ_RECONNECT_IVL, pause_ms) == 0 && set(ZMQ_RECONNECT_IVL_MAX, longest_pause_ms) == 0;
    return done ? 0 : -1;
}

std::string socket_t::last_endpoint() const
{
    char buffer[1024] = {};
    size_t size = sizeof buffer;
    if (zmq_getsockopt(_handle, ZMQ_LAST_ENDPOINT, buffer, &size) != 0)
        return {};
    return buffer;
}

int socket_t::subscribe(std::string_view filter)
{
    return set_filter(ZMQ_SUBSCRIBE, filter);
}

int socket_t::unsubscribe(std::string_view filter)
{
    return set_filter(ZMQ_UNSUBSCRIBE, filter);
}

int socket_t::set_filter(int option, std::string_view filter)
{
    _touched = true;
    if (filter.size() > longest_safe_filter && filter.size() <= longest_unsafe_filter)
        filter = filter.substr(0, longest_safe_filter);
    if (_kind != socket_kind_t::xsub)
        return zmq_setsockopt(_handle, option, filter.data(), filter.size());
    // An XSUB takes a filter as a message: one byte, then the filter. https://rfc.zeromq.org/spec/29/
    raw_message_t message(1 + filter.size());
    message.data()[0] = option == ZMQ_SUBSCRIBE ? 1 : 0;
    filter.copy(message.data() + 1, filter.size());
    return send(message);
}

int socket_t::set_no_drop(bool on)
{
    _touched = true;
    return set(ZMQ_XPUB_NODROP, on ? 1 : 0);
}

int socket_t::send(raw_message_t &message, bool more)
{
    _touched = true;
    const int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
    return zmq_msg_send(message.handle(), _handle, flags) < 0 ? -1 : 0;
}

int socket_t::recv(raw_message_t &message)
{
    _touched = true;
    return zmq_msg_recv(message.handle(), _handle, ZMQ_DONTWAIT) < 0 ? -1 : 0;
}

short socket_t::events()
{
    _touched = false;
    int bits = 0;
    size_t size = sizeof bits;
    if (zmq_getsockopt(_handle, ZMQ_EVENTS, &bits, &size) != 0)
        return 0;
    return static_cast<short>((bits & ZMQ_POLLIN ? readable : 0) | (bits & ZMQ_POLLOUT ? writable : 0));
}

int socket_t::monitor(const std::string &endpoint, int events)
{
    return zmq_socket_monitor(_handle, endpoint.c_str(), events);
}

void socket_t::end_monitor()
{
    if (_handle)
        zmq_socket_monitor(_handle, nullptr, 0);
}
}
