// A libzmq context: its I/O threads and its inproc:// name space, shared by any number of nodes.
#pragma once

#include <memory>

namespace spot
{
// The context itself; nodes keep it alive, so a ctx_t may go out of scope before them.
class ctx_state_t;

class ctx_t
{
  public:
    // io_threads: 1 to 64; libzmq advises one per gigabyte of data per second.
    explicit ctx_t(int io_threads = 1);
    ~ctx_t();
    ctx_t(const ctx_t &) = delete;
    ctx_t &operator=(const ctx_t &) = delete;

    // Null when the context could not be made; errno said why (EMFILE, ENOMEM, EINVAL).
    const std::shared_ptr<ctx_state_t> &state() const { return _state; }

  private:
    std::shared_ptr<ctx_state_t> _state;
};
}
