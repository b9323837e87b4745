// service_t: what public methods ask for.
#include <cerrno>
#include <functional>
#include <new>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/cluster/service.hpp"
#include "spot/transport/endpoint.hpp"

namespace spot
{
// --- peers ---------------------------------------------------------------------------------------------

int service_t::add_peer(const std::string &endpoint, millis_t timeout_ms, failure_t *failure)
{
    endpoint_t parsed;
    if (!parse_connectable(endpoint, parsed))
        return fail(EINVAL);
    const auto added = std::make_shared<added_t>(); // the service thread's
    const int result = request(
        [=](const completion_ref &done) {
            added->done = done;
            added->keys.reserve(1);
            if (peer_t *const peer = do_add(endpoint, parsed, timeout_ms, done))
                added->keys.push_back(peer->key());
        },
        failure);
    return undo_if_interrupted(result, added);
}

// A call that was interrupted has not seen the peers answer, so that they are not added.
int service_t::undo_if_interrupted(int result, const std::shared_ptr<added_t> &added)
{
    if (result == 0 || errno != EINTR)
        return result;
    request([=](const completion_ref &done) {
        _operations.cancel(added->done);
        for (const peer_key_t key : added->keys)
            addition_failed(key);
        done->finish(0);
    });
    return fail(EINTR);
}

peer_t *service_t::do_add(const std::string &spelled, const endpoint_t &endpoint, millis_t timeout_ms,
                          const completion_ref &done)
{
    peer_t *peer = nullptr;
    if (is_own(endpoint))
        done->finish(EINVAL);
    else if (!(peer = _membership.add(spelled, endpoint)))
        done->finish(errno);
    else if (timeout_ms == 0 || peer->handshake.is_up())
        done->finish(0);
    else if (!attempt([&] { _operations.begin_add(done, deadline_t(timeout_ms), peer->key()); })) {
        addition_failed(peer->key());
        throw std::bad_alloc();
    }
    return peer;
}

int service_t::remove_peer(const std::string &endpoint)
{
    endpoint_t parsed;
    if (!parse_endpoint(endpoint, parsed))
        return fail(ENOENT);
    return request([this, parsed](const completion_ref &done) {
        std::function<void()> then = [done] { done->finish(0); };
        _peers.rooms().mirror.make_room();
        if (!_membership.remove(parsed))
            return done->finish(ENOENT);
        _peers.rooms().mirror.when_dropped(std::move(then));
    });
}

int service_t::join(const std::vector<std::string> &seeds, millis_t timeout_ms, failure_t *failure)
{
    std::vector<seed_t> valid;
    for (const std::string &seed : seeds) {
        seed_t parsed{seed, {}};
        if (!parse_connectable(seed, parsed.endpoint)) {
            if (failure)
                failure->subject = seed;
            return fail(EINVAL);
        }
        valid.push_back(std::move(parsed));
    }
    const auto added = std::make_shared<added_t>(); // the service thread's
    const int result = request(
        [=](const completion_ref &done) {
            added->done = done;
            if (attempt([&] { do_join(valid, timeout_ms, done, added->keys); }))
                return;
            for (const peer_key_t key : added->keys)
                attempt([&] { addition_failed(key); });
            done->finish(ENOMEM);
        },
        failure);
    return undo_if_interrupted(result, added);
}

void service_t::do_join(const std::vector<seed_t> &seeds, millis_t timeout_ms, const completion_ref &done,
                        std::vector<peer_key_t> &added)
{
    const millis_t now = now_ms();
    std::vector<peer_key_t> waiting;
    waiting.reserve(seeds.size());
    added.reserve(seeds.size());
    bool joined = false;
    for (const seed_t &seed : seeds) {
        if (is_own(seed.endpoint)) // every node of a cluster may be given the same seeds
            continue;
        peer_t *peer = _membership.add(seed.spelled, seed.endpoint);
        if (peer) {
            added.push_back(peer->key());
            peer->origin.seed = true;
        } else if (errno != EEXIST || !(peer = _peers.rooms().table.find(seed.endpoint))) {
            const int error = errno;
            for (const peer_key_t key : added)
                addition_failed(key);
            return done->finish(error);
        }
        if (peer->handshake.is_self())
            continue;
        joined = joined || peer->handshake.is_up();
        peer->node.retry(now);
        waiting.push_back(peer->key());
    }
    if (waiting.empty() || joined || timeout_ms == 0)
        return done->finish(0);
    _operations.begin_join(done, deadline_t(timeout_ms, now), std::move(waiting), added);
}

int service_t::route(const std::string &topic, const std::string &endpoint)
{
    endpoint_t parsed;
    if (!parse_connectable(endpoint, parsed))
        return fail(EINVAL);
    return request([=](const completion_ref &done) {
        done->finish(do_route(topic, endpoint, parsed) == 0 ? 0 : errno);
    });
}

int service_t::do_route(const std::string &topic, const std::string &spelled, const endpoint_t &endpoint)
{
    if (is_own(endpoint))
        return fail(EINVAL);
    if (_state.local.has(topic))
        return fail(EEXIST);
    // A learned peer becomes one that the user added: the route must stay while the peer is away.
    peer_t *peer = _membership.add(spelled, endpoint);
    if (!peer && errno == EEXIST)
        peer = _peers.rooms().table.find(endpoint);
    if (!peer)
        return -1;
    return _state.remote.route(peer->key(), topic) ? 0 : fail(EEXIST);
}

// --- receivers -----------------------------------------------------------------------------------------

int service_t::add_receiver(receiver_id_t id, const std::shared_ptr<receiver_t> &receiver)
{
    return request(
        [=](const completion_ref &done) { done->finish(do_add_receiver(id, receiver) == 0 ? 0 : errno); });
}

int service_t::do_add_receiver(receiver_id_t id, const std::shared_ptr<receiver_t> &receiver)
{
    if (_receivers.add(id, receiver) != 0)
        return -1;
    int result = -1;
    if (!attempt([&] { result = _peers.connect_receiver(id); }))
        errno = ENOMEM;
    if (result == 0)
        return 0;
    const int error = errno;
    do_remove_receiver(id);
    return fail(error);
}

void service_t::remove_receiver(receiver_id_t id)
{
    _mailbox->post([this, id] { do_remove_receiver(id); });
}

void service_t::do_remove_receiver(receiver_id_t id)
{
    if (!_receivers.find(id))
        return;
    _peers.subscriptions_changed(id); // first: a call that throws is done again
    _peers.forget_receiver(id);
    _receivers.remove(id);
    _peers.subscriptions_changed(id);
}

// --- waiting for peers ---------------------------------------------------------------------------------

int service_t::sync(millis_t timeout_ms, failure_t *failure)
{
    return request([=](const completion_ref &done) { do_sync(timeout_ms, done); }, failure);
}

void service_t::do_sync(millis_t timeout_ms, const completion_ref &done)
{
    const millis_t now = now_ms();
    std::vector<operations_t::asked_t> peers;
    _peers.rooms().table.each([&](peer_t &peer) {
        // One that others told of may be gone for good: nobody is to wait for it.
        if (peer.origin.learned && peer.handshake.is_down())
            return;
        operations_t::asked_t asked{peer.key(), peer.spelled()};
        asked.learned = peer.origin.learned;
        if (peer.node.query())
            asked.needed = peer.node.queries();
        else
            peer.node.retry(now);
        asked.settled = peer.handshake.is_up() || peer.handshake.is_given_up();
        peers.push_back(std::move(asked));
    });
    _log.debug("sync: QUERY sent to ", counted(peers.size(), "peer"));
    _operations.begin_sync(done, deadline_t(timeout_ms, now), std::move(peers));
}

int service_t::fence(receiver_id_t id, const std::vector<std::string> &added, millis_t timeout_ms,
                     failure_t *failure)
{
    // Subscriptions to this node's own topics: in effect as soon as the XPUB has seen them.
    _publisher.settle();
    return request([=](const completion_ref &done) { do_fence(id, added, timeout_ms, done); }, failure);
}

void service_t::do_fence(receiver_id_t id, std::vector<std::string> added, millis_t timeout_ms,
                         const completion_ref &done)
{
    if (!_receivers.find(id)) // closed meanwhile
        return done->finish(ENOTSOCK);
    std::vector<operations_t::awaited_t> peers = _peers.awaited();
    if (peers.empty()) {
        _peers.subscriptions_changed(id);
        return done->finish(0);
    }
    const millis_t now = now_ms();
    const std::uint64_t counter = _peers.rooms().tokens.begin(id);
    _log.debug("subscriptions", of_receiver(id), " changed: fence ", counter, " sent to ",
               counted(peers.size(), "peer"));
    _operations.begin_fence({done, deadline_t(timeout_ms, now), counter, id, std::move(added)},
                            std::move(peers), now);
    // Peers that are awaited are told of the new names when they have confirmed.
    _peers.subscriptions_changed(id);
}

void service_t::unsubscribed(receiver_id_t id)
{
    if (attempt([&] { _mailbox->post([this, id] { _peers.subscriptions_changed(id); }); }))
        return;
    _some_unsubscribed = true;
    wake();
}

void service_t::count(stats_t &stats) const
{
    stats.malformed += _counters.malformed.get() + _ingress.malformed();
    stats.ignored += _counters.ignored.get() + _ingress.ignored();
    stats.overflowed += _counters.overflowed.get();
    stats.reconnects += _peers.reconnects();
    stats.cut_off += _counters.cut_off.get();
}
}
