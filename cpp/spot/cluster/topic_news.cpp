#include "spot/cluster/topic_news.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr std::size_t changes_per_message = wire::max_control_frames - 3;
constexpr std::size_t shared_names_per_message = wire::max_control_frames - 1;

// The changes from `first` on, in as few messages as the limit allows.
std::vector<wire::frames_t> encode_changes(const registry::topic_changes_t &log, std::size_t first)
{
    using offset_t = std::vector<wire::topic_change_t>::difference_type;
    std::vector<wire::frames_t> messages;
    for (std::size_t at = first; at < log.changes.size();) {
        const std::size_t end = std::min(log.changes.size(), at + changes_per_message);
        wire::topics_t topics;
        topics.version = log.version - (log.changes.size() - end);
        topics.changes.assign(log.changes.begin() + static_cast<offset_t>(at),
                              log.changes.begin() + static_cast<offset_t>(end));
        messages.push_back(wire::encode_topics(topics));
        at = end;
    }
    return messages;
}
}

void topic_news_t::tell_changes()
{
    const registry::topic_changes_t log = _topics.take_log();
    if (log.changes.empty())
        return;
    try {
        tell_changes(log);
    } catch (const std::bad_alloc &) {
        // A node that has missed some of these changes gets the whole list, at the next heartbeat.
        _clients.each([&](client_t &client) { client.session.interrupted(log.version); });
        throw;
    }
}

void topic_news_t::tell_changes(const registry::topic_changes_t &log)
{
    const std::vector<wire::frames_t> whole = encode_changes(log, 0);
    std::vector<std::string> shared;
    for (const wire::topic_change_t &change : log.changes)
        if (change.added && _topics.is_shared(change.topic))
            shared.push_back(change.topic);
    for (const std::string &address : _clients.node_addresses()) {
        tell_shared(address, shared);
        tell_log(address, log, whole);
    }
}

// `whole`: all changes of the log, which most nodes need, encoded once.
void topic_news_t::tell_log(const std::string &address, const registry::topic_changes_t &log,
                            const std::vector<wire::frames_t> &whole)
{
    client_t *client = _clients.find(address);
    if (!client)
        return;
    const std::size_t first = client->session.first_change(log.version, log.changes.size());
    if (first == log.changes.size())
        return;
    std::vector<wire::frames_t> rest;
    if (first > 0)
        rest = encode_changes(log, first);
    for (const wire::frames_t &message : first > 0 ? rest : whole) {
        const bool sent = _out.send(address, client->delimiter, message, load_t::answer);
        client = _clients.find(address);
        if (!client)
            return;
        if (!sent) {
            client->session.missed();
            return;
        }
    }
    client->session.told_changes(log.version);
}

void topic_news_t::tell_shared(const std::string &address, const std::vector<std::string> &topics)
{
    using offset_t = std::vector<std::string>::difference_type;
    for (std::size_t at = 0; at < topics.size(); at += shared_names_per_message) {
        const client_t *const client = _clients.find(address);
        if (!client || (client->features & wire::feature_clusters) == 0)
            return;
        const auto first = topics.begin() + static_cast<offset_t>(at);
        const auto end =
            topics.begin() + static_cast<offset_t>(std::min(topics.size(), at + shared_names_per_message));
        _out.send(address, client->delimiter, wire::encode_shared({first, end}), load_t::answer);
    }
}

// A node that has missed changes sees that by the version.
void topic_news_t::tell_version(const std::string &address)
{
    const client_t *const there = _clients.find(address);
    wire::topics_t topics;
    topics.version = there->session.version();
    const bool sent = _out.reply(address, there->delimiter, wire::encode_topics(topics));
    if (client_t *const client = _clients.find(address))
        client->session.told_version(sent);
}

void topic_news_t::tell_list(const std::string &address)
{
    tell_shared(address, _topics.shared());
    client_t *const client = _clients.find(address);
    if (!client)
        return;
    // The list may be long. It is only made when there is room for it.
    const client_backlog_t *const backlog = _out.backlog(address);
    if (!backlog || !backlog->has_room(load_t::answer))
        return;
    wire::topics_t list;
    std::uint64_t version = 0;
    for (std::string &topic : _topics.list(version)) {
        if (list.changes.size() == changes_per_message)
            break;
        list.changes.push_back({true, std::move(topic)});
    }
    if (!_out.send(address, client->delimiter, wire::encode_topics(list), load_t::answer))
        return;
    client->session.told_list(version); // tell_version() may find that there is no room, and then it is stale
    tell_version(address);
}

std::size_t topic_news_t::answer(const std::string &address, bool delimiter)
{
    const wire::frames_t &frames = list();
    const std::size_t size = frames.size();
    const std::uint64_t version = _list_version;
    tell_shared(address, _topics.shared());
    const bool sent = _out.send(address, delimiter, frames, load_t::answer);
    client_t *const client = _clients.find(address);
    if (!client || !client->is_node() || client->node_id == _own_id)
        return size;
    if (!sent) {
        client->session.missed();
        return size;
    }
    client->session.told_list(version);
    tell_version(address);
    return size;
}

const wire::frames_t &topic_news_t::list()
{
    if (_list_version == _topics.version())
        return _list;
    std::uint64_t version = 0;
    _list = wire::encode_query_resp(_topics.list(version));
    _list_version = version;
    return _list;
}

void topic_news_t::probe(const std::string &address)
{
    const client_t *const client = _clients.find(address);
    if (!client)
        return;
    wire::topics_t nothing;
    nothing.version = _topics.version();
    _out.reply(address, client->delimiter, wire::encode_topics(nothing));
}

void topic_news_t::heartbeat(millis_t now, millis_t heartbeat_ms)
{
    _list = {}; // it may be long, and perhaps no client asks for long
    _list_version = 0;
    for (const std::string &address : _clients.node_addresses()) {
        client_t *const client = _clients.find(address);
        if (!client || client->node_id == _own_id)
            continue;
        switch (client->session.due(now, heartbeat_ms)) {
        case registry::session_due_t::nothing:
            break;
        case registry::session_due_t::forget:
            expired(address);
            break;
        case registry::session_due_t::list:
            tell_list(address);
            break;
        case registry::session_due_t::first_version:
            client->session.adopt(_topics.version());
            tell_version(address);
            break;
        case registry::session_due_t::version:
            tell_version(address);
            break;
        }
    }
}
}
