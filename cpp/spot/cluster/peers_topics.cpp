// Part of peers_t: what peers tell about their topics, all of them (QUERY_RESP, or TOPICS of version 0) and
// as they change (TOPICS). Long messages are taken in parts.
#include <algorithm>
#include <chrono>
#include <utility>

#include "spot/cluster/peers.hpp"

namespace spot
{
namespace
{
// A peer whose lists cannot be believed (it owns too many topics) is asked less and less often.
constexpr millis_t longest_list_patience_ms = 60000;
// How long the topics of a peer that leaves are dropped at once; what is left goes in later turns.
constexpr std::chrono::microseconds first_slice{1000};
}

void peers_t::process(peer_t &peer, millis_t now, slice_t &slice)
{
    if (!peer.begins_again)
        attend(peer, [&] {
            if (peer.intake()) {
                peer.node.liveness().heard(now); // what it said since then has to wait
                go_on_with_topics(peer, slice);
            }
            peer.node.process(now, *this, slice);
        });
    if (peer.begins_again)
        begin_again(peer);
}

void peers_t::on_topics(peer_t &peer, std::unique_ptr<topic_intake_t> intake, slice_t &slice)
{
    peer.set_intake(std::move(intake));
    go_on_with_topics(peer, slice);
}

void peers_t::go_on_with_topics(peer_t &peer, slice_t &slice)
{
    using stage_t = topic_intake_t::stage_t;
    topic_intake_t &intake = *peer.intake();
    intake.look(slice);
    if (intake.stage == stage_t::malformed) {
        peer.set_intake(nullptr);
        return on_malformed(peer);
    }
    if (intake.stage == stage_t::looking || (intake.stage == stage_t::looked && makes_way(peer.spelled())))
        return;
    if (intake.stage == stage_t::looked && !wants_topics(peer, intake)) {
        peer.set_intake(nullptr);
        return;
    }
    if (!register_topics(peer, intake, slice))
        return;
    const std::unique_ptr<topic_intake_t> taken = peer.set_intake(nullptr);
    topics_taken(peer, *taken);
}

bool peers_t::wants_topics(peer_t &peer, const topic_intake_t &intake)
{
    return intake.command() == wire::command_t::query_resp ? wants_answer(peer) : wants_changes(peer, intake);
}

bool peers_t::wants_answer(peer_t &peer)
{
    using answer_t = registry::handshake_t::answer_t;
    switch (peer.handshake.answered(peer.origin.learned)) {
    case answer_t::ignored:
        on_ignored();
        return false;
    case answer_t::misnamed:
        _membership->on_misnamed(peer, peer.origin.expected);
        _table.dismiss(peer);
        return false;
    case answer_t::plain:
        adopt_plain(peer);
        return true;
    case answer_t::taken:
        break;
    }
    return true;
}

bool peers_t::wants_changes(peer_t &peer, const topic_intake_t &intake)
{
    const auto &shake = peer.handshake;
    if (shake.is_self())
        return false;
    if (!shake.is_welcomed()) {
        on_ignored();
        return false;
    }
    if (intake.is_list()) {
        if (intake.is_believable())
            return true;
        on_malformed(peer);
        want_list(peer);
        return false;
    }
    if (!shake.has_listed())
        return false; // the list that is on its way has them
    if (peer.topics.behind) {
        want_list(peer);
        return false;
    }
    const std::uint64_t count = intake.count();
    if (intake.version() < count || intake.version() < peer.topics.version) {
        on_malformed(peer);
        want_list(peer);
        return false;
    }
    if (peer.topics.version != 0 && intake.version() - count != peer.topics.version) {
        _log.debug("peer ", peer, " changed its topics from version ", intake.version() - count,
                   ", known is ", peer.topics.version, ": asking for all of them");
        want_list(peer);
        return false;
    }
    return true;
}

// False: there is more to do, in a later slice; or it could not be applied, and the intake is gone.
bool peers_t::register_topics(peer_t &peer, topic_intake_t &intake, slice_t &slice)
{
    using stage_t = topic_intake_t::stage_t;
    if (peer.handshake.is_self())
        return true;
    if (intake.stage == stage_t::looked) {
        if (intake.is_list())
            _state.begin_list(peer.key());
        intake.stage = stage_t::registering;
    }
    // What a list replaces is still there while it is taken.
    const std::size_t most =
        intake.is_list() ? 2 * _options.max_topics_per_peer : _options.max_topics_per_peer;
    while (intake.stage == stage_t::registering) {
        const std::vector<wire::topic_entry_view_t> entries = intake.next(shared_state_t::topics_per_lock);
        if (entries.empty()) {
            intake.stage = stage_t::dropping;
        } else if (!_state.change_topics(peer.key(), entries, most)) {
            peer.set_intake(nullptr);
            on_malformed(peer);
            want_list(peer);
            return false;
        } else if (slice.over_now() && intake.left() > 0) {
            return false;
        }
    }
    while (intake.is_list() && !_state.drop_unnamed(peer.key()))
        if (slice.over_now())
            return false;
    return true;
}

void peers_t::topics_taken(peer_t &peer, const topic_intake_t &intake)
{
    const bool answer = intake.command() == wire::command_t::query_resp;
    if (!intake.is_list()) {
        peer.topics.version = intake.version();
        if (intake.count() > 0)
            _log.debug("peer ", peer, " told ", counted(intake.count(), "topic change"));
        return;
    }
    peer.topics.version = 0;
    peer.topics.behind = false;
    peer.topics.patience = std::min<millis_t>(_options.heartbeat_ms, longest_list_patience_ms);
    const actions_t actions = peer.handshake.listed();
    _log.debug("peer ", peer, " listed ", counted(intake.count(), "topic"));
    if (actions.has(action_t::relay))
        _plain.update(peer);
    advance(peer);
    if (!answer)
        return;
    _operations.answered(peer.key(), peer.node.answers());
    if (peer.handshake.is_up())
        _operations.settled(peer.key());
}

// Until it comes, changes are not applied. It is asked for once, and again from time to time.
void peers_t::want_list(peer_t &peer)
{
    peer_t::topics_t &topics = peer.topics;
    const millis_t now = now_ms();
    topics.behind = true;
    if (topics.asked_at != 0 && now - topics.asked_at < topics.patience)
        return;
    if (!peer.node.query())
        return;
    topics.asked_at = now;
    topics.patience =
        std::min(std::max<millis_t>(2 * topics.patience, _options.heartbeat_ms), longest_list_patience_ms);
}

// --- those that go -------------------------------------------------------------------------------------

// It has none any more.
void peers_t::drop_topics_of(peer_t &peer)
{
    peer.set_intake(nullptr);
    _dropped.push_back({peer.key(), peer.spelled(), false});
    _state.begin_list(peer.key());
    slice_t slice(first_slice);
    drop_topics(slice);
}

void peers_t::drop_topics(slice_t &slice)
{
    while (!_dropped.empty()) {
        const dropped_t &first = _dropped.front();
        const bool done = first.removed ? _state.drop_removed(first.key) : _state.drop_unnamed(first.key);
        if (done)
            _dropped.pop_front();
        if (slice.over_now())
            break;
    }
    if (_dropped.empty())
        for (const std::function<void()> &then : std::exchange(_when_dropped, {}))
            then();
}

void peers_t::when_dropped(std::function<void()> then)
{
    if (_dropped.empty())
        then();
    else
        _when_dropped.push_back(std::move(then));
}

// What another one at that endpoint had is let go first: who watches is told of both by this name.
bool peers_t::makes_way(const std::string &endpoint) const
{
    return std::any_of(_dropped.begin(), _dropped.end(),
                       [&](const dropped_t &entry) { return entry.endpoint == endpoint; });
}
}
