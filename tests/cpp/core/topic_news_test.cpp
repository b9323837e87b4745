// Protects: what nodes and other clients are told of the LOCAL topics, in which order, and what follows when
// there is no room. No socket: the ROUTER's sending side is a fake.
#include <string>
#include <vector>

#include "fake_client_out.hpp"
#include "spot/cluster/shared_state.hpp"
#include "spot/cluster/topic_news.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;
using wire::command_t;

namespace
{
using commands_t = std::vector<command_t>;

struct newsroom_t
{
    newsroom_t()
    {
        state.local.keep_log(true);
        news.set_own_id(own);
        news.expired = [this](const std::string &address) {
            expired.push_back(address);
            forget(address);
        };
        out.found_gone = [this](const std::string &address) { forget(address); };
    }
    void forget(const std::string &address)
    {
        const client_t *const client = clients.find(address);
        if (!client)
            return; // it was found to be gone once more
        clients.unname(client->node_id, address);
        clients.erase(address);
    }
    client_t &join(const std::string &address, std::uint64_t features = wire::own_features)
    {
        client_t &client = clients.at(address);
        clients.name(address, client, wire::node_id_t::random());
        client.features = features;
        client.session.begin(0);
        return client;
    }
    void add(const std::string &topic, bool shared = false)
    {
        bool began = false;
        REQUIRE(state.local.add(topic, shared, began));
    }
    wire::topics_t last_topics()
    {
        wire::topics_t topics;
        REQUIRE_FALSE(out.sent.empty());
        const wire::frames_t &frames = out.sent.back().frames;
        REQUIRE(wire::decode_topics({frames.begin(), frames.end()}, topics));
        return topics;
    }

    const wire::node_id_t own = wire::node_id_t::random();
    std::vector<std::string> expired;
    shared_state_t state{own};
    clients_t clients;
    fake_client_out_t out;
    topic_news_t news{state.local, clients, out};
};
}

TEST_CASE("a node that asked is told its list, its version, and then only what changed")
{
    newsroom_t room;
    room.join("a");
    room.add("t");
    room.news.tell_changes();
    CHECK(room.out.sent.empty()); // it has no list yet
    CHECK(room.news.answer("a", false) == 3);
    CHECK(room.out.take_commands("a") == commands_t{command_t::query_resp, command_t::topics});
    room.add("u");
    room.news.tell_changes();
    const wire::topics_t told = room.last_topics();
    REQUIRE(told.changes.size() == 1);
    CHECK(told.changes[0].topic == "u");
    CHECK(told.version == room.state.local.version());
    room.out.sent.clear();
    room.news.tell_changes();
    CHECK(room.out.sent.empty());
}

TEST_CASE("a program that asks gets the list alone, with its delimiter")
{
    newsroom_t room;
    room.add("t");
    room.news.answer("program", true);
    REQUIRE(room.out.sent.size() == 1);
    CHECK(room.out.sent[0].command() == command_t::query_resp);
    CHECK(room.out.sent[0].delimiter);
    CHECK(room.out.sent[0].load == load_t::answer);
}

TEST_CASE(
    "changes without room make a node stale: the list at the next heartbeat with room, no change before")
{
    newsroom_t room;
    room.join("a");
    room.join("b");
    room.news.answer("a", false);
    room.news.answer("b", false);
    room.out.sent.clear();
    room.out.without_room.insert("a");
    room.add("t");
    room.news.tell_changes();
    CHECK(room.out.take_commands("b") == commands_t{command_t::topics}); // others are told
    room.news.heartbeat(1, 1000);
    CHECK(room.out.sent.empty());
    room.out.without_room.clear();
    room.add("u");
    room.news.tell_changes();
    CHECK(room.out.take_commands("a").empty());
    room.out.sent.clear();
    room.news.heartbeat(2, 1000);
    REQUIRE(room.out.sent.size() == 2);
    CHECK(room.last_topics().changes.empty());
    room.out.sent.pop_back();
    CHECK(room.last_topics().version == 0); // a list
    CHECK(room.last_topics().changes.size() == 2);
    room.out.sent.clear();
    room.add("v");
    room.news.tell_changes();
    CHECK(room.out.take_commands("a") == commands_t{command_t::topics});
}

TEST_CASE("shared topics are told as such before they are told, to nodes that understand it")
{
    newsroom_t room;
    room.join("new");
    room.join("old", wire::feature_ends);
    room.news.answer("new", false);
    room.news.answer("old", false);
    room.out.sent.clear();
    room.add("t", true);
    room.news.tell_changes();
    CHECK(room.out.take_commands("new") == commands_t{command_t::shared, command_t::topics});
    CHECK(room.out.take_commands("old") == commands_t{command_t::topics});
    room.news.answer("new", false);
    CHECK(room.out.take_commands("new") ==
          commands_t{command_t::shared, command_t::query_resp, command_t::topics});
}

TEST_CASE("at heartbeats: silent nodes are told their version, new ones theirs once, dead ones are forgotten")
{
    newsroom_t room;
    room.join("new");
    room.join("silent").session.told_list(1);
    room.join("lively").session.told_list(1);
    room.news.heartbeat(999, 1000);
    CHECK(room.out.sent.empty());
    room.clients.find("lively")->session.heard(2000);
    room.news.heartbeat(2000, 1000);
    CHECK(room.out.take_commands("new") == commands_t{command_t::topics});
    CHECK(room.out.take_commands("silent") == commands_t{command_t::topics});
    CHECK(room.out.sent.empty());
    room.news.heartbeat(registry::session_t::expiry_ms + 1, 1000);
    CHECK(room.expired.size() == 2);
    CHECK(room.clients.find("lively") != nullptr);
    CHECK(room.clients.addresses_of_nodes() == 1);
}

TEST_CASE("a node whose connection ends while it is told is no trouble for the others")
{
    newsroom_t room;
    for (const char *address : {"a", "b", "c"}) {
        room.join(address);
        room.news.answer(address, false);
    }
    room.out.sent.clear();
    room.out.gone.insert("b");
    room.add("t", true);
    room.news.tell_changes();
    CHECK(room.clients.find("b") == nullptr);
    CHECK(room.out.take_commands("a").size() == 2);
    CHECK(room.out.take_commands("c").size() == 2);
    room.out.gone.insert("a");
    room.news.answer("a", false);
    CHECK(room.clients.find("a") == nullptr);
}

TEST_CASE("a probe tells nothing, and no client is no trouble")
{
    newsroom_t room;
    room.add("t");
    room.clients.at("program").delimiter = true;
    room.news.probe("program");
    CHECK(room.last_topics().changes.empty());
    CHECK(room.out.sent[0].delimiter);
    room.news.probe("no such client");
    CHECK(room.out.sent.size() == 1);
}
