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

// Makes the next message of the run. Making it runs no other Python code, and this thread keeps the GIL, so
// that the frame stays.
bool incoming_t::take_of_run(PyObject *&message)
{
    const std::string_view payload = _run.payload();
    message = make_message(_run.frame(), payload, _run.seq(), _run.lost());
    if (!message)
        return false;
    _taken.messages += 1;
    _taken.bytes += payload.size();
    _run.pop();
    if (_run.empty() && _run.is_watched())
        _receiver.give_back(_run);
    return true;
}

bool incoming_t::ready()
{
    if (_run.empty())
        return false;
    if (_run.generation() == _receiver.generation())
        return true;
    // Waits for the receiver's mutex with the GIL held: no thread that holds that mutex waits for the GIL.
    _receiver.give_back(_run);
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

// Goes on waiting after a signal whose handler raised no exception.
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
