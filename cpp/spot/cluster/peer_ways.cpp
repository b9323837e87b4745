#include "spot/cluster/peer_ways.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spot
{
namespace
{
constexpr std::size_t ends_per_message = 4096;
constexpr int messages_per_heartbeat = 16;
}

void peer_ways_t::open(peer_t &peer, const std::string &ingress)
{
    if (peer.way && peer.ingress_endpoint == ingress)
        return;
    abandon(peer);
    peer.ingress_endpoint = ingress;
    if (ingress.empty())
        return;
    auto link = std::make_shared<link_t>();
    link_options_t options;
    options.send_hwm = _options.send_hwm;
    options.send_hwm_bytes = _options.send_hwm_bytes;
    options.linger_ms = _options.linger_ms;
    options.block = _options.overflow == overflow_t::block;
    options.flusher = _publisher.flusher();
    if (link->open(_ctx, options, ingress, _own) == 0)
        peer.way = std::move(link);
    _reasons.show(peer);
}

void peer_ways_t::abandon(peer_t &peer)
{
    const std::shared_ptr<way_t> way = peer.way;
    if (!way)
        return;
    const std::uint64_t lost = way->abandon(); // or throws, and has done nothing
    peer.way.reset();
    _counters.overflowed.add(lost);
    peer.counters->overflowed.add(lost);
    _reasons.show(peer);
}

void peer_ways_t::tend(peer_t &peer, millis_t now)
{
    if (!peer.way && !peer.ingress_endpoint.empty()) {
        const std::string ingress = peer.ingress_endpoint; // there was no descriptor for it
        open(peer, ingress);
    }
    if (!peer.way)
        return;
    peer.way->note_life(peer.handshake.is_up() && peer.node.liveness().lively(now));
    peer.way->settle(false);
    tell_ends(peer);
}

bool peer_ways_t::send_barrier(peer_t &peer, const wire::barrier_t &barrier)
{
    const auto &shake = peer.handshake;
    if (!peer.way || !shake.has_id())
        return false;
    peer.way->send_barrier(shake.id(), barrier.number);
    return true;
}

void peer_ways_t::count_losses(peer_t &peer, const std::vector<wire::loss_entry_t> &losses)
{
    for (const wire::loss_entry_t &loss : losses) {
        _counters.overflowed.add(loss.count);
        peer.counters->overflowed.add(loss.count);
        const std::shared_ptr<outlet_t> outlet = peer.way ? peer.way->find(loss.topic) : nullptr;
        if (outlet)
            outlet->overflowed.add(loss.count);
    }
}

// An end that cannot be told now is told at the next heartbeat.
void peer_ways_t::tell_ends(peer_t &peer)
{
    const auto &shake = peer.handshake;
    const bool takes_ends = (peer.announced.features & wire::feature_ends) != 0;
    peer.way->want_marks(!takes_ends);
    const bool all = peer.all_ends_untold;
    peer.all_ends_untold = true; // unless all goes well
    std::vector<wire::stream_end_t> fresh = peer.way->take_ends();
    if (!takes_ends || !shake.is_up())
        return;
    std::vector<wire::stream_end_t> &untold = peer.untold_ends;
    if (all)
        untold = peer.way->all_ends();
    else
        std::move(fresh.begin(), fresh.end(), std::back_inserter(untold));
    for (int messages = 0; !untold.empty() && messages < messages_per_heartbeat; ++messages) {
        wire::ends_t ends;
        const std::size_t count = std::min(untold.size(), ends_per_message);
        const auto first = untold.end() - static_cast<std::ptrdiff_t>(count);
        std::move(first, untold.end(), std::back_inserter(ends.ends));
        untold.erase(first, untold.end());
        if (peer.node.send(wire::encode_ends(ends)))
            continue;
        untold.clear();
        return;
    }
    peer.all_ends_untold = false;
}
}
