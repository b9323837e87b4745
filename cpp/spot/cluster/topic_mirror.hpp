// The mirror of what peers own: takes in what they tell of their topics, all of them (QUERY_RESP, or TOPICS
// of version 0) and as they change (TOPICS), and registers it in shared_state_t. A list may have a million
// entries, so that lists are taken in, and the topics of peers that went are dropped, in parts.
//
// Thread safety: none; the service thread owns it. Topics are registered in shared_state_t, which locks.
//
// Invariants:
//  1. A change is applied only to the version that it follows. Otherwise the peer is behind: changes are
//  passed
//     over until the whole list has come, which is asked for now and then.
//  2. While a message is being taken in, the peer's connection is held (peer_t::set_intake).
//  3. A list of an endpoint waits until the topics of the last peer at that endpoint are dropped, because
//  those
//     that watch topics are told of both by the same name.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spot/base/log.hpp"
#include "spot/base/slice.hpp"
#include "spot/base/types.hpp"
#include "spot/cluster/peer.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/topic_intake.hpp"

namespace spot
{
// What the mirror tells of a peer.
class topic_mirror_events_t
{
  public:
    virtual ~topic_mirror_events_t() = default;
    // A QUERY was answered. False: the answer is not wanted.
    virtual bool wants_answer(peer_t &peer) = 0;
    // All of its topics are registered. `answer`: by QUERY_RESP.
    virtual void on_listed(peer_t &peer, bool answer) = 0;
    virtual void on_malformed(peer_t &peer) = 0;
    virtual void on_ignored() = 0;
};

class topic_mirror_t
{
  public:
    topic_mirror_t(const options_t &options, shared_state_t &state, topic_mirror_events_t &events,
                   const logger_t &log)
        : _options(options), _state(state), _events(events), _log(log)
    {
    }

    // A message about the peer's topics has come.
    void begin(peer_t &peer, std::unique_ptr<topic_intake_t> intake, slice_t &slice);
    // Goes on with the message in hand: peer.intake().
    void go_on(peer_t &peer, slice_t &slice);
    // The peer's list is needed. It is asked for once, and again from time to time.
    void want_list(peer_t &peer);

    // --- topics that go
    // The peer has no topics any more.
    void drop_all_of(peer_t &peer);
    // The peer is removed: the topics are dropped that are registered under its key.
    void drop_removed(const peer_t &peer) { _dropped.push_back({peer.key(), peer.spelled(), true}); }
    // Goes on dropping.
    void drop(slice_t &slice);
    bool dropping() const { return !_dropped.empty(); }
    // Calls `then` when all topics are gone that are being dropped now: at once, or from within drop().
    void when_dropped(std::function<void()> then);
    // After this, the next when_dropped() needs no memory.
    void make_room() { _when_dropped.reserve(_when_dropped.size() + 1); }
    void close(); // calls those that wait

  private:
    struct dropped_t
    {
        peer_key_t key;
        std::string endpoint; // as others know it
        bool removed;         // it is no peer any more; otherwise it said BYE
    };

    bool wants(peer_t &peer, const topic_intake_t &intake);
    bool wants_changes(peer_t &peer, const topic_intake_t &intake);
    bool register_topics(peer_t &peer, topic_intake_t &intake, slice_t &slice);
    void taken(peer_t &peer, const topic_intake_t &intake);
    void malformed(peer_t &peer);
    bool is_dropping_at(const std::string &endpoint) const;

    const options_t &_options;
    shared_state_t &_state;
    topic_mirror_events_t &_events;
    const logger_t &_log;
    std::deque<dropped_t> _dropped;
    std::vector<std::function<void()>> _when_dropped;
};
}
