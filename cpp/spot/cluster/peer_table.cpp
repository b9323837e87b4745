#include "spot/cluster/peer_table.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spot
{
namespace
{
// The key of one peer with that name; 0: there is none.
template <typename Index> peer_key_t key_in(const Index &index, const typename Index::key_type &name)
{
    const auto found = index.find(name);
    return found == index.end() ? 0 : found->second;
}

template <typename Index> void take_out_of(Index &index, const typename Index::key_type &name, peer_key_t key)
{
    const auto [first, last] = index.equal_range(name);
    const auto found = std::find_if(first, last, [&](const auto &entry) { return entry.second == key; });
    if (found != last)
        index.erase(found);
}
}

// --- the records ---------------------------------------------------------------------------------------

peer_t &peer_table_t::add(std::unique_ptr<peer_t> peer)
{
    peer_t &added = *peer;
    _peers.emplace(_next_key, std::move(peer));
    ++_next_key;
    return added;
}

void peer_table_t::forget(const peer_t &peer)
{
    const auto drop = [&](auto &places) {
        for (auto place = places.begin(); place != places.end();)
            place = place->second == peer.key() ? places.erase(place) : std::next(place);
    };
    drop(_by_endpoint);
    drop(_by_id);
    drop(_by_address);
}

// --- finding one ---------------------------------------------------------------------------------------

peer_t *peer_table_t::find(peer_key_t key) const
{
    const auto found = _peers.find(key);
    return found == _peers.end() ? nullptr : found->second.get();
}

peer_t *peer_table_t::find(const endpoint_t &endpoint) const
{
    return find(key_in(_by_endpoint, endpoint.text()));
}

peer_t *peer_table_t::find_at(const endpoint_t &address) const
{
    if (peer_t *const peer = find(address))
        return peer;
    return find(key_in(_by_address, address.text()));
}

peer_t *peer_table_t::find(const wire::node_id_t &id) const
{
    return find(key_in(_by_id, id));
}

// --- indexes -------------------------------------------------------------------------------------------

void peer_table_t::index_addresses(const peer_t &peer)
{
    for (const std::string &host : peer.node.hosts())
        _by_address.emplace(with_host(peer.node.endpoint(), host), peer.key());
}

void peer_table_t::unindex_addresses(const peer_t &peer)
{
    for (const std::string &host : peer.node.hosts())
        take_out_of(_by_address, with_host(peer.node.endpoint(), host), peer.key());
}

void peer_table_t::unindex_id(const wire::node_id_t &id, const peer_t &peer)
{
    take_out_of(_by_id, id, peer.key());
}

// --- claims of ids -------------------------------------------------------------------------------------

void peer_table_t::claim_id(peer_t &peer)
{
    index_id(peer.handshake.id(), peer);
    peer.claim = _next_claim++;
}

bool peer_table_t::same_place(const peer_t &one, const peer_t &other)
{
    return one.node.has_address() && one.node.address().text() == other.node.address().text();
}

bool peer_table_t::speaks_for_id(const peer_t &peer) const
{
    const wire::node_id_t &id = peer.handshake.id();
    const auto [first, last] = _by_id.equal_range(id);
    return std::none_of(first, last, [&](const auto &entry) {
        const peer_t *const other = find(entry.second);
        return other && other != &peer && other->handshake.id() == id && other->claim < peer.claim &&
               !other->handshake.is_down() && !other->origin.leaving && !same_place(peer, *other);
    });
}

bool peer_table_t::is_established(const wire::node_id_t &id) const
{
    const auto [first, last] = _by_id.equal_range(id);
    return std::any_of(first, last, [&](const auto &entry) {
        const peer_t *const peer = find(entry.second);
        return peer && peer->handshake.id() == id && !peer->handshake.is_down() && !peer->origin.leaving;
    });
}

// --- those that go -------------------------------------------------------------------------------------

peer_t *peer_table_t::least_wanted() const
{
    std::unordered_map<std::string, std::size_t> told;
    peer_t *least = nullptr;
    for (const auto &[key, peer] : _peers) {
        if (!peer->origin.learned)
            continue;
        if (!peer->handshake.is_up())
            return peer.get();
        ++told[peer->origin.teller];
        if (!least || told[peer->origin.teller] >= told[least->origin.teller])
            least = peer.get();
    }
    return least;
}

void peer_table_t::dismiss(peer_t &peer)
{
    if (peer.origin.leaving)
        return;
    _leaving.push_back(peer.key());
    peer.origin.leaving = true;
}
}
