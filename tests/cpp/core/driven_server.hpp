// The server of a node without its thread: it reads, sends and forgets only when a test tells it to.
#pragma once

#include <memory>
#include <string>

#include "spot/cluster/server.hpp"
#include "support.hpp"

namespace spot::test
{
struct driven_server_t
{
    driven_server_t()
    {
        REQUIRE_OK(publisher.open(ctx, publisher_options_t(), own, id));
        server.nodes().hello_heard = [](const wire::hello_t &, const endpoint_t &) {};
        server.nodes().peers_for = [](const distance_t &) { return wire::frames_t(); };
        server.nodes().node_left = [](const wire::node_id_t &) {};
        wire::hello_t welcome;
        welcome.node_id = id;
        server.set_welcome(welcome);
        REQUIRE_OK(server.open(ctx, 0, "tcp://127.0.0.1:*", own, bound));
    }
    ~driven_server_t()
    {
        server.close();
        publisher.close();
        ctx->terminate();
    }
    template <typename Condition> bool process_until(Condition condition)
    {
        return eventually([&] {
            slice_t slice(std::chrono::seconds(1));
            server.process(now_ms(), slice);
            return condition();
        });
    }
    void add(const std::string &topic)
    {
        bool began = false;
        REQUIRE(state.local.add(topic, false, began));
    }

    const wire::node_id_t id = wire::node_id_t::random();
    const std::string own = "inproc://driven-" + id.hex();
    const logger_t log{"driven"};
    std::shared_ptr<ctx_state_t> ctx = ctx_state_t::create(1);
    shared_state_t state{id};
    publisher_t publisher;
    server_counters_t counters;
    server_t server{state, publisher, counters, log, options_t(), std::make_shared<wakeup_t>()};
    std::string bound;
};
}
