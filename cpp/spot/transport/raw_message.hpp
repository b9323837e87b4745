// One frame of libzmq (zmq_msg_t), owned.
//
// Thread safety: for one thread at a time. Frames made by share() have a common, thread-safe count and may go
// to different threads.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include <zmq.h>

namespace spot
{
class raw_message_t
{
  public:
    using free_fn_t = void (*)(void *data, void *hint);

    raw_message_t() { zmq_msg_init(&_msg); }
    // Throws std::bad_alloc.
    explicit raw_message_t(std::size_t size)
    {
        if (zmq_msg_init_size(&_msg, size) != 0)
            throw std::bad_alloc();
    }
    explicit raw_message_t(std::string_view bytes) : raw_message_t(bytes.size())
    {
        if (!bytes.empty())
            std::memcpy(data(), bytes.data(), bytes.size());
    }
    // Wraps bytes without copying them. When the last frame that shares them goes, libzmq calls `free_fn`, on
    // any thread. Throws std::bad_alloc; `free_fn` is not called then.
    raw_message_t(void *data, std::size_t size, free_fn_t free_fn, void *hint)
    {
        if (zmq_msg_init_data(&_msg, data, size, free_fn, hint) != 0)
            throw std::bad_alloc();
    }
    raw_message_t(raw_message_t &&other) noexcept
    {
        zmq_msg_init(&_msg);
        zmq_msg_move(&_msg, &other._msg);
    }
    raw_message_t &operator=(raw_message_t &&other) noexcept
    {
        zmq_msg_move(&_msg, &other._msg);
        return *this;
    }
    raw_message_t(const raw_message_t &) = delete;
    raw_message_t &operator=(const raw_message_t &) = delete;
    ~raw_message_t() { zmq_msg_close(&_msg); }

    char *data() { return static_cast<char *>(zmq_msg_data(&_msg)); }
    std::size_t size() const { return zmq_msg_size(&_msg); }
    std::string_view view() const
    {
        return {static_cast<const char *>(zmq_msg_data(const_cast<zmq_msg_t *>(&_msg))), size()};
    }
    // Whether further frames of the same message follow.
    bool more() const { return zmq_msg_more(&_msg) != 0; }
    // The sender's address as libzmq knows it; empty for a frame that came from this process.
    std::string peer_address() const
    {
        const char *const address = zmq_msg_gets(&_msg, "Peer-Address");
        return address ? address : std::string();
    }
    // The descriptor of the connection on which the frame came (it may be closed by now); -1 for a frame that
    // came from this process.
    int source_fd() const { return zmq_msg_get(const_cast<zmq_msg_t *>(&_msg), ZMQ_SRCFD); }
    // A second frame with the same bytes. Bytes of more than about 30 are shared, not copied.
    raw_message_t share()
    {
        raw_message_t other;
        zmq_msg_copy(&other._msg, &_msg);
        return other;
    }
    zmq_msg_t *handle() { return &_msg; }

  private:
    zmq_msg_t _msg;
};
}
