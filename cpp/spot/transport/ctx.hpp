// A libzmq context: its I/O threads and its inproc:// name space, shared by any number of nodes. Any thread
// may use it.
#pragma once

#include <memory>

namespace spot
{
// The context itself. Nodes keep it alive, so that a ctx_t may be destroyed before them.
class ctx_state_t;

class ctx_t
{
  public:
    // io_threads: 1 to 64. libzmq's manual advises one for each gigabyte of data per second.
    explicit ctx_t(int io_threads = 1);
    ~ctx_t();
    ctx_t(const ctx_t &) = delete;
    ctx_t &operator=(const ctx_t &) = delete;

    // Null when the context could not be made; the constructor has then set errno: EMFILE, ENFILE, EAGAIN (no
    // threads), ENOMEM, EINVAL.
    const std::shared_ptr<ctx_state_t> &state() const { return _state; }

  private:
    std::shared_ptr<ctx_state_t> _state;
};
}
