#include "spot/cluster/operations.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <limits>
#include <utility>

#include "spot/base/no_memory.hpp"

namespace spot
{
namespace
{
bool is_in(const std::vector<peer_key_t> &keys, peer_key_t key)
{
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}
}

void operations_t::begin_sync(completion_ref done, deadline_t deadline, std::vector<asked_t> peers)
{
    _syncs.push_back({std::move(done), deadline, std::move(peers)});
    finish_syncs();
}

void operations_t::begin_fence(fence_request_t request, std::vector<awaited_t> peers, millis_t now)
{
    _fences.push_back({std::move(request), now, std::move(peers)});
    finish_fences();
}

bool operations_t::awaits(const fence_t &fence, const wire::node_id_t &node_id)
{
    return std::any_of(fence.peers.begin(), fence.peers.end(),
                       [&](const awaited_t &peer) { return peer.node_id == node_id; });
}

void operations_t::begin_add(completion_ref done, deadline_t deadline, peer_key_t key)
{
    _adds.push_back({std::move(done), deadline, key});
}

void operations_t::begin_join(completion_ref done, deadline_t deadline, std::vector<peer_key_t> seeds,
                              std::vector<peer_key_t> added)
{
    _joins.push_back({std::move(done), deadline, std::move(seeds), std::move(added)});
}

template <typename Change> void operations_t::change_asked(peer_key_t key, Change change)
{
    for (sync_t &sync : _syncs)
        for (asked_t &peer : sync.peers)
            if (peer.key == key)
                change(peer);
}

void operations_t::asked_anew(peer_key_t key)
{
    change_asked(key, [](asked_t &peer) { peer.needed = 1; });
}

void operations_t::connection_lost(peer_key_t key)
{
    change_asked(key, [](asked_t &peer) { peer.needed = 0; });
}

void operations_t::answered(peer_key_t key, std::uint64_t answers)
{
    change_asked(key, [answers](asked_t &peer) {
        peer.answered = peer.answered || (peer.needed > 0 && answers >= peer.needed);
    });
    for (add_t &add : _adds)
        add.answered = add.answered || add.key == key;
    for (join_t &join : _joins)
        join.answered = join.answered || is_in(join.seeds, key);
    finish_syncs();
}

void operations_t::settled(peer_key_t key)
{
    change_asked(key, [](asked_t &peer) { peer.settled = true; });
    finish_syncs();
    _adds.remove_if([key](const add_t &add) {
        if (add.key != key)
            return false;
        add.done->finish(0);
        return true;
    });
    _joins.remove_if([key](const join_t &join) {
        if (!is_in(join.seeds, key))
            return false;
        join.done->finish(0);
        return true;
    });
}

void operations_t::was_self(peer_key_t key)
{
    stop_joining(key, 0);
}

// With no seed left the join ends.
void operations_t::stop_joining(peer_key_t key, int error)
{
    _joins.remove_if([&](join_t &join) {
        const auto end = std::remove(join.seeds.begin(), join.seeds.end(), key);
        if (end == join.seeds.end())
            return false;
        join.seeds.erase(end, join.seeds.end());
        if (join.seeds.empty())
            join.done->finish(error);
        return join.seeds.empty();
    });
}

template <typename Predicate> void operations_t::stop_awaiting(fence_t &fence, Predicate which)
{
    for (std::size_t at = 0; at < fence.peers.size();) {
        if (!which(fence.peers[at])) {
            ++at;
            continue;
        }
        const wire::node_id_t left = fence.peers[at].node_id;
        fence.peers.erase(fence.peers.begin() + static_cast<std::ptrdiff_t>(at));
        _events.fence_left(left, fence.request.receiver);
    }
}

void operations_t::fenced(const wire::node_id_t &node_id, std::uint64_t counter)
{
    for (fence_t &fence : _fences)
        if (fence.request.counter == counter)
            stop_awaiting(fence, [&](const awaited_t &peer) { return peer.node_id == node_id; });
    finish_fences();
}

std::vector<wire::node_id_t> operations_t::unconfirming(millis_t patience) const
{
    std::vector<wire::node_id_t> ids;
    for (const fence_t &fence : _fences)
        for (const awaited_t &peer : fence.peers)
            if (peer.required && peer.unconfirmed >= patience)
                ids.push_back(peer.node_id);
    return ids;
}

void operations_t::abandon_fence(std::uint64_t counter, int error)
{
    _fences.remove_if([&](const fence_t &fence) {
        if (fence.request.counter != counter)
            return false;
        fence.request.done->finish(error);
        return true;
    });
}

void operations_t::node_gone(const wire::node_id_t &node_id)
{
    for (fence_t &fence : _fences)
        stop_awaiting(fence, [&](const awaited_t &peer) { return peer.node_id == node_id; });
    finish_fences();
}

// One that was learned may never come back.
void operations_t::peer_down(peer_key_t key)
{
    change_asked(key, [](asked_t &peer) {
        if (peer.learned)
            peer.answered = peer.settled = true;
    });
    finish_syncs();
}

void operations_t::gave_up(peer_key_t key)
{
    change_asked(key, [](asked_t &peer) { peer.settled = true; });
    finish_syncs();
}

void operations_t::peer_removed(peer_key_t key)
{
    change_asked(key, [](asked_t &peer) { peer.answered = peer.settled = true; });
    finish_syncs();
    fail_add(key);
    stop_joining(key, EHOSTUNREACH);
}

void operations_t::name_unknown(peer_key_t key)
{
    if (std::none_of(_adds.begin(), _adds.end(), [key](const add_t &add) { return add.key == key; }))
        return;
    for (add_t &add : _adds)
        if (add.key == key)
            add.reason = _events.reason_of(key);
    // The peer goes before its caller hears of it.
    _events.addition_failed(key);
    fail_add(key);
}

void operations_t::refused(peer_key_t key)
{
    for (add_t &add : _adds)
        if (add.key == key)
            add.deadline = deadline_t(0);
    for (join_t &join : _joins)
        if (join.seeds.size() == 1 && join.seeds.front() == key)
            join.deadline = deadline_t(0);
    change_asked(key, [](asked_t &peer) { peer.settled = true; });
}

void operations_t::fail_add(peer_key_t key)
{
    _adds.remove_if([key](add_t &add) {
        if (add.key != key)
            return false;
        if (add.reason.empty())
            add.reason = "it was removed";
        add.done->finish(EHOSTUNREACH, {}, std::move(add.reason));
        return true;
    });
}

void operations_t::cancel(const completion_ref &done)
{
    _adds.remove_if([&](const add_t &add) { return add.done == done; });
    _joins.remove_if([&](const join_t &join) { return join.done == done; });
}

void operations_t::finish_syncs()
{
    _syncs.remove_if([](const sync_t &sync) {
        const bool all = std::all_of(sync.peers.begin(), sync.peers.end(),
                                     [](const asked_t &peer) { return peer.answered && peer.settled; });
        if (all)
            sync.done->finish(0);
        return all;
    });
}

void operations_t::finish_fences()
{
    for (auto fence = _fences.begin(); fence != _fences.end();) {
        if (!fence->peers.empty()) {
            ++fence;
            continue;
        }
        const std::uint64_t counter = fence->request.counter;
        fence->request.done->finish(0);
        fence = _fences.erase(fence);
        _events.fence_ended(counter);
    }
}

void operations_t::expire(millis_t now)
{
    _syncs.remove_if([now](const sync_t &sync) {
        if (!sync.deadline.passed(now))
            return false;
        std::vector<std::string> missing;
        for (const asked_t &peer : sync.peers)
            if (!peer.answered && !(peer.learned && peer.needed == 0))
                missing.push_back(peer.endpoint);
        const int error = missing.empty() ? 0 : ETIMEDOUT;
        sync.done->finish(error, std::move(missing));
        return true;
    });
    for (fence_t &fence : _fences) {
        stop_awaiting(fence, [&](const awaited_t &peer) {
            return !peer.required && now >= fence.begun + peer.patience;
        });
        if (!fence.request.deadline.passed(now))
            continue;
        std::vector<std::string> missing;
        for (const awaited_t &peer : fence.peers)
            if (peer.required)
                missing.push_back(peer.endpoint);
        const int error = missing.empty() ? 0 : ETIMEDOUT;
        fence.request.done->finish(error, std::move(missing));
        stop_awaiting(fence, [](const awaited_t &) { return true; });
    }
    finish_fences();
    expire_adds(now);
    expire_joins(now);
}

void operations_t::expire_adds(millis_t now)
{
    std::vector<peer_key_t> failed;
    _adds.remove_if([&](add_t &add) {
        if (!add.deadline.passed(now))
            return false;
        if (add.answered) {
            add.done->finish(0);
            return true;
        }
        add.reason = _events.reason_of(add.key);
        failed.push_back(add.key);
        return false;
    });
    // The peer goes before its caller hears of it.
    for (const peer_key_t key : failed) {
        _events.addition_failed(key);
        fail_add(key);
    }
}

std::string operations_t::reason_of_all(const std::vector<peer_key_t> &seeds)
{
    constexpr std::size_t most_named = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(seeds.size(), most_named); ++i)
        text += (text.empty() ? "" : "; ") + _events.reason_of(seeds[i]);
    return seeds.size() > most_named ? text + "; and so on" : text;
}

void operations_t::expire_joins(millis_t now)
{
    std::list<join_t> ended;
    for (auto join = _joins.begin(); join != _joins.end();) {
        const auto next = std::next(join);
        if (join->deadline.passed(now))
            ended.splice(ended.end(), _joins, join);
        join = next;
    }
    for (const join_t &join : ended) {
        std::string reason; // one without a text, if there is no memory for it
        attempt([&] { reason = join.answered ? std::string() : reason_of_all(join.seeds); });
        if (!join.answered)
            for (const peer_key_t key : join.added)
                attempt([&] { _events.addition_failed(key); });
        join.done->finish(join.answered ? 0 : EHOSTUNREACH, {}, std::move(reason));
    }
}

millis_t operations_t::next_deadline() const
{
    millis_t next = std::numeric_limits<millis_t>::max();
    for (const sync_t &sync : _syncs)
        next = std::min(next, sync.deadline.at());
    for (const fence_t &fence : _fences) {
        next = std::min(next, fence.request.deadline.at());
        for (const awaited_t &peer : fence.peers)
            if (!peer.required)
                next = std::min(next, fence.begun + peer.patience);
    }
    for (const add_t &add : _adds)
        next = std::min(next, add.deadline.at());
    for (const join_t &join : _joins)
        next = std::min(next, join.deadline.at());
    return next;
}

void operations_t::abort(int error)
{
    for (const sync_t &sync : _syncs)
        sync.done->finish(error);
    for (const fence_t &fence : _fences)
        fence.request.done->finish(error);
    for (const add_t &add : _adds)
        add.done->finish(error);
    for (const join_t &join : _joins)
        join.done->finish(error);
    _joins.clear();
    _syncs.clear();
    _fences.clear();
    _adds.clear();
}
}
