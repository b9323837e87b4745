#include "spot/data/backlog.hpp"

#include <algorithm>
#include <limits>

namespace spot
{
namespace
{
// A waiting frame costs about this much at least, by itself and what is around it.
constexpr std::uint64_t least_frame_bytes = 512;
// To count smaller ones would cost more than they do: for these the number of frames has to do.
constexpr std::size_t least_heeded = 1024;
// The header of a frame does not make a second place of it.
constexpr std::size_t header_allowance = 1024;
// Beyond this the marks behind a frame would take longer than they are worth.
constexpr std::size_t most_places = 16384;

int mark_for(int frames, std::uint64_t bytes, std::uint64_t bytes_per_frame)
{
    if (bytes == 0)
        return frames;
    const std::uint64_t most = std::numeric_limits<int>::max();
    const int limit = static_cast<int>(std::clamp<std::uint64_t>(bytes / bytes_per_frame, 1, most));
    return frames == 0 ? limit : std::min(frames, limit);
}

std::size_t rounded_up(std::size_t size, std::size_t step)
{
    return size / step + (size % step != 0 ? 1 : 0);
}
}

int receiving_mark(int frames, std::uint64_t bytes)
{
    return mark_for(frames, bytes, bytes_per_place);
}

int sending_mark(int frames, std::uint64_t bytes)
{
    return mark_for(frames, bytes, least_frame_bytes);
}

struct backlog_t::held_t
{
    std::shared_ptr<backlog_t> backlog;
    std::size_t size;
    raw_message_t frame;
};

backlog_t::backlog_t(int frames, std::uint64_t bytes)
    : _limit(bytes), _heeded(std::numeric_limits<std::size_t>::max()), _under_pressure(bytes_per_place)
{
    if (bytes == 0)
        return;
    const auto mark = static_cast<std::uint64_t>(sending_mark(frames, bytes));
    const std::uint64_t worth = std::max<std::uint64_t>(bytes / 2 / mark, 1);
    _under_pressure = static_cast<std::size_t>(std::min<std::uint64_t>(worth, bytes_per_place));
    _heeded = std::max(_under_pressure, least_heeded);
}

void backlog_t::hold(raw_message_t &frame)
{
    const std::size_t size = frame.size();
    auto held = std::unique_ptr<held_t>(new held_t{shared_from_this(), size, {}});
    held->frame = std::move(frame);
    try {
        frame = raw_message_t(held->frame.data(), size, &let_go, held.get());
    } catch (...) {
        frame = std::move(held->frame);
        throw;
    }
    _waiting.fetch_add(size, std::memory_order_relaxed);
    static_cast<void>(held.release());
}

void backlog_t::let_go(void *, void *pointer)
{
    const std::unique_ptr<held_t> held(static_cast<held_t *>(pointer));
    held->backlog->_waiting.fetch_sub(held->size, std::memory_order_relaxed);
}

std::size_t backlog_t::places(std::size_t size) const
{
    const std::size_t usual =
        size <= header_allowance ? 1 : rounded_up(size - header_allowance, bytes_per_place);
    const bool pressed = heeds(size) && waiting() > _limit / 2;
    return std::min(pressed ? std::max(usual, rounded_up(size, _under_pressure)) : usual, most_places);
}
}
