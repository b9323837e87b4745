// The part of server_t that refuses nodes: those of another cluster, and those that find no place.
#include <iterator>

#include "spot/cluster/server.hpp"
#include "spot/registry/reason.hpp"

namespace spot
{
namespace
{
// Connections whose HELLO was refused. Whoever is beyond that is served as a plain program until
// it says HELLO again.
constexpr std::size_t most_refused = 4096;
constexpr millis_t told_again_ms = 60000;
constexpr millis_t forgotten_ms = 60000;
}

void server_t::refuse(const std::string &id, bool delimiter, const wire::hello_t &hello,
                      const endpoint_t &from, millis_t now)
{
    forget(id);
    note_refused(id, now);
    // Others would take it for a broken message. They get no answer, and say so.
    if ((hello.features & wire::feature_clusters) != 0)
        reply(id, delimiter, wire::encode_refused({wire::refused_cluster, _welcome.cluster}));
    if (_told_refused.size() >= most_refused)
        _told_refused.clear();
    const auto [told, first] = _told_refused.emplace(hello.node_id, now);
    if (!first && now - told->second < told_again_ms)
        return;
    told->second = now;
    _log.warning("node ", hello.node_id, " named ", quoted(hello.name), " at ",
                 quoted(hello.control_endpoint.empty() ? from.text() : hello.control_endpoint),
                 " was refused: ", registry::text_of(registry::cause_t::other_cluster), ": it is of cluster ",
                 quoted(hello.cluster), ", this node of cluster ", quoted(_welcome.cluster));
}

// The log was told by whoever found that there is no place. It says HELLO again, and may find one then.
void server_t::turn_away(const std::string &id, bool delimiter, const wire::hello_t &hello, millis_t now)
{
    note_refused(id, now);
    if ((hello.features & wire::feature_clusters) != 0)
        reply(id, delimiter,
              wire::encode_refused({wire::refused_places, "it has no place for another node"}));
}

void server_t::note_refused(const std::string &id, millis_t now)
{
    if (_refused.count(id) == 0 && _refused.size() >= most_refused)
        _refused.erase(_refused.begin());
    _refused[id] = now;
}

// What it says is for another cluster, or it must not take this node for a plain peer that serves it.
bool server_t::is_refused(const std::string &id, millis_t now)
{
    const auto found = _refused.find(id);
    if (found == _refused.end())
        return false;
    found->second = now;
    return true;
}

void server_t::forget_refused(millis_t now)
{
    for (auto entry = _refused.begin(); entry != _refused.end();)
        entry = now - entry->second > forgotten_ms ? _refused.erase(entry) : std::next(entry);
}
}
