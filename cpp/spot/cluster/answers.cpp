#include "spot/cluster/answers.hpp"

#include <algorithm>

#include "spot/wire/envelope.hpp"

namespace spot
{
bool answers_t::take(const std::string &address, bool delimiter)
{
    const client_backlog_t *const backlog = _out.backlog(address);
    if (!backlog)
        return false;
    const std::string connection(wire::routing_id_of(address));
    if (!_queue.waits(connection) && _frames_left > 0 && backlog->has_room(load_t::answer)) {
        answer(address, delimiter);
        return true;
    }
    return _queue.add(connection, address, delimiter);
}

bool answers_t::work()
{
    for (const std::string &connection : _queue.connections()) {
        while (const registry::question_t *const next = _queue.next(connection)) {
            // A copy: a connection that has ended takes its questions with it.
            const std::string address = next->address;
            const bool delimiter = next->delimiter;
            client_backlog_t *const backlog = _out.backlog(address);
            if (!backlog || !backlog->has_room_or_wakes(load_t::answer))
                break;
            if (_frames_left == 0)
                return false;
            answer(address, delimiter); // a question whose answer throws is answered again
            _queue.answered(connection);
        }
        if (!_queue.waits(connection))
            _queue.forget(connection);
    }
    return true;
}

void answers_t::answer(const std::string &address, bool delimiter)
{
    _frames_left -= std::min(_frames_left, _answer(address, delimiter));
}
}
