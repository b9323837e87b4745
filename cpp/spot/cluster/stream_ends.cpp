#include "spot/cluster/stream_ends.hpp"

#include <algorithm>
#include <iterator>
#include <new>

namespace spot
{
namespace
{
// How many topics one call of work() compares with a receiver's list, or tells of.
constexpr std::size_t topics_per_turn = 4096;
}

void stream_ends_t::heartbeat()
{
    look_for_ended(false);
}

// Without memory for the list of silent topics, each listener hears of all its topics later.
void stream_ends_t::look_for_ended(bool all)
{
    try {
        look_for(std::make_shared<const std::vector<ended_t>>(_publisher.settle_streams(all)));
    } catch (const std::bad_alloc &) {
        for (auto &[key, listener] : _listeners)
            listener.whole = true;
        throw;
    }
}

void stream_ends_t::finish()
{
    while (busy())
        work();
    look_for_ended(true);
    while (busy())
        work();
}

void stream_ends_t::look_for(const batch_ref &fresh)
{
    batch_ref all;
    for (auto &[key, listener] : _listeners)
        listener.seen = false;
    for (const known_subscribers_t::known_list_t &subscriber : _subscribers.lists()) {
        const key_t key{subscriber.node, subscriber.receiver};
        ends_listener_t &listener = _listeners[key];
        listener.seen = true;
        if (listener.list != subscriber.list) {
            listener.list = subscriber.list;
            listener.whole = true;
        }
        if (listener.jobs > 0) {
            listener.whole = listener.whole || !fresh->empty();
            continue;
        }
        if (listener.whole && !listener.list->patterns().empty() && !all)
            all = std::make_shared<const std::vector<ended_t>>(_publisher.all_ends());
        if (listener.whole)
            add(key, listener, listener.list->patterns().empty() ? nullptr : all);
        listener.whole = false;
        if (!fresh->empty())
            add(key, listener, fresh);
    }
    for (auto listener = _listeners.begin(); listener != _listeners.end();)
        listener = listener->second.seen ? std::next(listener) : _listeners.erase(listener);
}

void stream_ends_t::add(const key_t &key, ends_listener_t &listener, batch_ref batch)
{
    _jobs.push_back({key, listener.list, std::move(batch), 0});
    ++listener.jobs;
}

void stream_ends_t::work()
{
    if (_jobs.empty())
        return;
    job_t &job = _jobs.front();
    const auto listener = _listeners.find(job.key);
    const bool told = listener != _listeners.end() && step(job);
    const std::size_t size = job.batch ? job.batch->size() : job.list->names().size();
    if (told && job.at < size)
        return;
    if (listener != _listeners.end()) {
        listener->second.whole = listener->second.whole || !told;
        --listener->second.jobs;
    }
    _jobs.pop_front();
}

bool stream_ends_t::step(job_t &job)
{
    using offset_t = std::vector<std::string>::difference_type;
    const std::vector<std::string> &names = job.list->names();
    const std::size_t size = job.batch ? job.batch->size() : names.size();
    const std::size_t end = std::min(size, job.at + topics_per_turn);
    wire::ends_t ends;
    ends.receiver_id = job.key.second;
    const auto tell = [&](const ended_t &ended) { ends.ends.push_back({ended.outlet->topic(), ended.next}); };
    if (job.batch) {
        for (std::size_t at = job.at; at < end; ++at)
            if (job.list->matches((*job.batch)[at].outlet->topic()))
                tell((*job.batch)[at]);
    } else {
        const std::vector<std::string> some(names.begin() + static_cast<offset_t>(job.at),
                                            names.begin() + static_cast<offset_t>(end));
        for (const ended_t &ended : _publisher.ends_of(some))
            tell(ended);
    }
    const bool told = ends.ends.empty() || deliver(job.key.first, std::move(ends));
    job.at = end; // a part that throws is done again
    return told;
}
}
