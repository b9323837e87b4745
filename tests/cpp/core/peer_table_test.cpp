// Protects how peers are found, which of two peers with one id is believed, and which learned peer makes
// room.
#include "spot/cluster/peer_table.hpp"

#include <doctest/doctest.h>

#include "recorded_receivers.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
const wire::node_id_t this_node = node_numbered(1), that_node = node_numbered(2);

peer_t &add_peer(peer_table_t &table, const std::string &text)
{
    endpoint_t endpoint;
    REQUIRE(parse_endpoint(text, endpoint));
    peer_t &peer =
        table.add(std::make_unique<peer_t>(table.next_key(), text, endpoint, node_options_t(), this_node));
    table.index_endpoint(peer);
    return peer;
}

void bring_up(peer_table_t &table, peer_t &peer, const wire::node_id_t &id)
{
    peer.handshake.connected();
    peer.handshake.welcomed(id);
    peer.handshake.adopt(id);
    table.claim_id(peer);
    peer.handshake.adopted();
    peer.handshake.located();
    peer.handshake.begin();
    peer.handshake.echoes_begun();
    peer.handshake.listed();
    peer.handshake.advance();
    REQUIRE(peer.handshake.is_up());
}
}

TEST_CASE("a peer is found by key, endpoint, address and id, and by none of them when it is forgotten")
{
    peer_table_t table;
    peer_t &peer = add_peer(table, "tcp://somewhere:7000");
    peer.node.take_addresses({"127.0.0.9"}, 0);
    table.index_addresses(peer);
    table.index_id(that_node, peer);
    endpoint_t address = peer.node.endpoint();
    address.host = "127.0.0.9";
    CHECK(table.find(peer.key()) == &peer);
    CHECK(table.find(peer.node.endpoint()) == &peer);
    CHECK(table.find_at(address) == &peer);
    CHECK(table.find(address) == nullptr);
    CHECK(table.find(that_node) == &peer);
    table.forget(peer);
    CHECK(table.find(peer.node.endpoint()) == nullptr);
    CHECK(table.find_at(address) == nullptr);
    CHECK(table.find(that_node) == nullptr);
    CHECK(table.find(peer.key()) == &peer);
    table.erase(peer.key());
    CHECK(table.size() == 0);
}

TEST_CASE(
    "of two peers with one id the first speaks for it, until it is DOWN or leaves; both do at one place")
{
    peer_table_t table;
    peer_t &first = add_peer(table, "tcp://127.0.0.1:7000"),
           &second = add_peer(table, "tcp://127.0.0.2:7000");
    bring_up(table, first, that_node);
    bring_up(table, second, that_node);
    CHECK(table.speaks_for_id(first));
    CHECK_FALSE(table.speaks_for_id(second));
    SUBCASE("DOWN")
    {
        first.handshake.silent();
    }
    SUBCASE("leaving")
    {
        table.dismiss(first);
    }
    CHECK(table.speaks_for_id(second));
    CHECK(table.is_established(that_node));
    second.handshake.silent();
    CHECK(table.is_established(that_node) == false);
}

TEST_CASE("a learned link to a node that is UP goes, unless it had the id first and is there")
{
    peer_table_t table;
    peer_t &learned = add_peer(table, "tcp://127.0.0.1:7000"),
           &added = add_peer(table, "tcp://127.0.0.2:7000");
    learned.origin.learned = true;
    bring_up(table, learned, that_node);
    bring_up(table, added, that_node);
    std::vector<const peer_t *> staying;
    const auto stays = [&](const peer_t &peer) { staying.push_back(&peer); };
    CHECK(table.second_links(added, stays).empty());
    CHECK(staying == std::vector<const peer_t *>{&learned});
    learned.handshake.silent();
    CHECK(table.second_links(added, stays) == std::vector<peer_t *>{&learned});
}

TEST_CASE("a learned peer that is not UP makes room first, then one of the teller that told of the most")
{
    peer_table_t table;
    CHECK(table.least_wanted() == nullptr);
    add_peer(table, "tcp://127.0.0.1:7000"); // the user's own
    CHECK(table.least_wanted() == nullptr);
    std::vector<peer_t *> learned;
    for (int number = 1; number <= 3; ++number) {
        learned.push_back(&add_peer(table, "tcp://127.0.0.1:710" + std::to_string(number)));
        learned.back()->origin.learned = true;
        learned.back()->origin.teller = number == 1 ? "quiet" : "talkative";
        bring_up(table, *learned.back(), node_numbered(static_cast<std::uint8_t>(10 + number)));
    }
    CHECK(table.least_wanted()->origin.teller == "talkative");
    learned[0]->handshake.silent();
    CHECK(table.least_wanted() == learned[0]);
}

TEST_CASE("a peer that is dismissed is handed out once, and again if that finds no memory")
{
    peer_table_t table;
    peer_t &peer = add_peer(table, "tcp://127.0.0.1:7000");
    table.dismiss(peer);
    table.dismiss(peer);
    CHECK_THROWS_AS(table.sweep([](peer_t &) { throw std::bad_alloc(); }), std::bad_alloc);
    int swept = 0;
    table.sweep([&](peer_t &) { ++swept; });
    table.sweep([&](peer_t &) { ++swept; });
    CHECK(swept == 1);
}
