#include "spot/cluster/data_connections.hpp"

#include <algorithm>
#include <iterator>

#include "spot/base/no_memory.hpp"
#include "spot/base/take_out.hpp"
#include "spot/transport/endpoint.hpp"

namespace spot
{
namespace
{
// libzmq says at once whether it connects again; the two events may come from two of its threads.
constexpr millis_t word_of_retry_ms = 200;
}

// --- nodes ---------------------------------------------------------------------------------------------

std::string data_connections_t::use(const wire::node_id_t &node, const std::string &endpoint)
{
    node_t &used = _nodes[node];
    if (used.users++ > 0)
        return used.endpoint;
    // A node restarted with a fixed data endpoint: libzmq has that connection already, or makes it again. Or
    // the node is back soon after it was given up.
    finish_if([&](const retiring_t &entry) {
        return entry.node == node || (!endpoint.empty() && entry.endpoint == endpoint);
    });
    _receivers.add_source(node);
    used.endpoint = endpoint;
    if (hold(endpoint))
        connect_all(endpoint);
    return endpoint;
}

bool data_connections_t::has_one_user(const wire::node_id_t &node) const
{
    const auto found = _nodes.find(node);
    return found != _nodes.end() && found->second.users == 1;
}

void data_connections_t::move(const wire::node_id_t &node, const std::string &endpoint)
{
    node_t &moved = _nodes[node];
    std::string before = endpoint;
    before.swap(moved.endpoint);
    if (let_go(before)) {
        for (const receiver_id_t receiver : _receivers.ids()) {
            _standing.erase({receiver, before});
            _receivers.retire_one(receiver, before);
        }
    }
    if (!hold(endpoint))
        return;
    finish_if([&](const retiring_t &entry) { return entry.endpoint == endpoint; });
    connect_all(endpoint);
}

void data_connections_t::release(const wire::node_id_t &node, parting_t parting)
{
    const auto found = _nodes.find(node);
    if (found == _nodes.end())
        return;
    if (found->second.users > 1) {
        --found->second.users;
        return;
    }
    // All that needs memory comes first.
    const std::string endpoint = found->second.endpoint;
    const auto held = _held.find(endpoint);
    const bool last = held != _held.end() && held->second == 1;
    const bool drains = parting != parting_t::final && (last || endpoint.empty());
    const bool may_return = parting == parting_t::absent;
    std::vector<std::pair<receiver_id_t, std::string>> standing;
    std::vector<retiring_t> retiring;
    for (const receiver_id_t receiver : _receivers.ids()) {
        standing.emplace_back(receiver, endpoint);
        // What the node sent may still be on its way. Each receiver waits for the end of its own connection,
        // because one that reads slowly gets there later.
        retiring.push_back({receiver, endpoint, node, may_return, _drain_ms});
    }
    _retiring.reserve(_retiring.size() + retiring.size());
    if (!drains) {
        if (last)
            _receivers.disconnect(endpoint);
        _receivers.remove_source(node, may_return);
        _receivers.purge_source(node);
    }
    let_go(endpoint);
    if (last)
        for (const auto &connection : standing)
            _standing.erase(connection);
    if (drains)
        std::move(retiring.begin(), retiring.end(), std::back_inserter(_retiring));
    _nodes.erase(found);
}

bool data_connections_t::hold(const std::string &endpoint)
{
    return !endpoint.empty() && _held[endpoint]++ == 0;
}

bool data_connections_t::let_go(const std::string &endpoint)
{
    const auto found = _held.find(endpoint);
    if (found == _held.end() || --found->second > 0)
        return false;
    _held.erase(found);
    return true;
}

void data_connections_t::connect_all(const std::string &endpoint)
{
    for (const receiver_id_t receiver : _receivers.ids())
        _receivers.connect_one(receiver, endpoint);
}

// --- receivers -----------------------------------------------------------------------------------------

int data_connections_t::connect_receiver(receiver_id_t receiver)
{
    for (const auto &[node, used] : _nodes)
        _receivers.add_source_to(receiver, node);
    for (const auto &[endpoint, users] : _held)
        if (_receivers.connect_one(receiver, endpoint) != 0)
            return -1;
    return 0;
}

void data_connections_t::forget_receiver(receiver_id_t receiver)
{
    for (auto entry = _standing.begin(); entry != _standing.end();)
        entry = entry->first == receiver ? _standing.erase(entry) : std::next(entry);
    _retiring.erase(std::remove_if(_retiring.begin(), _retiring.end(),
                                   [&](const retiring_t &entry) { return entry.receiver == receiver; }),
                    _retiring.end());
}

// --- connections ---------------------------------------------------------------------------------------

bool data_connections_t::stands(receiver_id_t receiver, const std::string &endpoint) const
{
    endpoint_t parsed;
    return (parse_endpoint(endpoint, parsed) && parsed.scheme == scheme_t::inproc) ||
           _standing.count({receiver, endpoint}) > 0;
}

void data_connections_t::make_anew(receiver_id_t receiver, const std::string &endpoint)
{
    if (!_receivers.has(receiver))
        return;
    _standing.erase({receiver, endpoint});
    _receivers.retire_one(receiver, endpoint);
    _receivers.connect_one(receiver, endpoint);
}

void data_connections_t::made(receiver_id_t receiver, const std::string &endpoint)
{
    _standing.emplace(receiver, endpoint);
}

void data_connections_t::tries_again(receiver_id_t receiver, const std::string &endpoint)
{
    const auto is_it = [&](const ended_t &it) { return it.receiver == receiver && it.endpoint == endpoint; };
    _ended.erase(std::remove_if(_ended.begin(), _ended.end(), is_it), _ended.end());
}

bool data_connections_t::ended(receiver_id_t receiver, const std::string &endpoint)
{
    const bool stood = _standing.erase({receiver, endpoint}) > 0;
    const bool retired = finish_if(
        [&](const retiring_t &entry) { return entry.receiver == receiver && entry.endpoint == endpoint; });
    if (stood && !retired) // without memory the missing echo shows it, later
        attempt([&] { _ended.push_back({receiver, endpoint, 0}); });
    return !retired;
}

// --- time ----------------------------------------------------------------------------------------------

void data_connections_t::finish(const retiring_t &entry)
{
    if (!_receivers.has(entry.receiver))
        return;
    if (!entry.endpoint.empty())
        _receivers.retire_one(entry.receiver, entry.endpoint);
    _receivers.remove_source_from(entry.receiver, entry.node, entry.may_return);
}

template <typename Predicate> bool data_connections_t::finish_if(Predicate which)
{
    const std::size_t before = _retiring.size();
    take_out_if(_retiring, [&](const retiring_t &entry) {
        if (which(entry))
            finish(entry);
        return which(entry);
    });
    return _retiring.size() != before;
}

void data_connections_t::end_retiring(millis_t passed)
{
    for (retiring_t &entry : _retiring)
        entry.left -= passed;
    finish_if([](const retiring_t &entry) { return entry.left <= 0; });
}

std::vector<data_connections_t::connection_t> data_connections_t::mend_given_up(millis_t passed)
{
    for (ended_t &it : _ended)
        it.waited += passed;
    const auto waits = [](const ended_t &it) { return it.waited < word_of_retry_ms; };
    const auto kept = std::stable_partition(_ended.begin(), _ended.end(), waits);
    const std::vector<ended_t> given_up(kept, _ended.end());
    _ended.erase(kept, _ended.end());
    std::vector<connection_t> mended;
    mended.reserve(given_up.size());
    for (const ended_t &it : given_up) {
        if (!_receivers.has(it.receiver) || stands(it.receiver, it.endpoint) || _held.count(it.endpoint) == 0)
            continue;
        make_anew(it.receiver, it.endpoint);
        mended.push_back({it.receiver, it.endpoint});
    }
    return mended;
}
}
