#include "spot/cluster/subscription_reports.hpp"

#include <algorithm>
#include <map>
#include <new>
#include <optional>
#include <unordered_set>
#include <utility>

#include "spot/base/no_memory.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr std::size_t names_per_message = wire::max_control_frames - 3;
}

void subscription_reports_t::changed(receiver_id_t receiver)
{
    for (auto &[key, peer] : _table) {
        bool awaited = false;
        _operations.each_unconfirmed(peer->handshake.id(), receiver,
                                     [&](const std::vector<std::string> &) { awaited = true; });
        if (!awaited)
            peer->subs.changed(receiver);
    }
    _own_subs.changed(receiver);
    attempt([&] { report(now_ms()); }); // or the next turn does
}

void subscription_reports_t::fence_left(const wire::node_id_t &id, receiver_id_t receiver)
{
    for (auto &[key, peer] : _table)
        if (peer->handshake.id() == id && !attempt([&, to = peer.get()] { to->subs.changed(receiver); }))
            peer->subscriptions_missed = true;
}

void subscription_reports_t::report(millis_t now)
{
    std::map<receiver_id_t, wire::subs_t> lists;
    const auto known_list_of = [&](receiver_id_t receiver) -> const wire::subs_t & {
        const auto known = lists.find(receiver);
        return known != lists.end() ? known->second
                                    : lists.emplace(receiver, list_of(receiver)).first->second;
    };
    const auto report = [&](subs_schedule_t &schedule, auto tell) {
        if (now < schedule.due_at())
            return;
        std::size_t count = 0;
        while (const std::optional<receiver_id_t> receiver = schedule.next()) {
            const wire::subs_t &subs = known_list_of(*receiver);
            count += subs.names.size();
            tell(subs);
            schedule.told(*receiver);
        }
        schedule.pause(now, count);
    };
    report(_own_subs,
           [&](const wire::subs_t &subs) { _state.subscribers.set(_own, subs.receiver_id, subs.names); });
    for (auto &[key, peer] : _table)
        report(peer->subs, [&, to = peer.get()](const wire::subs_t &subs) { tell(*to, subs); });
}

millis_t subscription_reports_t::due_at() const
{
    millis_t due_at = _own_subs.due_at();
    for (const auto &[key, peer] : _table)
        due_at = std::min(due_at, peer->subs.due_at());
    return due_at;
}

wire::subs_t subscription_reports_t::list_of(receiver_id_t id)
{
    wire::subs_t subs;
    subs.receiver_id = id;
    if (const receiver_t *const receiver = _receivers.find(id))
        subs.names = receiver->subscriptions();
    if (subs.names.size() > names_per_message)
        subs.names.resize(names_per_message);
    return subs;
}

void subscription_reports_t::leave_out_unconfirmed(const peer_t &peer, wire::subs_t &subs) const
{
    std::unordered_set<std::string> unconfirmed;
    _operations.each_unconfirmed(
        peer.handshake.id(), subs.receiver_id,
        [&](const std::vector<std::string> &added) { unconfirmed.insert(added.begin(), added.end()); });
    if (unconfirmed.empty())
        return;
    subs.names.erase(std::remove_if(subs.names.begin(), subs.names.end(),
                                    [&](const std::string &name) { return unconfirmed.count(name) > 0; }),
                     subs.names.end());
}

void subscription_reports_t::tell(peer_t &peer, wire::subs_t subs)
{
    // One that is not UP gets all when it is.
    if (!peer.handshake.takes_subscriptions())
        return;
    // Those of a new connection are all on their way.
    if (peer.owes_echo(subs.receiver_id))
        return;
    leave_out_unconfirmed(peer, subs);
    if (subs.names.empty() && peer.told_receivers.count(subs.receiver_id) == 0)
        return;
    peer.told_receivers.insert(subs.receiver_id);
    if (!peer.node.send(wire::encode_subs(subs))) {
        peer.subscriptions_missed = true;
        return;
    }
    if (subs.names.empty())
        peer.told_receivers.erase(subs.receiver_id);
}

void subscription_reports_t::tell_all(peer_t &peer)
{
    peer.subscriptions_missed = false;
    try {
        const std::set<receiver_id_t> told = peer.told_receivers;
        for (const receiver_id_t receiver : told)
            if (!_receivers.find(receiver))
                tell(peer, list_of(receiver));
        _receivers.each([&](receiver_id_t receiver, receiver_t &) { tell(peer, list_of(receiver)); });
    } catch (const std::bad_alloc &) {
        peer.subscriptions_missed = true;
        throw;
    }
    peer.subs.forget();
}
}
