#include "spot/registry/stream.hpp"

#include <algorithm>

namespace spot::registry
{
stream_t::gaps_t &stream_t::gaps()
{
    if (!_gaps)
        _gaps = std::make_unique<gaps_t>();
    return *_gaps;
}

// All that needs memory comes first.
std::uint64_t stream_t::jump_to(std::uint64_t first)
{
    gaps_t &gaps = this->gaps();
    if (first < _expected) {
        give_up();
        ++gaps.incarnation;
        _base += first - _expected; // the arithmetic wraps: what was received stays the same
        return 0;
    }
    const number_range_t skipped{_expected, first};
    if (gaps.most_holes > 0)
        add_hole(gaps, skipped);
    else
        gaps.lost += skipped.size();
    _base += skipped.size();
    return skipped.size();
}

void stream_t::add_hole(gaps_t &gaps, number_range_t hole)
{
    if (!gaps.holes.empty() && gaps.holes.back().end == hole.first) {
        gaps.holes.back().end = hole.end;
        return;
    }
    gaps.holes.push_back(hole);
    lose_oldest_holes(gaps);
}

void stream_t::lose_oldest_holes(gaps_t &gaps)
{
    while (gaps.holes.size() > gaps.most_holes) {
        gaps.lost += gaps.holes.front().size();
        gaps.holes.erase(gaps.holes.begin());
    }
}

void stream_t::forgive(std::uint64_t count)
{
    if (!_gaps)
        return;
    if (!_gaps->holes.empty()) {
        number_range_t &newest = _gaps->holes.back();
        const std::uint64_t forgiven = std::min(count, newest.size());
        newest.end -= forgiven;
        count -= forgiven;
        if (newest.size() == 0)
            _gaps->holes.pop_back();
    }
    _gaps->lost -= std::min(count, _gaps->lost);
}

void stream_t::expect_repairs(std::size_t most_holes)
{
    gaps_t &gaps = this->gaps();
    gaps.most_holes = most_holes;
    lose_oldest_holes(gaps);
}

std::vector<number_range_t> stream_t::fill(std::uint32_t incarnation, std::uint64_t first,
                                           std::uint64_t count)
{
    std::vector<number_range_t> filled;
    if (incarnation != this->incarnation() || !_gaps)
        return filled;
    const std::uint64_t end = end_of(first, count);
    std::vector<number_range_t> left; // of the holes
    left.reserve(_gaps->holes.size() + 1);
    for (const number_range_t &hole : _gaps->holes) {
        const number_range_t common{std::max(hole.first, first), std::min(hole.end, end)};
        if (common.first >= common.end) {
            left.push_back(hole);
            continue;
        }
        filled.push_back(common);
        if (hole.first < common.first)
            left.push_back({hole.first, common.first});
        if (common.end < hole.end)
            left.push_back({common.end, hole.end});
    }
    // Nothing fails from here on.
    for (const number_range_t &range : filled)
        _base -= range.size();
    _gaps->holes.swap(left);
    lose_oldest_holes(*_gaps);
    return filled;
}

std::uint64_t stream_t::give_up(std::uint64_t below)
{
    if (!_gaps)
        return 0;
    std::uint64_t given_up = 0;
    auto hole = _gaps->holes.begin();
    for (; hole != _gaps->holes.end() && hole->first < below; ++hole) {
        const std::uint64_t end = std::min(hole->end, below);
        given_up += end - hole->first;
        hole->first = end;
        if (hole->size() > 0)
            break;
    }
    _gaps->holes.erase(_gaps->holes.begin(), hole);
    _gaps->lost += given_up;
    return given_up;
}

std::vector<number_range_t> stream_t::holes() const
{
    return _gaps ? _gaps->holes : std::vector<number_range_t>();
}

std::uint64_t stream_t::missing() const
{
    std::uint64_t sum = 0;
    if (_gaps)
        for (const number_range_t &hole : _gaps->holes)
            sum += hole.size();
    return sum;
}

bool stream_t::enter_way(std::uint32_t epoch)
{
    if (epoch == 0 && !_gaps)
        return true;
    gaps_t &gaps = this->gaps();
    if (epoch < gaps.way)
        return false;
    gaps.way = epoch;
    return true;
}
}
