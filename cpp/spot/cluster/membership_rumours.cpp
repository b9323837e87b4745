// Part of membership_t: what others say of nodes. Anybody can say anything: it is held against what can be
// true, and tried at a pace that harms neither third parties nor the news of honest nodes.
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/cluster/membership.hpp"

namespace spot
{
namespace
{
// What is told and has no turn yet.
constexpr std::size_t most_waiting_each = 1024;
constexpr std::size_t most_waiting = 8192;
constexpr millis_t try_again_ms = 250;
// What is true is told again; what its teller no longer stands for is not tried for long.
constexpr millis_t rumour_lives_ms = 60000;
// Look-ups for one teller: each may be one whose server does not answer.
constexpr std::size_t max_lookups_each = 4;
}

void membership_t::on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers)
{
    for (const wire::peer_entry_t &entry : peers) {
        rumour_t rumour;
        rumour.id = entry.node_id;
        rumour.teller = peer.spelled();
        hear(entry.control_endpoint, peer.node.address(), std::move(rumour));
    }
}

void membership_t::hear(const std::string &announced, const endpoint_t &other_end, rumour_t rumour)
{
    if (!_options.gossip || _closed || rumour.id == _node_id)
        return;
    const char *why = nullptr;
    rumour.across = distance_to(other_end);
    const std::string text = reachable_endpoint(announced, other_end, &why);
    if (!why && !parse_connectable(text, rumour.endpoint))
        why = "that is no endpoint to connect to";
    if (!why)
        why = why_not(rumour);
    if (why)
        return refuse(announced, rumour, why);
    consider(std::move(rumour), now_ms());
}

void membership_t::consider(rumour_t rumour, millis_t now)
{
    const std::string name = rumour.endpoint.text();
    if (known(rumour, name))
        return;
    switch (_trials.judge(rumour.teller, name, now, rumour.own_word)) {
    case registry::trials_t::verdict_t::no:
        return refuse(name, rumour, "it was tried in vain lately");
    case registry::trials_t::verdict_t::wait:
        return wait_for_turn(std::move(rumour));
    case registry::trials_t::verdict_t::go:
        break;
    }
    if (!is_numeric(rumour.endpoint))
        return look_up(rumour, now);
    _trials.begin(rumour.teller, name, now);
    learn(rumour, {});
}

// --- those that wait until others have answered ---------------------------------------------------------

std::string membership_t::key_of(const rumour_t &rumour)
{
    return std::string(rumour.id.view()) + rumour.endpoint.text();
}

// Each teller's in a list of their own, so that nobody's keep another one's waiting.
void membership_t::wait_for_turn(rumour_t rumour)
{
    std::deque<rumour_t> &list = _waiting[rumour.teller];
    if (list.size() >= most_waiting_each || _waiting_keys.size() >= most_waiting)
        return refuse(rumour.endpoint.text(), rumour,
                      "too many others that were told of wait"); // until later
    if (!_waiting_keys.insert(key_of(rumour)).second)
        return;
    rumour.heard_at = now_ms();
    list.push_back(std::move(rumour));
}

void membership_t::drop_old(std::deque<rumour_t> &list, millis_t now)
{
    while (!list.empty() && now - list.front().heard_at >= rumour_lives_ms) {
        _waiting_keys.erase(key_of(list.front()));
        list.pop_front();
    }
}

void membership_t::try_waiting(millis_t now)
{
    _try_at = now + try_again_ms;
    for (bool any = true; any && !_closed;) {
        any = false;
        for (auto entry = _waiting.begin(); entry != _waiting.end();) {
            std::deque<rumour_t> &list = entry->second;
            drop_old(list, now);
            if (!list.empty() && may_try(list.front(), now)) {
                rumour_t rumour = list.front();
                _waiting_keys.erase(key_of(rumour));
                list.pop_front();
                any = true;
                if (!why_not(rumour)) // much may have happened meanwhile
                    consider(std::move(rumour), now);
            }
            entry = list.empty() ? _waiting.erase(entry) : std::next(entry);
        }
    }
}

bool membership_t::may_try(const rumour_t &rumour, millis_t now)
{
    if (!is_numeric(rumour.endpoint) && !may_look_up(rumour))
        return false;
    return _trials.judge(rumour.teller, rumour.endpoint.text(), now, rumour.own_word) !=
           registry::trials_t::verdict_t::wait;
}

void membership_t::on_answered(const peer_t &peer)
{
    _trials.answered(peer.node.endpoint().text());
    _try_at = 0;
}

void membership_t::on_gone(const peer_t &peer)
{
    _trials.failed(peer.node.endpoint().text(), now_ms());
    _try_at = 0;
}

// --- learning -------------------------------------------------------------------------------------------

const char *membership_t::why_not(const rumour_t &rumour) const
{
    if (!means_the_same(rumour.endpoint, rumour.across))
        return "that is an endpoint of another machine's own";
    if (is_own(rumour.endpoint))
        return "that is this node's own endpoint";
    return _exclusions.why_excluded(rumour.endpoint.text(), rumour.id);
}

void membership_t::refuse(const std::string &endpoint, const rumour_t &rumour, const char *why)
{
    if (!logs(log_level_t::debug))
        return;
    const std::string said = std::string(rumour.id.view()) + endpoint + '\0' + why;
    if (_refused.contains(said))
        return;
    _refused.insert(said);
    _log.debug("not connecting to node ", rumour.id, " at ", quoted(endpoint), ": ", why);
}

bool membership_t::known(const rumour_t &rumour, const std::string &name)
{
    peer_t *peer = _peers.rooms().table.find_at(rumour.endpoint);
    if (!peer)
        peer = _peers.rooms().table.find(rumour.id);
    if (!peer)
        return false;
    const bool answered = peer->handshake.has_id();
    if (answered) // alive somewhere, though perhaps not reachable from here
        peer->origin.last_seen = now_ms();
    // It knows best where it is. What is wrong of the two goes without an answer, or as a second name.
    const bool better = rumour.own_word && !answered && !peer->node.connected() &&
                        peer->node.endpoint().text() != name && peer->spelled() != name;
    return !better;
}

void membership_t::learn(const rumour_t &rumour, std::vector<std::string> hosts)
{
    const std::string spelled = rumour.endpoint.text();
    if (rumour.own_word)
        _log.debug("learned of node ", rumour.id, " at ", quoted(spelled), " by its HELLO");
    else
        _log.debug("learned of node ", rumour.id, " at ", quoted(spelled), " from peer ",
                   quoted(rumour.teller));
    const peers_t::learned_t learned{rumour.id, rumour.across, rumour.teller, std::move(hosts)};
    if (_peers.add(spelled, rumour.endpoint, &learned))
        return;
    const int error = errno;
    _trials.failed(spelled, now_ms());
    refuse(spelled, rumour, error == ENOBUFS ? "there are too many peers" : "no socket is left");
}

bool membership_t::may_look_up(const rumour_t &rumour) const
{
    std::size_t same = 0;
    for (const auto &[name, other] : _lookups)
        same += other.teller == rumour.teller ? 1 : 0;
    return same < max_lookups_each && _lookups.size() < max_lookups;
}

void membership_t::look_up(const rumour_t &rumour, millis_t now)
{
    const std::string name = rumour.endpoint.text();
    if (_lookups.count(name) > 0)
        return;
    if (!may_look_up(rumour))
        return wait_for_turn(rumour);
    auto told = [this, name](const addresses_t &found) { resolved(name, found); };
    _lookups[name] = rumour;
    bool asked = false;
    if (!attempt([&] { asked = _hearsay.ask(rumour.endpoint.host, std::move(told)); }) || !asked) {
        _lookups.erase(name);
        return;
    }
    _trials.begin(rumour.teller, name, now);
}

void membership_t::resolved(const std::string &name, const addresses_t &found)
{
    const auto lookup = _lookups.find(name);
    if (lookup == _lookups.end() || _closed)
        return;
    const rumour_t rumour = lookup->second;
    _lookups.erase(lookup);
    _try_at = 0;
    std::vector<std::string> hosts;
    const char *const why = usable(rumour, name, found, hosts);
    if (!why && !hosts.empty())
        return learn(rumour, std::move(hosts));
    _trials.failed(name, now_ms());
    if (why)
        refuse(name, rumour, why);
}

// Why nobody is to be connected to at what was found; null and no hosts: they are known.
const char *membership_t::usable(const rumour_t &rumour, const std::string &name, const addresses_t &found,
                                 std::vector<std::string> &hosts)
{
    if (found.hosts.empty())
        return "the name does not resolve";
    // Much may have happened meanwhile: the user may have removed it by its name.
    if (const char *why = why_not(rumour))
        return why;
    const char *why = nullptr;
    for (const std::string &host : found.hosts) {
        rumour_t address = rumour;
        address.endpoint.host = host;
        if (known(address, name)) {
            hosts.clear();
            return nullptr;
        }
        if (const char *wrong = why_not(address))
            why = wrong;
        else
            hosts.push_back(host);
    }
    return hosts.empty() ? why : nullptr;
}

void membership_t::on_misnamed(const peer_t &peer, const wire::node_id_t &expected)
{
    _log.debug("peer ", peer, " is not node ", expected, ", as others told");
    _exclusions.misname(peer.node.endpoint().text(), expected);
    if (peer.node.is_named())
        _exclusions.misname(peer.node.address().text(), expected);
}
}
