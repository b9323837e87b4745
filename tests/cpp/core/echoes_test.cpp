// Protects the echoes that a peer owes: one for each receiver, a fresh token for each connection that is
// made, and connections over which no echo comes are made anew.
#include "spot/cluster/echoes.hpp"

#include <doctest/doctest.h>

#include "recorded_receivers.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
const std::string data_place = "tcp://127.0.0.1:7001";
const wire::node_id_t asking_node = node_numbered(1), answering_node = node_numbered(2);

struct echo_bench_t
{
    echo_bench_t()
    {
        receivers.all = {0, 1};
        parse_endpoint("tcp://127.0.0.1:7000", endpoint);
        peer = std::make_unique<peer_t>(1, endpoint.text(), endpoint, node_options_t(), asking_node);
        peer->handshake.connected();
        peer->handshake.welcomed(answering_node);
        peer->handshake.adopt(answering_node);
        peer->handshake.adopted();
        peer->handshake.located();
        peer->handshake.listed();
        peer->data_endpoint = data.use(answering_node, data_place);
        receivers.take();
    }
    std::uint64_t counter_of(receiver_id_t receiver) { return peer->find_echo(receiver)->counter; }
    bool is_ready() { return peer->handshake.advance().has(action_t::meet); }
    void wait(millis_t passed)
    {
        for (peer_t::echo_t &echo : peer->echoes)
            echo.waited += passed;
    }

    const logger_t log{"test"};
    recorded_receivers_t receivers;
    fence_tokens_t tokens{receivers, asking_node};
    data_connections_t data{receivers, 2000};
    echoes_t echoes{receivers, tokens, data, log};
    endpoint_t endpoint;
    std::unique_ptr<peer_t> peer;
};
}

TEST_CASE("a peer is ready when the echo of every receiver has come, and a strange one does not count")
{
    echo_bench_t bench;
    bench.echoes.begin(*bench.peer);
    CHECK(bench.peer->echoes.size() == 2);
    CHECK_FALSE(bench.echoes.came(*bench.peer, 4711));
    CHECK(bench.echoes.came(*bench.peer, bench.counter_of(1)) == receiver_id_t{1});
    CHECK_FALSE(bench.is_ready());
    CHECK(echoes_t::in_effect(*bench.peer, 1));
    CHECK_FALSE(echoes_t::in_effect(*bench.peer, 0));
    CHECK(bench.echoes.came(*bench.peer, bench.counter_of(0)) == receiver_id_t{0});
    CHECK(bench.is_ready());
    CHECK(bench.tokens.subscribed() == 0);
}

TEST_CASE("a receiver that goes is not waited for")
{
    echo_bench_t bench;
    bench.echoes.begin(*bench.peer);
    bench.echoes.came(*bench.peer, bench.counter_of(0));
    CHECK_FALSE(bench.echoes.forget_receiver(*bench.peer, 0)); // it owes that one nothing
    CHECK(bench.echoes.forget_receiver(*bench.peer, 1));
    CHECK(bench.is_ready());
}

TEST_CASE("a new token replaces the last one, whose echo then means nothing")
{
    echo_bench_t bench;
    bench.echoes.begin(*bench.peer);
    const std::uint64_t before = bench.counter_of(0);
    bench.echoes.await(*bench.peer, 0);
    CHECK(bench.peer->echoes.size() == 2);
    CHECK(bench.tokens.subscribed() == 2);
    CHECK_FALSE(bench.echoes.came(*bench.peer, before));
}

TEST_CASE("a peer without a data port owes no echo, and one that is held off is asked for none")
{
    echo_bench_t bench;
    SUBCASE("no data port")
    {
        bench.peer->data_endpoint.clear();
        bench.echoes.begin(*bench.peer);
        CHECK(bench.is_ready());
    }
    SUBCASE("held off")
    {
        bench.peer->confirmation.gave_up(true);
        bench.peer->confirmation.gave_up(true);
        bench.echoes.begin(*bench.peer);
        CHECK_FALSE(bench.is_ready());
    }
    CHECK(bench.peer->echoes.empty());
    CHECK(bench.receivers.take().empty());
}

TEST_CASE(
    "a connection that stands is made anew after a second without an echo, one that is being made later")
{
    echo_bench_t bench;
    bench.data.made(0, data_place);
    bench.echoes.begin(*bench.peer);
    bench.receivers.take();
    bench.wait(1000);
    CHECK_FALSE(bench.echoes.retry(*bench.peer)); // the one that is made anew did stand
    const std::vector<std::string> calls = bench.receivers.take();
    CHECK(std::count(calls.begin(), calls.end(), "retire 0 " + data_place) == 1);
    CHECK(std::count(calls.begin(), calls.end(), "retire 1 " + data_place) == 0);
    CHECK_FALSE(bench.echoes.reaches_data(*bench.peer));
    bench.wait(stuck_connection_ms - 1000);
    CHECK(bench.echoes.retry(*bench.peer)); // the other one never stood
}
