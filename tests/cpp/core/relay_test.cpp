// Protects: plain subscribers get the node's messages in order and whole; with overflow "block" all wait for
// one that has no room, otherwise it misses messages and that is counted. The ROUTER's sending side is a
// fake; the messages come from a real XPUB.
#include <string>
#include <vector>

#include "fake_client_out.hpp"
#include "spot/cluster/relay.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
struct station_t
{
    explicit station_t(bool block) : relay(publisher, clients, out, counters, block)
    {
        publisher_options_t options;
        options.block = true;
        REQUIRE_OK(publisher.open(ctx, options, own, id));
        REQUIRE_OK(relay.open(ctx, own));
        publisher.add_topic("t");
    }
    ~station_t()
    {
        relay.close();
        publisher.close();
        ctx->terminate();
    }
    void subscribe(const std::string &address)
    {
        clients.at(address);
        relay.add("t", address);
    }
    void publish(const std::string &payload)
    {
        const std::shared_ptr<outlet_t> outlet = publisher.find("t");
        parcel_t parcel = outlet->pack(payload);
        REQUIRE(publisher.sink().try_send(*outlet, parcel, true) == send_t::sent);
    }
    std::vector<std::string> got(const std::string &address) const
    {
        std::vector<std::string> payloads;
        for (const sent_t &message : out.sent)
            if (message.address == address)
                payloads.push_back(message.frames[2]);
        return payloads;
    }
    bool relayed_to(const std::string &address, std::size_t count)
    {
        return eventually([&] {
            relay.process();
            return got(address).size() == count;
        });
    }

    const wire::node_id_t id = wire::node_id_t::random();
    const std::string own = "inproc://station-" + id.hex();
    std::shared_ptr<ctx_state_t> ctx = ctx_state_t::create(1);
    publisher_t publisher;
    server_counters_t counters;
    clients_t clients;
    fake_client_out_t out;
    relay_t relay;
};
}

TEST_CASE("each subscriber gets each message in order, small and large")
{
    station_t station(true);
    station.subscribe("a");
    station.subscribe("b");
    const std::string large(200000, 'x');
    for (const std::string &payload : {std::string("1"), large, std::string(), std::string("4")})
        station.publish(payload);
    REQUIRE(station.relayed_to("a", 4));
    CHECK(station.got("a") == std::vector<std::string>{"1", large, "", "4"});
    CHECK(station.got("b") == station.got("a"));
    CHECK(station.counters.overflowed.get() == 0);
}

TEST_CASE("with block everybody waits for the one without room, and nothing is lost or sent twice")
{
    station_t station(true);
    station.subscribe("fast");
    station.subscribe("slow");
    station.out.without_room.insert("slow");
    for (int i = 0; i < 5; ++i)
        station.publish(std::to_string(i));
    REQUIRE(eventually([&] {
        station.relay.process();
        return station.relay.waits();
    }));
    CHECK(station.relay.slow_subscriber() == "slow");
    CHECK(station.relay.topic() == "t");
    CHECK(station.got("fast").empty());
    station.out.without_room.clear();
    REQUIRE(station.relayed_to("fast", 5));
    CHECK(station.got("fast") == std::vector<std::string>{"0", "1", "2", "3", "4"});
    CHECK(station.got("slow") == station.got("fast"));
    CHECK_FALSE(station.relay.waits());
    CHECK(station.counters.overflowed.get() == 0);
}

TEST_CASE("without block, and at the end with it, one without room misses messages, and each is counted")
{
    for (const bool block : {false, true}) {
        station_t station(block);
        if (block)
            station.relay.give_up_waiting();
        station.subscribe("fast");
        station.subscribe("slow");
        station.out.without_room.insert("slow");
        for (int i = 0; i < 5; ++i)
            station.publish(std::to_string(i));
        REQUIRE(station.relayed_to("fast", 5));
        CHECK(station.got("slow").empty());
        CHECK(station.counters.overflowed.get() == 5);
        CHECK(station.publisher.find("t")->overflowed.get() == 5);
    }
}

TEST_CASE("one that leaves while everybody waits for it is waited for no longer")
{
    station_t station(true);
    station.subscribe("fast");
    station.subscribe("slow");
    station.out.without_room.insert("slow");
    station.publish("1");
    REQUIRE(eventually([&] {
        station.relay.process();
        return station.relay.waits();
    }));
    station.relay.remove("t", "slow");
    station.clients.erase("slow");
    REQUIRE(station.relayed_to("fast", 1));
    station.relay.remove("t", "fast");
    CHECK_FALSE(station.relay.has("t", "fast"));
}
