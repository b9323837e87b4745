#include "spot/data/fan_out.hpp"

#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/transport/poll.hpp"

namespace spot
{
namespace
{
// A second reference to the same bytes.
wire_frame_t share(wire_frame_t &frame)
{
    wire_frame_t shared;
    shared.head = frame.head.share();
    if (frame.large)
        shared.body = frame.body.share();
    shared.large = frame.large;
    return shared;
}
}

fan_out_t::way_id_t fan_out_t::add_way(std::shared_ptr<out_port_t> port, const way_limits_t &limits)
{
    branch_t way;
    way.port = std::move(port);
    way.limits = limits;
    _ways.emplace(_next_id, std::move(way));
    return _next_id++;
}

void fan_out_t::remove_way(way_id_t id)
{
    const auto found = _ways.find(id);
    if (found == _ways.end())
        return;
    found->second.port->end();
    {
        const lock_t lock(_wait_mutex);
        if (_awaited == found->second.port)
            _awaited = nullptr;
    }
    _ways.erase(found);
    _filters.remove_way(id);
}

bool fan_out_t::take_filter_changes(std::size_t most)
{
    filter_change_t change;
    for (auto &[id, way] : _ways) {
        while (most > 0 && way.port->take_filter_change(change)) {
            if (change.added)
                _filters.add(id, change.filter);
            else
                _filters.remove(id, change.filter);
            --most;
        }
    }
    return most > 0;
}

void fan_out_t::note_full(const std::shared_ptr<out_port_t> &port)
{
    const lock_t lock(_wait_mutex);
    _awaited = port;
}

bool fan_out_t::has_room(branch_t &way, std::size_t size)
{
    if (way.waiting.empty() && way.port->room(size))
        return true;
    return way.waiting.size() < way.limits.frames && way.waiting_bytes < way.limits.bytes;
}

// Makes the places for references, which are made before anything is taken: afterwards nothing may fail.
void fan_out_t::find_wanted(const wire_frame_t &frame)
{
    _shares.clear();
    _filters.find(frame.head.view(), _wanted);
    _shares.reserve(_wanted.size());
}

// Others have the frame already. A way for which there is no memory misses it, and its reader sees that by
// the number of the next one.
void fan_out_t::hand_over(share_t &share)
{
    branch_t &way = *share.way;
    if (way.waiting.empty() && way.port->offer(share.frame) != offer_t::full)
        return; // taken, or nobody reads there any more
    const std::size_t size = share.frame.size();
    attempt([&] {
        way.waiting.push_back(std::move(share.frame));
        way.waiting_bytes += size;
    });
}

offer_t fan_out_t::offer_all(wire_frame_t &frame)
{
    find_wanted(frame);
    for (const way_id_t id : _wanted) {
        branch_t &way = _ways.find(id)->second;
        flush_way(way);
        if (!has_room(way, frame.size())) {
            note_full(way.port);
            return offer_t::full;
        }
        _shares.push_back({&way, share(frame)});
    }
    offer_t result = offer_t::taken;
    if (_shared)
        result = _shared->offer(frame);
    else
        frame = {};
    if (result == offer_t::full)
        note_full(_shared);
    if (result == offer_t::taken)
        for (share_t &share : _shares)
            hand_over(share);
    _shares.clear();
    return result;
}

offer_t fan_out_t::offer_where_room(wire_frame_t &frame, std::size_t *missed)
{
    if (missed)
        *missed = 0;
    find_wanted(frame);
    for (const way_id_t id : _wanted) {
        branch_t &way = _ways.find(id)->second;
        flush_way(way);
        if (has_room(way, frame.size()))
            _shares.push_back({&way, share(frame)});
        else if (missed)
            ++*missed;
    }
    offer_t result = offer_t::taken;
    if (_shared)
        result = _shared->offer_where_room(frame);
    else
        frame = {};
    if (result == offer_t::taken)
        for (share_t &share : _shares)
            hand_over(share);
    _shares.clear();
    return result;
}

bool fan_out_t::flush_way(branch_t &way)
{
    while (!way.waiting.empty()) {
        const std::size_t size = way.waiting.front().size();
        if (way.port->offer(way.waiting.front()) == offer_t::full)
            return false;
        way.waiting_bytes -= size;
        way.waiting.pop_front();
    }
    return true;
}

bool fan_out_t::flush()
{
    bool all = true;
    for (auto &[id, way] : _ways)
        all = flush_way(way) && all;
    return all;
}

void fan_out_t::wait(int slice_ms)
{
    std::shared_ptr<out_port_t> port;
    {
        const lock_t lock(_wait_mutex);
        port = _awaited ? _awaited : _shared;
    }
    if (port)
        port->wait(slice_ms);
    else
        wait_readable(nullptr, 0, slice_ms);
}

void fan_out_t::end()
{
    for (auto &[id, way] : _ways)
        way.port->end();
    if (_shared)
        _shared->end();
}
}
