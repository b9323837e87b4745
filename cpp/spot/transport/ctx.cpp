#include "spot/transport/ctx.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>
#include <zmq.h>

#include "spot/transport/ctx_state.hpp"

namespace spot
{
namespace
{
constexpr int max_io_threads = 64;
constexpr int max_sockets = 65536;
constexpr int descriptors_per_context = 16;
}

bool descriptors_left(int count)
{
    int opened[descriptors_per_context];
    int got = 0;
    while (got < count && got < descriptors_per_context) {
        const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            break;
        opened[got++] = fd;
    }
    for (int i = 0; i < got; ++i)
        close(opened[i]);
    if (got == count || got == descriptors_per_context)
        return true;
    errno = EMFILE;
    return false;
}

std::shared_ptr<ctx_state_t> ctx_state_t::create(int io_threads)
{
    if (io_threads < 1 || io_threads > max_io_threads) {
        errno = EINVAL;
        return nullptr;
    }
    if (!descriptors_left(descriptors_per_context))
        return nullptr;
    void *handle = zmq_ctx_new();
    if (!handle)
        return nullptr;
    zmq_ctx_set(handle, ZMQ_IO_THREADS, io_threads);
    zmq_ctx_set(handle, ZMQ_MAX_SOCKETS, max_sockets);
    return std::shared_ptr<ctx_state_t>(new ctx_state_t(handle));
}

void ctx_state_t::terminate()
{
    void *handle = _handle.exchange(nullptr);
    if (!handle || _fork.forked())
        return;
    while (zmq_ctx_term(handle) != 0 && errno == EINTR) {
    }
}

ctx_t::ctx_t(int io_threads) : _state(ctx_state_t::create(io_threads)) {}
ctx_t::~ctx_t() = default;
}
