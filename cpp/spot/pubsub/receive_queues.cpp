#include "spot/pubsub/receive_queues.hpp"

#include <cerrno>
#include <iterator>
#include <type_traits>

#include "spot/base/no_memory.hpp"

namespace spot
{
receive_queues_t::receive_queues_t() : _default{default_receiver, std::make_shared<receiver_t>()} {}

receive_queue_t receive_queues_t::make()
{
    auto receiver = std::make_shared<receiver_t>();
    const lock_t lock(_mutex);
    if (_closed) {
        errno = ENOTSOCK;
        return {};
    }
    receive_queue_t queue{_next_id++, std::move(receiver)};
    _others.emplace(queue.id, queue.receiver);
    return queue;
}

bool receive_queues_t::close(const receive_queue_t &queue)
{
    // Before the mutex is taken, because it waits until the calls that wait for messages have ended.
    queue.receiver->close();
    const lock_t lock(_mutex);
    if (_others.erase(queue.id) == 0)
        return false;
    add(*queue.receiver, _ended);
    // Without memory, the counters of its owners are lost.
    attempt([&]() SPOT_REQUIRES(_mutex) { keep_streams(*queue.receiver); });
    return true;
}

void receive_queues_t::keep_streams(const receiver_t &receiver)
{
    receiver.break_down(_ended_streams);
    // Forgets owners that are gone. All receivers have the same sources, so that any of them can tell.
    for (auto owner = _ended_streams.begin(); owner != _ended_streams.end();)
        owner = _default.receiver->is_source(owner->first) ? std::next(owner) : _ended_streams.erase(owner);
}

void receive_queues_t::close_all()
{
    {
        const lock_t lock(_mutex);
        _closed = true;
    }
    _default.receiver->close();
    // One by one: closing waits for other calls, so that the mutex must not be held, and a copy of the list
    // would need memory.
    receiver_id_t from = default_receiver + 1;
    while (const std::shared_ptr<receiver_t> receiver = next_of(from))
        receiver->close();
}

std::shared_ptr<receiver_t> receive_queues_t::next_of(receiver_id_t &from) const
{
    const lock_t lock(_mutex);
    const auto found = _others.lower_bound(from);
    if (found == _others.end())
        return nullptr;
    from = found->first + 1;
    return found->second;
}

void receive_queues_t::count(stats_t &stats) const
{
    add(*_default.receiver, stats);
    const lock_t lock(_mutex);
    for (const auto &[id, receiver] : _others)
        add(*receiver, stats);
    for (const auto &row : node_counters)
        stats.*row.value += _ended.*row.value;
}

template <typename Sums> void receive_queues_t::break_down(Sums &sums) const
{
    _default.receiver->break_down(sums);
    const lock_t lock(_mutex);
    for (const auto &[id, receiver] : _others)
        receiver->break_down(sums);
    if constexpr (std::is_same_v<Sums, registry::owner_counts_t>)
        for (const auto &[source, counts] : _ended_streams)
            sums[source] += counts;
}
template void receive_queues_t::break_down(topic_sums_t &sums) const;
template void receive_queues_t::break_down(registry::owner_counts_t &sums) const;

void receive_queues_t::add(const receiver_t &receiver, stats_t &stats)
{
    stats.received += receiver.received();
    stats.bytes_received += receiver.bytes_received();
    stats.lost += receiver.lost();
    stats.malformed += receiver.malformed();
    stats.ignored += receiver.ignored();
}
}
