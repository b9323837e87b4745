#include "spot/registry/filter_table.hpp"

#include <algorithm>

namespace spot::registry
{
void filter_table_t::add(way_id_t way, std::string_view filter)
{
    const auto known = _filters.find(filter);
    if (known != _filters.end()) {
        ++known->second[way];
        ++_epoch;
        return;
    }
    ways_t ways{{way, 1}};
    std::string name(filter);
    const auto length = _lengths.try_emplace(filter.size(), 0).first;
    try {
        _filters.emplace(std::move(name), std::move(ways));
    } catch (...) {
        if (length->second == 0)
            _lengths.erase(length);
        throw;
    }
    ++length->second;
    ++_epoch;
}

void filter_table_t::remove(way_id_t way, std::string_view filter)
{
    const auto known = _filters.find(filter);
    if (known == _filters.end())
        return;
    const auto begun = known->second.find(way);
    if (begun == known->second.end())
        return;
    ++_epoch;
    if (--begun->second > 0)
        return;
    known->second.erase(begun);
    if (!known->second.empty())
        return;
    _filters.erase(known);
    drop_length(filter.size());
}

void filter_table_t::remove_way(way_id_t way)
{
    ++_epoch;
    for (auto filter = _filters.begin(); filter != _filters.end();) {
        filter->second.erase(way);
        if (!filter->second.empty()) {
            ++filter;
            continue;
        }
        drop_length(filter->first.size());
        filter = _filters.erase(filter);
    }
}

void filter_table_t::drop_length(std::size_t length)
{
    const auto known = _lengths.find(length);
    if (known != _lengths.end() && --known->second == 0)
        _lengths.erase(known);
}

void filter_table_t::find(std::string_view frame, std::vector<way_id_t> &ways) const
{
    ways.clear();
    for (const auto &[length, count] : _lengths) {
        if (length > frame.size())
            break;
        const auto known = _filters.find(frame.substr(0, length));
        if (known == _filters.end())
            continue;
        for (const auto &[way, begun] : known->second)
            ways.push_back(way);
    }
    std::sort(ways.begin(), ways.end());
    ways.erase(std::unique(ways.begin(), ways.end()), ways.end());
}
}
