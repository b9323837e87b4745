// The other half of server_t: what nodes are told about this node's topics (TOPICS), and what they tell about
// their subscriptions (SUBS).
#include <algorithm>
#include <new>
#include <utility>

#include "spot/cluster/server.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr millis_t client_expiry_ms = 60000;
// A node says something at least once a heartbeat unless it hears from this one. Without a word for so many
// it may be gone: saying something to it finds that out.
constexpr int heartbeats_before_probe = 2;
constexpr std::size_t changes_per_message = wire::max_control_frames - 3;

using told_changes_t = std::vector<wire::topic_change_t>;

// The changes from `first` on, in as few messages as the limit allows.
std::vector<wire::frames_t> encode_changes(const topic_log_t &log, std::size_t first)
{
    std::vector<wire::frames_t> messages;
    for (std::size_t at = first; at < log.changes.size();) {
        const std::size_t end = std::min(log.changes.size(), at + changes_per_message);
        wire::topics_t topics;
        topics.version = log.version - (log.changes.size() - end);
        topics.changes.assign(log.changes.begin() + static_cast<told_changes_t::difference_type>(at),
                              log.changes.begin() + static_cast<told_changes_t::difference_type>(end));
        messages.push_back(wire::encode_topics(topics));
        at = end;
    }
    return messages;
}
}

// --- what nodes are told -------------------------------------------------------------------------------

void server_t::tell_changes()
{
    const topic_log_t log = _state.take_log();
    if (log.changes.empty())
        return;
    try {
        tell_changes(log);
    } catch (const std::bad_alloc &) {
        // Who has missed something of it gets the whole list, at the next heartbeat.
        for (auto &[id, client] : _clients)
            client.stale = client.stale || (client.version != 0 && client.version < log.version);
        throw;
    }
}

void server_t::tell_changes(const topic_log_t &log)
{
    const std::vector<wire::frames_t> whole = encode_changes(log, 0);
    std::vector<std::string> shared;
    for (const wire::topic_change_t &change : log.changes)
        if (change.added && _state.is_shared(change.topic))
            shared.push_back(change.topic);
    for (const std::string &id : node_ids()) {
        tell_shared(id, shared);
        tell_log(id, log, whole);
    }
}

void server_t::tell_log(const std::string &id, const topic_log_t &log,
                        const std::vector<wire::frames_t> &whole)
{
    client_t *client = find_client(id);
    // Who has no list yet gets one with these changes in it.
    if (!client || client->version == 0 || client->stale || client->version >= log.version)
        return;
    const std::uint64_t before = log.version - log.changes.size();
    if (client->version < before) {
        client->stale = true;
        return;
    }
    // Its list has some of them, if it was made after they were.
    std::vector<wire::frames_t> rest;
    if (client->version > before)
        rest = encode_changes(log, static_cast<std::size_t>(client->version - before));
    for (const wire::frames_t &message : client->version > before ? rest : whole) {
        const bool sent = reply(id, client->delimiter, message, load_t::answer);
        client = find_client(id);
        if (!client)
            return;
        if (!sent) {
            client->stale = true;
            return;
        }
    }
    client->version = log.version;
}

// Before the topics are told themselves, so that nobody takes them for a mistake.
void server_t::tell_shared(const std::string &id, const std::vector<std::string> &topics)
{
    constexpr std::size_t most = wire::max_control_frames - 1;
    for (std::size_t at = 0; at < topics.size(); at += most) {
        const client_t *const client = find_client(id);
        if (!client || !client->hears_shared)
            return;
        const auto first = topics.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end = topics.begin() + static_cast<std::ptrdiff_t>(std::min(topics.size(), at + most));
        reply(id, client->delimiter, wire::encode_shared({first, end}), load_t::answer);
    }
}

// A message without changes. Whoever has missed some sees that by the version.
void server_t::tell_version(const std::string &id)
{
    client_t *client = find_client(id);
    wire::topics_t topics;
    topics.version = client->version;
    const bool sent = reply(id, client->delimiter, wire::encode_topics(topics));
    client = find_client(id);
    if (client)
        client->stale = !sent;
}

void server_t::tell_list(const std::string &id)
{
    tell_shared(id, _state.shared_topics());
    client_t *const client = find_client(id);
    if (!client)
        return;
    // The list is only made when there is room for it.
    const caller_t *const caller = caller_of(id);
    if (!caller || !caller->backlog->has_room(load_t::answer))
        return;
    wire::topics_t list;
    std::uint64_t version = 0;
    for (std::string &topic : _state.local_topics(version)) {
        if (list.changes.size() == changes_per_message)
            break;
        list.changes.push_back({true, std::move(topic)});
    }
    if (!reply(id, client->delimiter, wire::encode_topics(list), load_t::answer))
        return;
    client->version = version;
    client->stale = false; // or tell_version() finds that there is no room
    tell_version(id);
}

void server_t::tick(millis_t now, millis_t heartbeat_ms)
{
    heartbeat_ms = std::min(heartbeat_ms, client_expiry_ms);
    forget_refused(now);
    _list = {}; // it may be long, and nobody may ask for long
    _list_version = 0;
    for (const std::string &id : node_ids()) {
        client_t *const client = find_client(id);
        if (!client || client->node_id == _welcome.node_id)
            continue;
        if (now - client->last_heard > client_expiry_ms) {
            _log.debug("node ", client->node_id, " forgotten: nothing heard of it for ", client_expiry_ms,
                       " ms");
            forget(id);
        } else if (client->stale) {
            tell_list(id);
        } else if (client->version == 0) {
            // It never asked: perhaps it has a list, and it is this node that had forgotten it.
            if (now - client->since < heartbeat_ms)
                continue;
            client->version = _state.topics_version();
            tell_version(id);
        } else if (now - client->last_heard >= heartbeats_before_probe * heartbeat_ms) {
            tell_version(id);
        }
    }
}

std::vector<std::string> server_t::node_ids() const
{
    std::vector<std::string> ids;
    ids.reserve(_nodes.size());
    for (const auto &[node_id, id] : _nodes)
        ids.push_back(id);
    return ids;
}

server_t::client_t *server_t::find_client(const std::string &id)
{
    const auto found = _clients.find(id);
    return found == _clients.end() ? nullptr : &found->second;
}

// --- what they tell ------------------------------------------------------------------------------------

void server_t::take_subs(const std::string &id, const wire::frame_views_t &frames)
{
    wire::subs_t subs;
    if (!wire::decode_subs(frames, subs)) {
        malformed(id);
        return;
    }
    client_t *const client = find_client(id);
    if (client && client->node_id == _welcome.node_id)
        return; // this node has its own lists already
    if (client && !client->node_id.empty()) {
        if (_state.set_subscriber(client->node_id, subs.receiver_id, std::move(subs.names)))
            return;
        // What it subscribes to is not known here, so that only marks tell it of the ends of streams.
        client->features &= ~wire::feature_ends;
    }
    _counters.ignored.add(1);
}
}
