#include "spot/transport/ctx.hpp"

#include <algorithm>
#include <cerrno>
#include <mutex>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
#include <zmq.h>

#include "spot/base/no_memory.hpp"
#include "spot/transport/ctx_state.hpp"
#include "spot/transport/thread.hpp"

namespace spot
{
namespace
{
constexpr int max_io_threads = 64;
constexpr int max_sockets = 65536;
// An eventfd and an epoll for each thread. The spare ones are for the first socket, and for other threads of
// the program that open something at the same time.
constexpr int descriptors_per_thread = 2;
constexpr int spare_descriptors = 12;
constexpr int most_claimed = spare_descriptors + descriptors_per_thread * (max_io_threads + 1);

std::mutex claim_mutex; // held by one descriptor_claim_t; a leaf: no other lock is taken under it

void watch_forks()
{
    static const int watching = pthread_atfork([] { claim_mutex.lock(); }, [] { claim_mutex.unlock(); },
                                               [] { claim_mutex.unlock(); });
    static_cast<void>(watching);
}
}

descriptor_claim_t::descriptor_claim_t(int count)
{
    watch_forks();
    claim_mutex.lock();
    int opened[most_claimed];
    int got = 0;
    int error = 0;
    while (got < std::min(count, most_claimed) && error == 0) {
        opened[got] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (opened[got] < 0)
            error = errno;
        else
            ++got;
    }
    for (int i = 0; i < got; ++i)
        close(opened[i]);
    _granted = error == 0;
    errno = error;
}

descriptor_claim_t::~descriptor_claim_t()
{
    claim_mutex.unlock();
}

namespace
{
// Makes the first socket, with which libzmq starts the context's threads; it would end the process if it
// could not. False and errno.
bool start_threads(void *handle)
{
    void *const first = zmq_socket(handle, ZMQ_PAIR);
    return first && zmq_close(first) == 0;
}
}

std::shared_ptr<ctx_state_t> ctx_state_t::create(int io_threads)
{
    if (io_threads < 1 || io_threads > max_io_threads) {
        errno = EINVAL;
        return nullptr;
    }
    const int threads = io_threads + 1; // libzmq has one more, which closes sockets
    const descriptor_claim_t claim(spare_descriptors + descriptors_per_thread * threads);
    if (!claim || !threads_left(threads))
        return nullptr;
    std::shared_ptr<ctx_state_t> made(new ctx_state_t(nullptr)); // first: it may throw
    void *const handle = zmq_ctx_new();
    if (!handle)
        return nullptr;
    zmq_ctx_set(handle, ZMQ_IO_THREADS, io_threads);
    zmq_ctx_set(handle, ZMQ_MAX_SOCKETS, max_sockets);
    if (!start_threads(handle)) {
        const int error = errno;
        zmq_ctx_term(handle);
        errno = error;
        return nullptr;
    }
    made->_handle = handle;
    return made;
}

void ctx_state_t::terminate()
{
    void *handle = _handle.exchange(nullptr);
    if (!handle || _fork.forked())
        return;
    while (zmq_ctx_term(handle) != 0 && errno == EINTR) {
    }
}

ctx_t::ctx_t(int io_threads)
{
    if (!attempt([&] { _state = ctx_state_t::create(io_threads); }))
        errno = ENOMEM;
}
ctx_t::~ctx_t() = default;
}
