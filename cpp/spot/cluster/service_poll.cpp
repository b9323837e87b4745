// service_t: which sockets it looks at in a turn, and for how long.
#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "spot/base/slice.hpp"
#include "spot/cluster/service.hpp"

namespace spot
{
namespace
{
constexpr std::size_t never_polled = std::numeric_limits<std::size_t>::max();
// How long one turn works at the messages of one peer, and of all peers. The rest waits for the next turn, so
// that one peer's long list does not make this node late for the others.
constexpr std::chrono::microseconds peer_slice{2000};
constexpr std::chrono::microseconds peers_slice{20000};
}

bool service_t::must_look(socket_t &socket, std::size_t entry) const
{
    return socket.is_open() && (socket.touched() || entry == never_polled || _polled.ready(entry));
}

// A peer with many messages takes its share of the turn. When the share of all peers is used up, the peers
// that were not looked at come first in the next turn.
void service_t::process_peers(millis_t now)
{
    slice_t all(peers_slice);
    const auto entry_of = [this](peer_key_t key) {
        const auto found =
            std::lower_bound(_peer_entries.begin(), _peer_entries.end(), std::make_pair(key, std::size_t{0}));
        return found != _peer_entries.end() && found->first == key ? found->second : never_polled;
    };
    _peers_left = !_peers.rooms().table.each_from(_next_peer, [&](peer_t &peer) {
        if (!peer.unfinished() && !must_look(peer.node.socket(), entry_of(peer.key())))
            return true;
        if (all.over_now()) {
            _next_peer = peer.key();
            return false;
        }
        slice_t slice(peer_slice);
        _peers.process(peer, now, slice);
        return true;
    });
    slice_t slice(peer_slice);
    _peers.rooms().mirror.drop(slice);
}

void service_t::poll()
{
    _router_entry = _relay_entry = _publisher_entry = never_polled;
    _peer_entries.clear();
    _polled.clear();
    _polled.add(_mailbox->wakeup().fd());
    _publisher_entry = _polled.add(_publisher.sink().fd());
    _receivers.poll(_polled);
    bool look_again = _receivers.touched() || _subscriptions_left || _peers_left ||
                      _peers.rooms().mirror.dropping() || _ends.busy();
    if (_server.router().is_open()) {
        _router_entry = _polled.add(_server.router().fd());
        _relay_entry = _polled.add(_server.relay().socket().fd());
        look_again = look_again || _server.unfinished() || _server.relay().unfinished() ||
                     _server.router().touched() || _server.relay().socket().touched();
    }
    _peers.rooms().table.each([&](peer_t &peer) {
        _peer_entries.emplace_back(peer.key(), _polled.add(peer.node.socket().fd()));
        look_again = look_again || peer.unfinished() || peer.node.socket().touched();
    });

    millis_t until = std::min({_next_tick, _operations.next_deadline(), _membership.next_telling()});
    if (_publishing)
        until = std::min(until, _next_look);
    if (_state.local.log_waits())
        until = std::min(until, _tell_changes_at);
    until = std::min(until, _peers.rooms().reports.due_at());
    if (_awaits_ends)
        until = std::min(until, _next_look_at_ends);
    const millis_t left = std::max<millis_t>(0, until - now_ms());
    _polled.wait(look_again ? 0 : left);
}
}
