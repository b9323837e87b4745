// Calls of users that wait for peers: syncs, fences, joins, and additions with a time-out. No sockets: the
// rooms of the cluster layer say what happened, and the listener (operations_events_t) hears what follows.
//
// Thread safety: none; the service thread owns it.
//
// Invariant: every request that was begun ends once: when the peers have answered, at its deadline, or in
// abort().
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/cluster/completion.hpp"
#include "spot/registry/confirmation.hpp"
#include "spot/registry/topics.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
using registry::peer_key_t;

// What follows when a request ends, or waits for one peer less.
class operations_events_t
{
  public:
    virtual ~operations_events_t() = default;
    // A fence's token is no longer needed.
    virtual void fence_ended(std::uint64_t counter) = 0;
    // A fence no longer waits for a node, for whatever reason.
    virtual void fence_left(const wire::node_id_t &node_id, std::uint32_t receiver) = 0;
    // An addition or a join found no node: a peer that it added is to go.
    virtual void addition_failed(peer_key_t key) = 0;
    // Why a peer is not UP; asked before it goes.
    virtual std::string reason_of(peer_key_t key) = 0;
};

class operations_t
{
  public:
    static constexpr millis_t longest_patience_ms = registry::confirmation_t::longest_patience_ms;

    // One peer in a sync: it has answered when it sent as many answers on this connection as QUERYs had gone
    // out, the sync's own included (`needed`; 0 while none could be sent).
    struct asked_t
    {
        peer_key_t key;
        std::string endpoint;
        std::uint64_t needed = 0;
        bool answered = false;
        bool settled = false; // UP, or plain: nothing more to wait for
        bool learned = false; // it may be gone for good: its silence is no error unless it is connected
    };
    struct awaited_t
    {
        wire::node_id_t node_id;
        std::string endpoint;
        bool required; // UP when the fence began: its silence is an error
        // Of one in its handshake: how long the call waits for it.
        millis_t patience = longest_patience_ms;
        // For how long it has spoken, and not confirmed this.
        millis_t unconfirmed = 0;
    };
    using completion_ref = std::shared_ptr<completion_t>;

    // `events` is called from within the other methods.
    explicit operations_t(operations_events_t &events) : _events(events) {}
    operations_t(const operations_t &) = delete;
    operations_t &operator=(const operations_t &) = delete;

    void begin_sync(completion_ref done, deadline_t deadline, std::vector<asked_t> peers);
    struct fence_request_t
    {
        completion_ref done;
        deadline_t deadline;
        std::uint64_t counter;
        std::uint32_t receiver;
        std::vector<std::string> added; // its new subscriptions
    };
    void begin_fence(fence_request_t request, std::vector<awaited_t> peers, millis_t now);
    // Calls use(added) with the new subscriptions of the receiver that are not known to be in effect at the
    // node, for each fence that is under way.
    template <typename Use>
    void each_unconfirmed(const wire::node_id_t &node_id, std::uint32_t receiver, Use use) const
    {
        for (const fence_t &fence : _fences)
            if (fence.request.receiver == receiver && awaits(fence, node_id))
                use(fence.request.added);
    }
    // Once in a while, `passed` after the last time at most. `speaks (node_id)`: it was heard of lately.
    template <typename Speaks> void looked(millis_t passed, Speaks speaks)
    {
        for (fence_t &fence : _fences)
            for (awaited_t &peer : fence.peers)
                peer.unconfirmed += speaks(peer.node_id) ? passed : 0;
    }
    // Those that were UP, have spoken for so long since a fence was sent, and did not confirm it.
    std::vector<wire::node_id_t> unconfirming(millis_t patience) const;
    void begin_add(completion_ref done, deadline_t deadline, peer_key_t key);
    // Waits for one of `seeds`, of which it added some.
    void begin_join(completion_ref done, deadline_t deadline, std::vector<peer_key_t> seeds,
                    std::vector<peer_key_t> added);

    // A QUERY went out on a new connection, as the first.
    void asked_anew(peer_key_t key);
    void connection_lost(peer_key_t key);
    void answered(peer_key_t key, std::uint64_t answers);
    void settled(peer_key_t key);
    // A seed is this very node: a join does not wait for it.
    void was_self(peer_key_t key);
    void fenced(const wire::node_id_t &node_id, std::uint64_t counter);
    // Nobody will answer it any more: it ends with `error`.
    void abandon_fence(std::uint64_t counter, int error);
    void node_gone(const wire::node_id_t &node_id);
    void peer_down(peer_key_t key);
    // It confirms no fences, so that it will not be UP soon: it need only answer.
    void gave_up(peer_key_t key);
    void peer_removed(peer_key_t key);
    // There is no such name: an addition that waits for an answer would wait in vain. (A join has other
    // seeds.)
    void name_unknown(peer_key_t key);

    // It will not be UP as it is: an addition, or a join of nobody else, fails soon.
    void refused(peer_key_t key);

    // The caller of an addition or a join was interrupted.
    void cancel(const completion_ref &done);

    void expire(millis_t now);
    millis_t next_deadline() const; // max() when nothing waits
    void abort(int error);

  private:
    struct sync_t
    {
        completion_ref done;
        deadline_t deadline;
        std::vector<asked_t> peers;
    };
    struct fence_t
    {
        fence_request_t request;
        millis_t begun;
        std::vector<awaited_t> peers;
    };
    static bool awaits(const fence_t &fence, const wire::node_id_t &node_id);
    struct add_t
    {
        completion_ref done;
        deadline_t deadline;
        peer_key_t key;
        bool answered = false;
        std::string reason{}; // why it failed
    };

    struct join_t
    {
        completion_ref done;
        deadline_t deadline;
        std::vector<peer_key_t> seeds;
        std::vector<peer_key_t> added;
        bool answered = false;
    };

    void finish_syncs();
    void finish_fences();
    void expire_adds(millis_t now);
    void expire_joins(millis_t now);
    std::string reason_of_all(const std::vector<peer_key_t> &seeds);
    void stop_joining(peer_key_t key, int error);
    void fail_add(peer_key_t key);
    template <typename Change> void change_asked(peer_key_t key, Change change);
    template <typename Predicate> void stop_awaiting(fence_t &fence, Predicate which);

    operations_events_t &_events;
    std::list<sync_t> _syncs;
    std::list<fence_t> _fences;
    std::list<add_t> _adds;
    std::list<join_t> _joins;
};
}
