// The part of receiver_t that subscribes and unsubscribes.
#include <cerrno>
#include <new>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/data/receiver.hpp"
#include "spot/wire/data.hpp"
#include "spot/wire/names.hpp"

namespace spot
{
namespace
{
// How much of a queue is searched for frames of an ended subscription: a publisher may fill it for ever.
constexpr std::size_t max_searched_frames = 65536;
}

std::vector<std::string> receiver_t::subscribe(const std::vector<std::string> &names)
{
    std::vector<std::string> added;
    const turn_t turn(*this);
    if (_closed)
        return added;
    std::vector<std::string> filters; // that were asked for
    added.reserve(names.size());
    filters.reserve(names.size());
    _topics.begin_change();
    try {
        for (const std::string &name : names) {
            std::string copy = name, filter;
            bool needed = false;
            if (!_topics.subscriptions().add(name, filter, needed))
                continue;
            added.push_back(std::move(copy));
            if (needed)
                _socket.subscribe(filter);
            filters.push_back(std::move(filter));
        }
    } catch (const std::bad_alloc &) { // or nobody would ever ask for it
        for (std::size_t i = 0; i < added.size(); ++i)
            // A filter that stays lets through what is then dropped.
            if (_topics.subscriptions().forget(added[i]) && i < filters.size())
                attempt([&]() SPOT_REQUIRES(_mutex) { _socket.unsubscribe(filters[i]); });
        throw;
    }
    return added;
}

int receiver_t::unsubscribe(const std::vector<std::string> &names, std::string *missing)
{
    const turn_t turn(*this);
    if (_closed)
        return fail(ENOTSOCK);
    for (const std::string &name : names) {
        if (!_topics.subscriptions().contains(name)) {
            if (missing)
                *missing = name;
            return fail(ENOENT);
        }
    }
    unsubscribe_known(names);
    return 0;
}

void receiver_t::unsubscribe_all()
{
    const turn_t turn(*this);
    if (!_closed)
        unsubscribe_known(_topics.subscriptions().list());
}

// All of them, or what throws has ended none. What is left of them is dropped as it is met, if there is no
// memory for doing it now.
void receiver_t::unsubscribe_known(const std::vector<std::string> &names)
{
    std::vector<std::string> filters(names.size());
    bool patterns = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const bool pattern = wire::is_pattern(names[i]);
        filters[i] = pattern ? std::string(wire::literal_prefix(names[i])) : wire::exact_filter(names[i]);
        _topics.note_end(names[i]);
        patterns = patterns || pattern;
    }
    _topics.begin_change();
    for (std::size_t i = 0; i < names.size(); ++i)
        if (_topics.subscriptions().forget(names[i]))
            attempt([&]() SPOT_REQUIRES(_mutex) { _socket.unsubscribe(filters[i]); });
    for (const std::string &name : names)
        if (!wire::is_pattern(name))
            attempt([&]() SPOT_REQUIRES(_mutex) { _topics.drop_if_unwanted(name); });
    if (patterns)
        attempt([&]() SPOT_REQUIRES(_mutex) { _topics.drop_unwanted(); });
    _topics.drop_unwanted_asides();
    attempt([&]() SPOT_REQUIRES(_mutex) { drop_unwanted_frames(); });
}

std::vector<std::string> receiver_t::subscriptions() const
{
    const lock_t lock(_mutex);
    return _topics.subscriptions().list();
}

bool receiver_t::wants(std::string_view topic) const
{
    const lock_t lock(_mutex);
    return !_closed && _topics.subscriptions().matches(topic);
}

void receiver_t::subscribe_token(const wire::token_t &token)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    _socket.subscribe(wire::fence_prefix + token.encode());
}

void receiver_t::unsubscribe_token(const wire::token_t &token)
{
    const turn_t turn(*this);
    if (_closed)
        return;
    _socket.unsubscribe(wire::fence_prefix + token.encode());
}

// What waits of an ended subscription must not come with a later one.
void receiver_t::drop_unwanted_frames()
{
    if (!_cursor.empty() && !_topics.wanted(*_cursor.frame()->slot))
        _cursor.drop();
    if (_lender.is_out() && !_topics.wanted(_lender.slot()))
        _lender.call_back(run_lender_t::fate_t::drop);
    if (_next && !wanted(*_next))
        _next.reset();
    _pending.erase_if([&](const frame_t &frame) SPOT_REQUIRES(_mutex) { return !wanted(frame); });
    const auto receive = [&]() SPOT_REQUIRES(_mutex) { return receive_frame(); };
    for (std::size_t searched = 0; searched < max_searched_frames && _pending.push_from(receive); ++searched)
        if (!wanted(_pending.newest()))
            _pending.drop_newest();
}
}
