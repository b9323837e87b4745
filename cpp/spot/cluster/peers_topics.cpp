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

bool is_known_node(const spot_node_t::handshake_t &shake)
{
    return shake.welcomed && !shake.plain && !shake.node_id.empty();
}
}

void peers_t::process(spot_node_t &node, millis_t now, slice_t &slice)
{
    if (!node.begins_again)
        attend(node, [&] {
            if (node.intake) {
                node.liveness().heard(now); // what it said since then has to wait
                go_on_with_topics(node, slice);
            }
            node.process(now, *this, slice);
        });
    if (node.begins_again)
        begin_again(node);
}

void peers_t::on_topics(spot_node_t &node, std::unique_ptr<topic_intake_t> intake, slice_t &slice)
{
    node.intake = std::move(intake);
    go_on_with_topics(node, slice);
}

void peers_t::go_on_with_topics(spot_node_t &node, slice_t &slice)
{
    using stage_t = topic_intake_t::stage_t;
    topic_intake_t &intake = *node.intake;
    intake.look(slice);
    if (intake.stage == stage_t::malformed) {
        node.intake.reset();
        return on_malformed(node);
    }
    if (intake.stage == stage_t::looking || (intake.stage == stage_t::looked && makes_way(node.spelled())))
        return;
    if (intake.stage == stage_t::looked && !wants_topics(node, intake)) {
        node.intake.reset();
        return;
    }
    if (!register_topics(node, intake, slice))
        return;
    const std::unique_ptr<topic_intake_t> taken = std::move(node.intake);
    topics_taken(node, *taken);
}

bool peers_t::wants_topics(spot_node_t &node, const topic_intake_t &intake)
{
    return intake.command() == wire::command_t::query_resp ? wants_answer(node) : wants_changes(node, intake);
}

bool peers_t::wants_answer(spot_node_t &node)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    if (shake.refused) {
        on_ignored();
        return false;
    }
    // Nodes tell of nodes: a learned peer that is a plain one was named by mistake.
    if (shake.node_id.empty() && !shake.self && node.origin.learned) {
        _membership->on_misnamed(node, node.origin.expected);
        dismiss(node);
        return false;
    }
    if (!shake.welcomed && !shake.plain)
        adopt_plain(node);
    return true;
}

bool peers_t::wants_changes(spot_node_t &node, const topic_intake_t &intake)
{
    const spot_node_t::handshake_t &shake = node.handshake;
    if (shake.self)
        return false;
    if (!is_known_node(shake)) {
        on_ignored();
        return false;
    }
    if (intake.is_list()) {
        if (intake.is_believable())
            return true;
        on_malformed(node);
        want_list(node);
        return false;
    }
    if (!shake.listed)
        return false; // the list that is on its way has them
    if (node.topics.behind) {
        want_list(node);
        return false;
    }
    const std::uint64_t count = intake.count();
    if (intake.version() < count || intake.version() < node.topics.version) {
        on_malformed(node);
        want_list(node);
        return false;
    }
    if (node.topics.version != 0 && intake.version() - count != node.topics.version) {
        _log.debug("peer ", node, " changed its topics from version ", intake.version() - count,
                   ", known is ", node.topics.version, ": asking for all of them");
        want_list(node);
        return false;
    }
    return true;
}

// False: there is more to do, in a later slice; or it could not be applied, and the intake is gone.
bool peers_t::register_topics(spot_node_t &node, topic_intake_t &intake, slice_t &slice)
{
    using stage_t = topic_intake_t::stage_t;
    if (node.handshake.self)
        return true;
    if (intake.stage == stage_t::looked) {
        if (intake.is_list())
            _state.begin_list(node.key());
        intake.stage = stage_t::registering;
    }
    // What a list replaces is still there while it is taken.
    const std::size_t most =
        intake.is_list() ? 2 * _options.max_topics_per_peer : _options.max_topics_per_peer;
    while (intake.stage == stage_t::registering) {
        const std::vector<wire::topic_entry_view_t> entries = intake.next(shared_state_t::topics_per_lock);
        if (entries.empty()) {
            intake.stage = stage_t::dropping;
        } else if (!_state.change_topics(node.key(), entries, most)) {
            node.intake.reset();
            on_malformed(node);
            want_list(node);
            return false;
        } else if (slice.over_now() && intake.left() > 0) {
            return false;
        }
    }
    while (intake.is_list() && !_state.drop_unnamed(node.key()))
        if (slice.over_now())
            return false;
    return true;
}

void peers_t::topics_taken(spot_node_t &node, const topic_intake_t &intake)
{
    spot_node_t::handshake_t &shake = node.handshake;
    const bool answer = intake.command() == wire::command_t::query_resp;
    if (!intake.is_list()) {
        node.topics.version = intake.version();
        if (intake.count() > 0)
            _log.debug("peer ", node, " told ", counted(intake.count(), "topic change"));
        return;
    }
    node.topics.version = 0;
    node.topics.behind = false;
    node.topics.patience = std::min<millis_t>(_options.heartbeat_ms, longest_list_patience_ms);
    shake.listed = true;
    _log.debug("peer ", node, " listed ", counted(intake.count(), "topic"));
    if (shake.plain)
        update_relayed(node);
    try_up(node);
    if (!answer)
        return;
    _operations.answered(node.key(), node.answers());
    if (shake.state == peer_state_t::up)
        _operations.settled(node.key());
}

// Until it comes, changes are not applied. It is asked for once, and again from time to time.
void peers_t::want_list(spot_node_t &node)
{
    spot_node_t::topics_t &topics = node.topics;
    const millis_t now = now_ms();
    topics.behind = true;
    if (topics.asked_at != 0 && now - topics.asked_at < topics.patience)
        return;
    if (!node.query())
        return;
    topics.asked_at = now;
    topics.patience =
        std::min(std::max<millis_t>(2 * topics.patience, _options.heartbeat_ms), longest_list_patience_ms);
}

// --- those that go -------------------------------------------------------------------------------------

// It has none any more.
void peers_t::drop_topics_of(spot_node_t &node)
{
    node.intake.reset();
    _dropped.push_back({node.key(), node.spelled(), false});
    _state.begin_list(node.key());
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
