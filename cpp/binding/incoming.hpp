// What Python takes from a receiver. With the GIL held there is nobody to share with but Python, so a
// frame's messages are taken from the receiver at once, and then cost neither its mutex nor an atomic
// operation.
#pragma once

#include <Python.h>

#include <cstdint>

#include "binding/gil.hpp"
#include "binding/message.hpp"
#include "binding/no_gil.hpp"
#include "spot/data/receiver.hpp"

namespace spot::binding
{
// Messages that were taken from a receiver with others: it has not counted them.
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

// The GIL guards it. Without one nothing is taken ahead: every message comes from the receiver, under its
// mutex.
class incoming_t
{
  public:
    explicit incoming_t(receiver_t &receiver) : _receiver(receiver) {}

    // Never wait. `got` comes with a message, or without one and with MemoryError; the message waits then.
    take_t try_take(PyObject *&message);
    // Whether it is known without asking the receiver that a message is there.
    bool ready();
    // Waits for a message, without the GIL.
    take_t take(PyObject *&message, const deadline_t &deadline);
    take_t wait(const deadline_t &deadline);
    // Leaves out what was taken from the receiver: that was closed.
    void drop()
    {
        if constexpr (gil_guards)
            _run.cursor.drop();
    }

    taken_of_runs_t taken() const { return _taken; }

  private:
    bool take_of_run(PyObject *&message);
    template <typename Wait> take_t without_interruption(Wait &&wait);

    receiver_t &_receiver;
    run_t _run;
    // Threads that wait, or are about to: what is handed out here would not wake them.
    int _waiting = 0;
    taken_of_runs_t _taken;
};
}
