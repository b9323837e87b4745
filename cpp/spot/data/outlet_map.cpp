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
    const std::uint64_t *const retired = _retired.find(topic);
    auto outlet = std::make_shared<outlet_t>(sink, std::string(topic), source, retired ? *retired : 1);
    _outlets.insert(outlet);
    _retired.take(topic);
    return outlet;
}

std::shared_ptr<outlet_t> outlet_map_t::remove(std::string_view topic)
{
    const write_lock_t lock(_mutex);
    const auto *const found = _outlets.find(topic);
    if (!found)
        return nullptr;
    std::shared_ptr<outlet_t> outlet = *found;
    _outlets.erase(topic);
    return outlet;
}

std::shared_ptr<outlet_t> outlet_map_t::remove(stream_writer_t &sink, std::string_view topic)
{
    const write_lock_t lock(_mutex);
    const auto *const found = _outlets.find(topic);
    if (!found)
        return nullptr;
    std::shared_ptr<outlet_t> outlet = *found;
    _retired.keep(topic, 1); // a place, which may be more than there is memory for
    _outlets.erase(topic);
    const std::uint64_t next_seq = sink.deactivate(*outlet);
    if (next_seq == 1)
        _retired.take(topic);
    else if (std::uint64_t *const retired = _retired.find(topic))
        *retired = next_seq;
    return outlet;
}

std::size_t outlet_map_t::size() const
{
    const read_lock_t lock(_mutex);
    return _outlets.size();
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
