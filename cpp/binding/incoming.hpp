// Takes messages from a receiver for Python. It takes the rest of a frame's messages from the receiver at
// once (a run), because only Python threads read them, and they hold the GIL: the following messages cost
// neither the receiver's mutex nor an atomic operation.
#pragma once

#include <Python.h>

#include <cstdint>

#include "binding/gil.hpp"
#include "binding/message.hpp"
#include "binding/no_gil.hpp"
#include "spot/data/receiver.hpp"

namespace spot::binding
{
// The messages that were handed out of runs. The receiver does not count them.
struct taken_of_runs_t
{
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;

    taken_of_runs_t &operator+=(const taken_of_runs_t &other)
    {
        messages += other.messages;
        bytes += other.bytes;
        return *this;
    }
};

// Thread safety: the GIL guards it. Without a GIL there are no runs: every message is taken under the
// receiver's mutex.
class incoming_t
{
  public:
    explicit incoming_t(receiver_t &receiver) : _receiver(receiver) {}

    // Takes a message without waiting. `got` with a null message: MemoryError is set, and the message stays.
    take_t try_take(PyObject *&message);
    // Whether the run has a message, so that the receiver need not be asked.
    bool ready();
    // Waits for a message, without the GIL.
    take_t take(PyObject *&message, const deadline_t &deadline);
    take_t wait(const deadline_t &deadline);
    // Drops the rest of the run, because the receiver was closed.
    void drop()
    {
        if constexpr (gil_guards)
            _run.drop();
    }

    taken_of_runs_t taken() const { return _taken; }

  private:
    bool take_of_run(PyObject *&message);
    template <typename Wait> take_t without_interruption(Wait &&wait);

    receiver_t &_receiver;
    run_t _run;
    // The number of threads that wait, or are about to: messages in a run would not wake them.
    int _waiting = 0;
    taken_of_runs_t _taken;
};
}
