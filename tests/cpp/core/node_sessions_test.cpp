// Protects: how a node's session on the ROUTER begins and ends, which nodes are refused, and when fences are
// answered. No socket: the ROUTER's sending side is a fake.
#include <string>
#include <vector>

#include "fake_client_out.hpp"
#include "spot/cluster/node_sessions.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;
using wire::command_t;

namespace
{
using commands_t = std::vector<command_t>;

struct reception_t
{
    reception_t()
    {
        sessions.hello_heard = [this](const wire::hello_t &hello, const endpoint_t &) {
            heard.push_back(hello.node_id);
        };
        sessions.peers_for = [this](const distance_t &) { return peers; };
        sessions.node_left = [this](const wire::node_id_t &id) { left.push_back(id); };
        sessions.ends_heard = [this](wire::source_t, const std::vector<wire::stream_end_t> &list) {
            ends += list.size();
        };
        sessions.forget = [this](const std::string &address) { forget(address); };
        places.search = [](millis_t) {};
        wire::hello_t welcome;
        welcome.node_id = own;
        welcome.cluster = "here";
        sessions.set_welcome(welcome);
    }
    void forget(const std::string &address)
    {
        const client_t *const client = clients.find(address);
        if (!client)
            return;
        callers.forget_address(address);
        sessions.end_session(address, *client);
        clients.erase(address);
    }
    bool hello(const std::string &address, const wire::node_id_t &id, const std::string &cluster = "here",
               std::uint64_t features = wire::own_features, millis_t now = 0)
    {
        wire::hello_t hello;
        hello.node_id = id;
        hello.cluster = cluster;
        hello.features = features;
        hello.control_endpoint = "tcp://127.0.0.1:5";
        return take(wire::encode_hello(hello), [&](const wire::frame_views_t &frames) {
            return sessions.take_hello(address, false, frames, endpoint_t(), now);
        });
    }
    template <typename Take> static bool take(const wire::frames_t &frames, Take handler)
    {
        return handler({frames.begin(), frames.end()});
    }
    bool subs(const std::string &address, std::uint32_t receiver, std::vector<std::string> names)
    {
        return take(wire::encode_subs({receiver, std::move(names)}),
                    [&](const wire::frame_views_t &frames) { return sessions.take_subs(address, frames); });
    }

    const wire::node_id_t own = wire::node_id_t::random();
    const logger_t log{"reception"};
    std::vector<wire::node_id_t> heard, left;
    std::size_t ends = 0;
    wire::frames_t peers;
    shared_state_t state{own};
    publisher_t publisher;
    server_counters_t counters;
    clients_t clients;
    callers_t callers{client_backlog_limits_t(), std::make_shared<wakeup_t>()};
    fake_client_out_t out;
    client_places_t places{clients, callers, counters, log};
    node_sessions_t sessions{state, publisher, clients, callers, out, places, counters, log};
};

bool keeps_log(shared_state_t &state)
{
    bool began = false;
    state.local.add("probe", false, began);
    const bool kept = !state.local.take_log().changes.empty();
    state.local.remove("probe", began);
    state.local.take_log();
    return kept;
}
}

TEST_CASE("HELLO is answered by WELCOME each time, and by PEERS the first time")
{
    reception_t reception;
    const wire::node_id_t id = wire::node_id_t::random();
    reception.peers = wire::encode_peers({{"tcp://127.0.0.1:7", wire::node_id_t::random()}});
    CHECK(reception.hello(address_of("a"), id));
    CHECK(reception.out.take_commands(address_of("a")) == commands_t{command_t::welcome, command_t::peers});
    CHECK(reception.hello(address_of("a"), id));
    CHECK(reception.out.take_commands(address_of("a")) == commands_t{command_t::welcome});
    CHECK(reception.heard.size() == 2);
    CHECK(reception.clients.count(id) == 1);
}

TEST_CASE("a client that named one node cannot take another node's name")
{
    reception_t reception;
    const wire::node_id_t id = wire::node_id_t::random();
    CHECK(reception.hello(address_of("a"), id));
    CHECK_FALSE(reception.hello(address_of("a"), wire::node_id_t::random()));
    CHECK(reception.clients.find(address_of("a"))->node_id == id);
}

TEST_CASE("the log of topics is kept from the first session to the end of the last one")
{
    reception_t reception;
    CHECK_FALSE(keeps_log(reception.state));
    reception.hello(address_of("a"), wire::node_id_t::random());
    reception.hello(address_of("b"), wire::node_id_t::random());
    CHECK(keeps_log(reception.state));
    reception.sessions.take_bye(address_of("a"));
    CHECK(keeps_log(reception.state));
    reception.sessions.take_bye(address_of("b"));
    CHECK_FALSE(keeps_log(reception.state));
}

TEST_CASE("a node by two addresses has left, and its subscriptions are forgotten, with the last of them")
{
    reception_t reception;
    const wire::node_id_t id = wire::node_id_t::random();
    reception.hello(address_of("a"), id);
    reception.hello(address_of("b"), id);
    CHECK(reception.subs(address_of("a"), 1, {"t"}));
    CHECK(reception.state.subscribers.count("t") == 1);
    reception.sessions.take_bye(address_of("a"));
    CHECK(reception.left.empty());
    CHECK(reception.state.subscribers.count("t") == 1);
    reception.sessions.take_bye(address_of("b"));
    CHECK(reception.left == std::vector<wire::node_id_t>{id});
    CHECK(reception.state.subscribers.count("t") == 0);
    reception.sessions.take_bye(address_of("b")); // again, by nobody
    CHECK(reception.left.size() == 1);
}

TEST_CASE("a node of another cluster is refused, is told so if it understands that, and gets no session")
{
    reception_t reception;
    const std::string knows = address_of("a"), old = address_of("b");
    CHECK(reception.hello(knows, wire::node_id_t::random(), "elsewhere"));
    CHECK(reception.hello(old, wire::node_id_t::random(), "elsewhere", wire::feature_ends));
    CHECK(reception.out.take_commands(knows) == commands_t{command_t::refused});
    CHECK(reception.out.take_commands(old).empty());
    CHECK(reception.clients.addresses_of_nodes() == 0);
    CHECK(reception.heard.empty());
    CHECK(reception.sessions.is_refused(knows, 0));
    // It was renamed meanwhile.
    CHECK(reception.hello(knows, wire::node_id_t::random()));
    CHECK_FALSE(reception.sessions.is_refused(knows, 0));
}

TEST_CASE("a fence is answered at every address of its node, at once or when the node has said HELLO")
{
    reception_t reception;
    const wire::node_id_t id = wire::node_id_t::random();
    reception.sessions.fence({id, 1});
    reception.sessions.fence({wire::node_id_t::random(), 7});
    CHECK(reception.out.sent.empty());
    reception.hello(address_of("a"), id);
    CHECK(reception.out.take_commands(address_of("a")) == commands_t{command_t::welcome, command_t::fence});
    reception.hello(address_of("b"), id);
    CHECK(reception.out.take_commands(address_of("b")) == commands_t{command_t::welcome}); // answered already
    reception.sessions.fence({id, 2});
    CHECK(reception.out.take_commands(address_of("a")) == commands_t{command_t::fence});
    CHECK(reception.out.take_commands(address_of("b")) == commands_t{command_t::fence});
    CHECK(reception.state.subscribers.served() == std::vector<std::string>{id.hex()});
    reception.sessions.fence({reception.own, 3});
    CHECK(reception.out.sent.empty());
}

TEST_CASE("what only nodes may say is ignored from others, and what is malformed is told from that")
{
    reception_t reception;
    const std::string program = address_of("p");
    CHECK(reception.subs(program, 1, {"t"}));
    CHECK(reception_t::take(wire::encode_ends({1, {{"t", 5}}}), [&](const wire::frame_views_t &frames) {
        return reception.sessions.take_ends(program, frames);
    }));
    CHECK(reception_t::take(wire::encode_barrier({1, 5}), [&](const wire::frame_views_t &frames) {
        return reception.sessions.take_barrier(program, frames);
    }));
    CHECK(reception.counters.ignored.get() == 3);
    CHECK(reception.ends == 0);
    const wire::frame_views_t broken = {"\x0e"};
    CHECK_FALSE(reception.sessions.take_ends(program, broken));
    CHECK_FALSE(reception.sessions.take_barrier(program, broken));
    CHECK_FALSE(reception.sessions.take_losses(program, {"\x0c", "t"}));
    CHECK_FALSE(reception.sessions.take_subs(program, broken));
    CHECK_FALSE(reception.sessions.take_hello(program, false, broken, endpoint_t(), 0));
}

TEST_CASE("ends are told to nodes that know them; older ones have marks, absent ones are told of")
{
    reception_t reception;
    const wire::node_id_t id = wire::node_id_t::random(), old = wire::node_id_t::random();
    CHECK_FALSE(reception.sessions.tell_ends(id, {1, {{"t", 5}}}));
    reception.hello(address_of("a"), id);
    CHECK_FALSE(reception.sessions.has_older_nodes());
    reception.hello(address_of("o"), old, "here", 0);
    CHECK(reception.sessions.has_older_nodes());
    reception.out.sent.clear();
    CHECK(reception.sessions.tell_ends(id, {1, {{"t", 5}}}));
    CHECK(reception.sessions.tell_ends(old, {1, {{"t", 5}}}));
    CHECK(reception.out.take_commands(address_of("a")) == commands_t{command_t::ends});
    CHECK(reception.out.sent.empty());
    reception.out.without_room.insert(address_of("a"));
    CHECK_FALSE(reception.sessions.tell_ends(id, {1, {{"t", 5}}}));
}

TEST_CASE("reminders of other nodes go round, so that each node gets one")
{
    reception_t reception;
    for (const char *name : {"a", "b", "c"})
        reception.hello(address_of(name), wire::node_id_t::random());
    reception.peers = wire::encode_peers({{"tcp://127.0.0.1:7", wire::node_id_t::random()}});
    reception.out.sent.clear();
    for (int i = 0; i < 3; ++i)
        reception.sessions.remind_peers();
    for (const char *name : {"a", "b", "c"})
        CHECK(reception.out.take_commands(address_of(name)) == commands_t{command_t::peers});
}
