#include "spot/cluster/topic_mirror.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace spot
{
namespace
{
// A peer whose lists cannot be believed (it owns too many topics) is asked less and less often.
constexpr millis_t longest_list_patience_ms = 60000;
// How long the topics of a peer that leaves are dropped at once; what is left goes in later turns.
constexpr std::chrono::microseconds first_slice{1000};
}

void topic_mirror_t::begin(peer_t &peer, std::unique_ptr<topic_intake_t> intake, slice_t &slice)
{
    peer.set_intake(std::move(intake));
    go_on(peer, slice);
}

void topic_mirror_t::go_on(peer_t &peer, slice_t &slice)
{
    using stage_t = topic_intake_t::stage_t;
    topic_intake_t &intake = *peer.intake();
    intake.look(slice);
    if (intake.stage == stage_t::malformed) {
        peer.set_intake(nullptr);
        return _events.on_malformed(peer);
    }
    if (intake.stage == stage_t::looking ||
        (intake.stage == stage_t::looked && is_dropping_at(peer.spelled())))
        return;
    if (intake.stage == stage_t::looked && !wants(peer, intake)) {
        peer.set_intake(nullptr);
        return;
    }
    if (!register_topics(peer, intake, slice))
        return;
    const std::unique_ptr<topic_intake_t> message = peer.set_intake(nullptr);
    taken(peer, *message);
}

bool topic_mirror_t::wants(peer_t &peer, const topic_intake_t &intake)
{
    return intake.command() == wire::command_t::query_resp ? _events.wants_answer(peer)
                                                           : wants_changes(peer, intake);
}

bool topic_mirror_t::wants_changes(peer_t &peer, const topic_intake_t &intake)
{
    const auto &shake = peer.handshake;
    if (shake.is_self())
        return false;
    if (!shake.is_welcomed()) {
        _events.on_ignored();
        return false;
    }
    if (intake.is_list()) {
        if (intake.is_believable())
            return true;
        malformed(peer);
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
        malformed(peer);
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
bool topic_mirror_t::register_topics(peer_t &peer, topic_intake_t &intake, slice_t &slice)
{
    using stage_t = topic_intake_t::stage_t;
    if (peer.handshake.is_self())
        return true;
    if (intake.stage == stage_t::looked) {
        if (intake.is_list())
            _state.remote.begin_list(peer.key());
        intake.stage = stage_t::registering;
    }
    // The topics that a list replaces are still registered while the list is taken in.
    const std::size_t most =
        intake.is_list() ? 2 * _options.max_topics_per_peer : _options.max_topics_per_peer;
    while (intake.stage == stage_t::registering) {
        const std::vector<wire::topic_entry_view_t> entries = intake.next(remote_topics_t::topics_per_lock);
        if (entries.empty()) {
            intake.stage = stage_t::dropping;
        } else if (!_state.remote.change(peer.key(), entries, most)) {
            peer.set_intake(nullptr);
            malformed(peer);
            return false;
        } else if (slice.over_now() && intake.left() > 0) {
            return false;
        }
    }
    while (intake.is_list() && !_state.remote.drop_unnamed(peer.key()))
        if (slice.over_now())
            return false;
    return true;
}

void topic_mirror_t::taken(peer_t &peer, const topic_intake_t &intake)
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
    _log.debug("peer ", peer, " listed ", counted(intake.count(), "topic"));
    _events.on_listed(peer, answer);
}

// It cannot be believed, so that its whole list is needed.
void topic_mirror_t::malformed(peer_t &peer)
{
    _events.on_malformed(peer);
    want_list(peer);
}

// Until the list comes, changes are not applied. It is asked for once, and again from time to time.
void topic_mirror_t::want_list(peer_t &peer)
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
void topic_mirror_t::drop_all_of(peer_t &peer)
{
    peer.set_intake(nullptr);
    _dropped.push_back({peer.key(), peer.spelled(), false});
    _state.remote.begin_list(peer.key());
    slice_t slice(first_slice);
    drop(slice);
}

void topic_mirror_t::drop(slice_t &slice)
{
    while (!_dropped.empty()) {
        const dropped_t &first = _dropped.front();
        const bool done =
            first.removed ? _state.peers.drop_removed(first.key) : _state.remote.drop_unnamed(first.key);
        if (done)
            _dropped.pop_front();
        if (slice.over_now())
            break;
    }
    if (_dropped.empty())
        for (const std::function<void()> &then : std::exchange(_when_dropped, {}))
            then();
}

void topic_mirror_t::when_dropped(std::function<void()> then)
{
    if (_dropped.empty())
        then();
    else
        _when_dropped.push_back(std::move(then));
}

// The topics of the last peer at that endpoint go first: watchers are told of both by this name.
bool topic_mirror_t::is_dropping_at(const std::string &endpoint) const
{
    return std::any_of(_dropped.begin(), _dropped.end(),
                       [&](const dropped_t &entry) { return entry.endpoint == endpoint; });
}

void topic_mirror_t::close()
{
    for (const std::function<void()> &then : std::exchange(_when_dropped, {}))
        then();
}
}
