#include "binding/log_queue.hpp"

#include <chrono>
#include <utility>

namespace spot::binding
{
void log_queue_t::put(log_level_t level, std::string_view text)
{
    using namespace std::chrono;
    const double time = duration<double>(system_clock::now().time_since_epoch()).count();
    const lock_t lock(_mutex);
    if (_closed)
        return;
    if (_lines.size() >= limit) {
        ++_dropped;
        return;
    }
    _lines.push_back({level, time, std::string(text)});
    if (_lines.size() == 1)
        _changed.notify_one();
}

bool log_queue_t::take(std::vector<log_line_t> &lines, std::uint64_t &dropped, millis_t timeout_ms)
{
    const deadline_t deadline(timeout_ms);
    const lock_t lock(_mutex);
    while (_lines.empty() && !_closed && !deadline.passed())
        _changed.wait_for(_mutex, std::chrono::milliseconds(deadline.left(timeout_ms)));
    const bool more = !_lines.empty() || !_closed;
    for (log_line_t &line : _lines)
        lines.push_back(std::move(line));
    _lines.clear();
    dropped = std::exchange(_dropped, 0);
    return more;
}

void log_queue_t::close()
{
    const lock_t lock(_mutex);
    _closed = true;
    _changed.notify_all();
}

bool log_queue_t::claim()
{
    const lock_t lock(_mutex);
    return !_closed && !std::exchange(_claimed, true);
}

void log_queue_t::give_up_claim()
{
    const lock_t lock(_mutex);
    _claimed = false;
}

void log_queue_t::finish()
{
    const lock_t lock(_mutex);
    _finished = true;
    _changed.notify_all();
}

bool log_queue_t::join(millis_t timeout_ms)
{
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    const lock_t lock(_mutex);
    while (_claimed && !_finished)
        if (_changed.wait_until(_mutex, until) == std::cv_status::timeout)
            return false;
    return true;
}
}
