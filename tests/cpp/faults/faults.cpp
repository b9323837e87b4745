#include "faults.hpp"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <zmq.h>

namespace
{
using spot::test::fault_t;

std::atomic<int> armed{-1}; // a fault_t; -1: no request fails
std::atomic<std::int64_t> left{0};
std::int64_t in_a_row = 1; // set before `armed`
std::atomic<std::uint32_t> era{0};

thread_local int in_libzmq = 0;
thread_local int in_call = 0;
thread_local bool chosen = false;         // whether this thread's requests may fail in the era `looked_in`
thread_local std::uint32_t looked_in = 0; // 0: this thread has not been looked at
thread_local std::ptrdiff_t frames_before_cut = -1; // of the message that is read next; -1: it is not cut

// Whether requests of this thread may fail. Threads of the core get their name before they run anything else.
bool is_subject()
{
    const std::uint32_t now = era.load(std::memory_order_relaxed);
    if (looked_in == 0) {
        looked_in = now;
        char name[16] = {};
        pthread_getname_np(pthread_self(), name, sizeof name);
        chosen = std::strncmp(name, "spot-", 5) == 0;
    }
    return chosen && looked_in == now;
}

bool fails(fault_t kind)
{
    if (armed.load(std::memory_order_relaxed) != static_cast<int>(kind) || (in_call == 0 && !is_subject()))
        return false;
    const std::int64_t before = left.fetch_sub(1);
    return before <= 1 && before > 1 - in_a_row;
}

bool descriptor_fails()
{
    if (!fails(fault_t::descriptor))
        return false;
    errno = EMFILE;
    return true;
}

struct inside_t
{
    inside_t() { ++in_libzmq; }
    ~inside_t() { --in_libzmq; }
};
}

namespace spot::test
{
failing_t::failing_t(fault_t kind, std::int64_t nth, std::int64_t times)
{
    looked_in = ++era;
    chosen = kind != fault_t::allocation;
    in_a_row = times;
    left = nth;
    armed = static_cast<int>(kind);
}

void failing_t::end()
{
    armed = -1;
}

bool failing_t::failed() const
{
    return left <= 0;
}

cut_message_t::cut_message_t(std::size_t frames)
{
    frames_before_cut = static_cast<std::ptrdiff_t>(frames);
}

cut_message_t::~cut_message_t()
{
    frames_before_cut = -1;
}

bool allocation_fails(); // for allocations.cpp
bool allocation_fails()
{
    return in_libzmq == 0 && fails(fault_t::allocation);
}

call_t::call_t()
{
    ++in_call;
}

call_t::~call_t()
{
    --in_call;
}
}

// --- threads: the standard library asks for them, which the linker's --wrap does not reach --------------

extern "C" int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                              void *argument)
{
    using create_t = int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    static const auto real = reinterpret_cast<create_t>(dlsym(RTLD_NEXT, "pthread_create"));
    return in_libzmq == 0 && fails(fault_t::thread) ? EAGAIN : real(thread, attributes, run, argument);
}

extern "C" {
// --- descriptors: also those of libzmq, except for those without which it ends the process ----------
int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags)
{
    return descriptor_fails() ? -1 : __real_eventfd(count, flags);
}
int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags)
{
    return in_libzmq == 0 && descriptor_fails() ? -1 : __real_epoll_create1(flags);
}
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
    return descriptor_fails() ? -1 : __real_socket(domain, type, protocol);
}
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const int mode = (flags & O_CREAT) != 0 ? va_arg(more, int) : 0;
    va_end(more);
    return descriptor_fails() ? -1 : __real_open(path, flags, mode);
}

// --- calls of libzmq --------------------------------------------------------------------------------
void *__real_zmq_ctx_new(void);
void *__wrap_zmq_ctx_new(void)
{
    const inside_t inside;
    return __real_zmq_ctx_new();
}
int __real_zmq_ctx_term(void *context);
int __wrap_zmq_ctx_term(void *context)
{
    const inside_t inside;
    return __real_zmq_ctx_term(context);
}
void *__real_zmq_socket(void *context, int type);
void *__wrap_zmq_socket(void *context, int type)
{
    const inside_t inside;
    return __real_zmq_socket(context, type);
}
int __real_zmq_close(void *socket);
int __wrap_zmq_close(void *socket)
{
    const inside_t inside;
    return __real_zmq_close(socket);
}
int __real_zmq_setsockopt(void *socket, int option, const void *value, size_t size);
int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t size)
{
    const inside_t inside;
    return __real_zmq_setsockopt(socket, option, value, size);
}
int __real_zmq_getsockopt(void *socket, int option, void *value, size_t *size);
int __wrap_zmq_getsockopt(void *socket, int option, void *value, size_t *size)
{
    const inside_t inside;
    return __real_zmq_getsockopt(socket, option, value, size);
}
#define SPOT_WRAP_ENDPOINT_CALL(name)                                                                        \
    int __real_##name(void *socket, const char *endpoint);                                                   \
    int __wrap_##name(void *socket, const char *endpoint)                                                    \
    {                                                                                                        \
        const inside_t inside;                                                                               \
        return __real_##name(socket, endpoint);                                                              \
    }
SPOT_WRAP_ENDPOINT_CALL(zmq_bind)
SPOT_WRAP_ENDPOINT_CALL(zmq_unbind)
SPOT_WRAP_ENDPOINT_CALL(zmq_connect)
SPOT_WRAP_ENDPOINT_CALL(zmq_disconnect)
int __real_zmq_socket_monitor(void *socket, const char *endpoint, int events);
int __wrap_zmq_socket_monitor(void *socket, const char *endpoint, int events)
{
    const inside_t inside;
    return __real_zmq_socket_monitor(socket, endpoint, events);
}
int __real_zmq_msg_send(zmq_msg_t *message, void *socket, int flags);
int __wrap_zmq_msg_send(zmq_msg_t *message, void *socket, int flags)
{
    const inside_t inside;
    return __real_zmq_msg_send(message, socket, flags);
}
int __real_zmq_ctx_set(void *context, int option, int value);
int __wrap_zmq_ctx_set(void *context, int option, int value)
{
    const inside_t inside;
    return __real_zmq_ctx_set(context, option, value);
}
const char *__real_zmq_msg_gets(const zmq_msg_t *message, const char *property);
const char *__wrap_zmq_msg_gets(const zmq_msg_t *message, const char *property)
{
    const inside_t inside;
    return __real_zmq_msg_gets(message, property);
}
int __real_zmq_msg_init_data(zmq_msg_t *message, void *data, size_t size, zmq_free_fn *free_fn, void *hint);
int __wrap_zmq_msg_init_data(zmq_msg_t *message, void *data, size_t size, zmq_free_fn *free_fn, void *hint)
{
    const inside_t inside;
    return __real_zmq_msg_init_data(message, data, size, free_fn, hint);
}
int __real_zmq_msg_recv(zmq_msg_t *message, void *socket, int flags);
int __wrap_zmq_msg_recv(zmq_msg_t *message, void *socket, int flags)
{
    const inside_t inside;
    if (frames_before_cut == 0) {
        zmq_msg_t rest;
        zmq_msg_init(&rest);
        while (__real_zmq_msg_recv(&rest, socket, flags) >= 0 && zmq_msg_more(&rest) != 0) {
        }
        zmq_msg_close(&rest);
        frames_before_cut = -1;
        errno = ECONNRESET;
        return -1;
    }
    const int result = __real_zmq_msg_recv(message, socket, flags);
    if (result >= 0 && frames_before_cut > 0)
        --frames_before_cut;
    return result;
}
}
