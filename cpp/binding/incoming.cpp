#include "binding/incoming.hpp"

#include "binding/interrupt.hpp"

namespace spot::binding
{
namespace
{
PyObject *new_message(const delivery_t &delivery)
{
    return make_message(*delivery.frame, delivery.payload, delivery.seq, delivery.lost);
}
}

// Makes the next message of the frame that was handed out. Making it runs nobody else's code, and the GIL
// stays here, so that the frame does too.
bool incoming_t::take_of_run(PyObject *&message)
{
    cursor_t &cursor = _run.cursor;
    const std::string_view payload = cursor.payload();
    message = make_message(*cursor.frame(), payload, cursor.seq(), cursor.lost());
    if (!message)
        return false;
    _taken.messages += 1;
    _taken.bytes += payload.size();
    cursor.pop();
    if (cursor.empty() && _run.watched)
        _receiver.give_back(_run);
    return true;
}

bool incoming_t::ready()
{
    if (_run.cursor.empty())
        return false;
    if (_run.generation == _receiver.generation())
        return true;
    _receiver.give_back(_run); // waits for the mutex with the GIL: nobody waits for the GIL with that mutex
    return false;
}

take_t incoming_t::try_take(PyObject *&message)
{
    if (ready()) {
        take_of_run(message);
        return take_t::got;
    }
    delivery_t delivery;
    const bool alone = gil_guards && _waiting == 0;
    const take_t result = alone ? _receiver.try_take_run(delivery, _run) : _receiver.try_take(delivery);
    if (result == take_t::got)
        message = new_message(delivery);
    return result;
}

// A signal that raised nothing is no reason to stop.
template <typename Wait> take_t incoming_t::without_interruption(Wait &&wait)
{
    _waiting += gil_guards ? 1 : 0;
    take_t result = take_t::interrupted;
    do {
        result = without_gil(wait);
    } while (result == take_t::interrupted && !interrupted_by_exception());
    _waiting -= gil_guards ? 1 : 0;
    return result;
}

take_t incoming_t::take(PyObject *&message, const deadline_t &deadline)
{
    delivery_t delivery;
    const take_t result = without_interruption([&] { return _receiver.take(delivery, deadline); });
    if (result == take_t::got)
        message = new_message(delivery);
    return result;
}

take_t incoming_t::wait(const deadline_t &deadline)
{
    return ready() ? take_t::got : without_interruption([&] { return _receiver.wait(deadline); });
}
}
