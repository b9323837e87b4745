// Protects: a subscriber that asks for too much, or takes nothing, is cut off alone and counted.
#include "raw.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
constexpr std::size_t few_topics = 100;

std::string data_endpoint_of(raw_ctx_t &ctx, const std::string &control)
{
    raw_socket_t dealer(ctx, ZMQ_DEALER);
    dealer.connect(control);
    wire::hello_t hello;
    hello.node_id = wire::node_id_t::random();
    dealer.send(wire::encode_hello(hello));
    const frames_t in = dealer.recv_command(wire::command_t::welcome);
    wire::hello_t answer;
    REQUIRE(wire::decode_hello({in.begin(), in.end()}, answer));
    return answer.data_endpoint;
}

options_t narrow_minded()
{
    options_t options = quick();
    options.max_topics_per_peer = few_topics;
    return options;
}

// A SUB that asks for so many names once: it would again only if it were read.
struct greedy_t
{
    greedy_t(raw_ctx_t &ctx, const std::string &endpoint, std::size_t count, std::size_t length)
        : socket(ctx, ZMQ_SUB)
    {
        for (std::size_t i = 0; i < count; ++i) {
            std::string name = std::to_string(i);
            name.resize(length, 'x');
            socket.subscribe(name);
        }
        socket.connect(endpoint);
    }

    raw_socket_t socket;
};
}

TEST_CASE("whoever subscribes to more names than a peer may have topics is cut off, and nobody else")
{
    const std::string path = "ipc:///tmp/spot-core-cut-" + node_ptr(make_client())->node_id();
    for (const std::string &address : {std::string("tcp://127.0.0.1:0"), path}) {
        const node_ptr owner = make_server({"t"}, address, nullptr, narrow_minded());
        const node_ptr friendly = make_client();
        join(*friendly, *owner);
        subscribe(*friendly, {"t"});
        raw_ctx_t ctx;
        const std::string endpoint = data_endpoint_of(ctx, owner->endpoint());
        greedy_t modest(ctx, endpoint, few_topics, 8);
        greedy_t greedy(ctx, endpoint, few_topics + 1, 8);
        CHECK(eventually([&] { return owner->stats().cut_off == 1; }));
        greedy_t wordy(ctx, endpoint, few_topics / 2, 200);
        CHECK(eventually([&] { return owner->stats().cut_off == 2; }));
        REQUIRE_OK(owner->publish("t", "still there"));
        CHECK(receive_text(*friendly) == "t=still there");
        CHECK(friendly->stats().lost == 0);
    }
}

TEST_CASE("names that come and go are not counted for ever")
{
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, narrow_minded());
    const node_ptr node = make_client();
    join(*node, *owner);
    for (std::size_t i = 0; i < 3 * few_topics; ++i) {
        const std::string name = "t" + std::to_string(i);
        REQUIRE_OK(node->subscribe_many({name, "t"}, true));
        REQUIRE_OK(node->unsubscribe(name));
    }
    REQUIRE_OK(owner->publish("t", "once"));
    CHECK(receive_text(*node) == "t=once");
    CHECK(owner->stats().cut_off == 0);
}

TEST_CASE("a subscriber that takes nothing for stall_timeout_ms is cut off, which shows at both ends")
{
    options_t options = quick(100);
    options.send_hwm = 20;
    options.recv_hwm = 20;
    options.stall_timeout_ms = 300;
    const node_ptr owner = make_server({"t"}, "tcp://127.0.0.1:0", nullptr, options);
    const node_ptr idle = make_client(nullptr, options), reader = make_client(nullptr, options);
    for (const node_ptr *node : {&idle, &reader}) {
        join(**node, *owner);
        subscribe(**node, {"t"});
    }
    const std::string payload(64 * 1024, 'x');
    std::uint64_t sent = 0, received = 0;
    const auto exchange = [&] {
        REQUIRE_OK(owner->publish("t", payload));
        ++sent;
        while (!receive(*reader, 0).topic.empty())
            ++received;
    };
    CHECK(eventually([&] {
        exchange();
        return owner->stats().cut_off == 1;
    }));
    // It finds its way back by itself, and what it did not get is known to both.
    std::uint64_t late = 0;
    CHECK(eventually([&] {
        while (!receive(*idle, 0).topic.empty())
            ++late;
        while (!receive(*reader, 0).topic.empty())
            ++received;
        return late + idle->stats().lost == sent && received + reader->stats().lost == sent;
    }));
    CHECK(idle->stats().lost > 0);
    CHECK(eventually([&] { return owner->stats().overflowed == idle->stats().lost + reader->stats().lost; }));
    CHECK(owner->stats().cut_off == 1);
    REQUIRE_OK(owner->publish("t", "back"));
    CHECK(receive_text(*idle) == "t=back");
}
