#include "spot/data/outlet_map.hpp"

namespace spot
{
std::shared_ptr<outlet_t> outlet_map_t::find(std::string_view topic) const
{
    const read_lock_t lock(_mutex);
    const auto *const found = _outlets.find(topic);
    return found ? *found : nullptr;
}

std::shared_ptr<outlet_t> outlet_map_t::ensure(const std::shared_ptr<sink_t> &sink, std::string_view topic,
                                               wire::source_t source)
{
    const write_lock_t lock(_mutex);
    if (const auto *const found = _outlets.find(topic))
        return *found;
    std::uint64_t first_seq = 1;
    if (const auto retired = _retired.find(std::string(topic)); retired != _retired.end()) {
        first_seq = retired->second;
        _retired.erase(retired);
    }
    auto outlet = std::make_shared<outlet_t>(sink, std::string(topic), source, first_seq);
    _outlets.insert(outlet);
    return outlet;
}

void outlet_map_t::remove(socket_sink_t &sink, std::string_view topic)
{
    const write_lock_t lock(_mutex);
    const auto *const found = _outlets.find(topic);
    if (!found)
        return;
    const std::shared_ptr<outlet_t> outlet = *found;
    _outlets.erase(topic);
    const std::uint64_t next_seq = sink.deactivate(*outlet);
    if (next_seq == 1)
        return;
    if (_retired.size() >= max_retired)
        _retired.erase(_retired.begin());
    _retired.emplace(outlet->topic(), next_seq);
}

void outlet_map_t::clear()
{
    const write_lock_t lock(_mutex);
    _outlets.clear();
}

std::vector<std::shared_ptr<outlet_t>> outlet_map_t::all() const
{
    const read_lock_t lock(_mutex);
    std::vector<std::shared_ptr<outlet_t>> list;
    list.reserve(_outlets.size());
    _outlets.for_each([&](const std::shared_ptr<outlet_t> &outlet) { list.push_back(outlet); });
    return list;
}
}
