#include "spot/cluster/client_backlog.hpp"

#include <string>
#include <utility>

namespace spot
{
namespace
{
// A frame takes a place of 64 bytes; what is longer than about half of that is allocated as well.
constexpr std::size_t bytes_of_a_place = 64;
constexpr std::size_t longest_inline = 33;
constexpr std::size_t bytes_of_an_allocation = 64;

std::size_t index_of(load_t load)
{
    return static_cast<std::size_t>(load);
}
}

struct client_backlog_t::charged_t
{
    std::shared_ptr<client_backlog_t> backlog;
    std::size_t cost;
    load_t load;
    std::string bytes;
};

std::size_t client_backlog_t::cost_of(std::size_t bytes)
{
    return bytes_of_a_place + (bytes > longest_inline ? bytes_of_an_allocation + bytes : 0);
}

std::size_t client_backlog_t::limit(load_t load) const
{
    switch (load) {
    case load_t::control:
        return _limits.control_bytes;
    case load_t::answer:
        return _limits.answer_bytes;
    case load_t::message:
        return _limits.message_bytes;
    }
    return 0;
}

bool client_backlog_t::has_room(load_t load) const
{
    if (load == load_t::message && _limits.messages > 0 && _messages.load() >= _limits.messages)
        return false;
    return _bytes[index_of(load)].load() < limit(load);
}

// Asked again once it is known that somebody waits: room that came in between told nobody.
bool client_backlog_t::has_room_or_wakes(load_t load)
{
    if (has_room(load))
        return true;
    _awaited.store(true);
    return has_room(load);
}

raw_message_t client_backlog_t::charge(std::string_view bytes, std::size_t cost, load_t load)
{
    auto charged = std::make_unique<charged_t>(charged_t{shared_from_this(), cost, load, std::string(bytes)});
    raw_message_t frame(charged->bytes.data(), charged->bytes.size(), release, charged.get());
    static_cast<void>(charged.release()); // the frame's from here on
    _bytes[index_of(load)].fetch_add(cost);
    if (load == load_t::message)
        _messages.fetch_add(1);
    return frame;
}

void client_backlog_t::release(void *, void *hint)
{
    const std::unique_ptr<charged_t> charged(static_cast<charged_t *>(hint));
    charged->backlog->give_back(charged->cost, charged->load);
}

void client_backlog_t::give_back(std::size_t cost, load_t load)
{
    _bytes[index_of(load)].fetch_sub(cost);
    if (load == load_t::message)
        _messages.fetch_sub(1);
    _released.fetch_add(1);
    if (_awaited.load() && half_free() && _awaited.exchange(false))
        _wakeup->set();
}

bool client_backlog_t::half_free() const
{
    for (const load_t load : {load_t::control, load_t::answer, load_t::message})
        if (_bytes[index_of(load)].load() > limit(load) / 2)
            return false;
    return _limits.messages == 0 || _messages.load() <= _limits.messages / 2;
}

bool client_backlog_t::empty() const
{
    return _bytes[0].load() == 0 && _bytes[1].load() == 0 && _bytes[2].load() == 0;
}
}
