#include "spot/data/subscriber_connections.hpp"

#include <algorithm>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/registry/name_hash.hpp"

namespace spot
{
namespace
{
// A look that comes late says nothing of the time before: this thread may have been stopped, and the kernel
// may have had no chance to send.
constexpr millis_t longest_quiet_ms = 2000;
}

subscriber_connections_t::entry_t *subscriber_connections_t::entry_of(int fd)
{
    const connection_t connection = connection_at(fd);
    if (!connection)
        return nullptr;
    entry_t &entry = _entries[fd];
    if (entry.connection != connection) {
        entry = entry_t();
        entry.connection = connection;
    }
    return &entry;
}

void subscriber_connections_t::note_filter(int fd, std::string_view filter, bool added)
{
    entry_t *const entry = entry_of(fd);
    if (!entry || entry->cut)
        return;
    // Whoever ends what they never began, or begins it twice, changes nothing at libzmq, and nothing here.
    const std::uint64_t hash = registry::name_hash_t()(filter);
    if (!added) {
        if (entry->filters.erase(hash) != 0)
            entry->filter_bytes -= std::min(filter.size(), entry->filter_bytes);
        return;
    }
    if (!entry->filters.insert(hash).second)
        return;
    entry->filter_bytes += filter.size();
    if (entry->filters.size() > _limits.filters || entry->filter_bytes > _limits.filter_bytes)
        cut(*entry, reason_t::too_many_filters);
}

void subscriber_connections_t::note_node(int fd, const wire::node_id_t &node_id)
{
    if (entry_t *const entry = entry_of(fd))
        entry->node_id = node_id;
}

bool subscriber_connections_t::has_strangers() const
{
    return std::any_of(_entries.begin(), _entries.end(),
                       [](const auto &entry) { return !entry.second.cut && entry.second.node_id.empty(); });
}

void subscriber_connections_t::cut(entry_t &entry, reason_t reason)
{
    entry.cut = true;
    entry.filters = {};
    if (spot::cut_off(entry.connection))
        attempt([&] { _cuts.push_back({entry.node_id, reason}); }); // to be told, or not
}

bool subscriber_connections_t::stalls(entry_t &entry, millis_t elapsed) const
{
    const intake_t intake = intake_of(entry.connection);
    if (!intake.waiting || intake.taken != entry.taken)
        entry.stalled_for = 0;
    else
        entry.stalled_for += elapsed;
    entry.taken = intake.taken;
    return _limits.stall_timeout_ms > 0 && entry.stalled_for >= _limits.stall_timeout_ms;
}

void subscriber_connections_t::tick(millis_t now)
{
    const millis_t elapsed = std::min(now - std::exchange(_last_tick, now), longest_quiet_ms);
    for (auto at = _entries.begin(); at != _entries.end();) {
        entry_t &entry = at->second;
        if (connection_at(at->first) != entry.connection) {
            at = _entries.erase(at);
            continue;
        }
        if (!entry.cut && stalls(entry, elapsed))
            cut(entry, reason_t::took_nothing);
        ++at;
    }
}

void subscriber_connections_t::cut_off(const wire::node_id_t &node_id)
{
    for (auto &[fd, entry] : _entries) {
        if (entry.cut || entry.node_id != node_id)
            continue;
        const intake_t intake = intake_of(entry.connection);
        if (intake.waiting || !intake.known)
            cut(entry, reason_t::held_up_others);
    }
}

std::vector<subscriber_connections_t::cut_t> subscriber_connections_t::take_cuts()
{
    return std::exchange(_cuts, {});
}
}
