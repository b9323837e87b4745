#include "spot/cluster/local_topics.hpp"

#include "spot/cluster/tell_watchers.hpp"

namespace spot
{
// All that needs memory comes first: what throws has changed nothing.
bool local_topics_t::add(std::string_view topic, bool shared, bool &log_began)
{
    event_hub_t::wake_t wake;
    const write_lock_t lock(_records.mutex);
    log_began = false;
    if (_records.topics.is_local(topic))
        return false;
    _records.log.prepare(true, topic);
    auto shared_place = _records.shared_topics.end();
    try {
        if (shared)
            shared_place = _records.shared_topics.emplace(topic).first;
        _records.topics.add_local(topic);
    } catch (...) {
        if (shared_place != _records.shared_topics.end())
            _records.shared_topics.erase(shared_place);
        _records.log.cancel();
        throw;
    }
    log_began = commit(true, topic, wake);
    return true;
}

bool local_topics_t::remove(std::string_view topic, bool &log_began)
{
    event_hub_t::wake_t wake;
    const write_lock_t lock(_records.mutex);
    log_began = false;
    if (!_records.topics.is_local(topic))
        return false;
    _records.log.prepare(false, topic);
    _records.topics.remove_local(topic);
    if (const auto found = _records.shared_topics.find(topic); found != _records.shared_topics.end())
        _records.shared_topics.erase(found);
    log_began = commit(false, topic, wake);
    return true;
}

// The change that the log has prepared is made. Returns whether it is the first one that waits to be told.
bool local_topics_t::commit(bool added, std::string_view topic, event_hub_t::wake_t &wake)
{
    _records.routes_changed();
    const bool kept = _records.log.commit();
    const bool began = kept && !_records.log_waits.exchange(true, std::memory_order_acq_rel);
    tell_watchers(_records.watchers,
                  [&]() SPOT_REQUIRES(_records.mutex) { tell_local(_records, added, topic, wake); });
    return began;
}

bool local_topics_t::has(std::string_view topic) const
{
    const read_lock_t lock(_records.mutex);
    return _records.topics.is_local(topic);
}

bool local_topics_t::is_shared(std::string_view topic) const
{
    const read_lock_t lock(_records.mutex);
    return _records.shared_topics.find(topic) != _records.shared_topics.end();
}

std::vector<std::string> local_topics_t::shared() const
{
    const read_lock_t lock(_records.mutex);
    return {_records.shared_topics.begin(), _records.shared_topics.end()};
}

std::vector<std::string> local_topics_t::list(std::uint64_t &version) const
{
    const read_lock_t lock(_records.mutex);
    version = _records.log.version();
    return _records.topics.local_topics();
}

std::uint64_t local_topics_t::version() const
{
    const read_lock_t lock(_records.mutex);
    return _records.log.version();
}

void local_topics_t::keep_log(bool keep)
{
    const write_lock_t lock(_records.mutex);
    _records.log.keep(keep);
    if (!keep)
        _records.log_waits.store(false, std::memory_order_release);
}

registry::topic_changes_t local_topics_t::take_log()
{
    const write_lock_t lock(_records.mutex);
    _records.log_waits.store(false, std::memory_order_release);
    return _records.log.take();
}
}
