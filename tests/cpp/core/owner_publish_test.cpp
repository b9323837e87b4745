// Protects: publishing to a REMOTE topic: the owner numbers and orders the messages, all subscribers see one
// stream, and batches and large payloads arrive whole.
#include <map>

#include "support.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("several publishers, one owner: one numbering without gaps, each publisher's order kept")
{
    const int each = rounds(2000, 200);
    const node_ptr owner = make_server({"t"});
    const node_ptr reader = make_client();
    join(*reader, *owner);
    subscribe(*reader, {"t"});
    subscribe(*owner, {"t"});
    std::vector<node_ptr> publishers;
    for (int i = 0; i < 3; ++i) {
        publishers.push_back(make_client());
        join(*publishers.back(), *owner);
    }
    std::atomic<int> failed{0};
    {
        std::vector<std::unique_ptr<worker_t>> workers;
        for (std::size_t i = 0; i < 4; ++i)
            workers.push_back(std::make_unique<worker_t>([&, i] {
                spot_pubsub_t &from = i < 3 ? *publishers[i] : *owner; // the owner publishes, too
                for (int n = 0; n < each; ++n)
                    failed += from.publish("t", std::to_string(i) + ":" + std::to_string(n)) != 0;
            }));
    }
    CHECK(failed == 0);
    std::vector<std::string> streams[2];
    for (int side = 0; side < 2; ++side) {
        spot_pubsub_t &from = side == 0 ? *reader : *owner;
        std::map<char, int> next;
        for (int i = 1; i <= 4 * each; ++i) {
            const got_t got = receive(from);
            REQUIRE(got.seq == static_cast<std::uint64_t>(i));
            REQUIRE(got.lost == 0);
            REQUIRE(got.node_id == owner->node_id());
            REQUIRE(std::stoi(got.data.substr(2)) == next[got.data[0]]++);
            streams[side].push_back(got.data);
        }
    }
    CHECK(streams[0] == streams[1]);
    CHECK(owner->stats().relayed == static_cast<std::uint64_t>(3 * each));
    CHECK(owner->stats().published == static_cast<std::uint64_t>(each));
    CHECK(publishers[0]->stats().published == static_cast<std::uint64_t>(each));
}

TEST_CASE("publish_many to a REMOTE and to a LOCAL topic: batches of mixed sizes, in order, none lost")
{
    const node_ptr owner = make_server({"t"});
    const node_ptr publisher = make_client();
    join(*publisher, *owner);
    subscribe(*publisher, {"t"});
    std::vector<std::string> payloads;
    for (int i = 0; i < rounds(5000, 500); ++i) {
        // Around the borders of what shares a frame (8 KiB a record, 32 KiB a frame), and empty ones.
        const std::size_t sizes[] = {0, 1, 16, 8191, 8192, 8193, 40000, 100};
        payloads.push_back(std::string(sizes[i % 8], static_cast<char>('a' + i % 26)));
    }
    const std::vector<std::string_view> items(payloads.begin(), payloads.end());
    std::uint64_t seq = 0;
    for (spot_pubsub_t *from : {publisher.get(), owner.get()}) {
        std::size_t published = 0;
        const worker_t sender([&] { from->publish_many("t", items, &published); });
        for (const std::string &payload : payloads) {
            const got_t got = receive(*publisher);
            REQUIRE(got.topic == "t");
            REQUIRE(got.data == payload);
            REQUIRE(got.seq == ++seq);
            REQUIRE(got.lost == 0);
        }
    }
}

TEST_CASE("large payloads arrive unchanged, from the owner and through it")
{
    const node_ptr owner = make_server({"t"});
    const node_ptr publisher = make_client();
    join(*publisher, *owner);
    subscribe(*publisher, {"t"});
    for (const std::size_t size : {std::size_t{1} << 20, std::size_t{20} << 20}) {
        const std::string payload = big_payload(size);
        for (spot_pubsub_t *from : {publisher.get(), owner.get()}) {
            REQUIRE_OK(from->publish("t", payload));
            const got_t got = receive(*publisher);
            REQUIRE(got.data.size() == size);
            CHECK((got.data == payload)); // not printed when it differs
        }
    }
}

TEST_CASE("a message beyond the receiver's limit ends neither node, and others still arrive")
{
    options_t small = quick();
    small.max_message_bytes = 1000;
    const node_ptr owner = make_server({"t"});
    const node_ptr node = make_client(nullptr, small);
    join(*node, *owner);
    subscribe(*node, {"t"});
    REQUIRE_OK(owner->publish("t", big_payload(1 << 20))); // libzmq drops the connection, which comes back
    CHECK(eventually([&] {
        owner->publish("t", "small");
        return receive_text(*node, 50) == "t=small";
    }));
}

TEST_CASE("when two nodes own a topic, every publisher chooses the same owner")
{
    const node_ptr one = make_server({"t"}), two = make_server({"t"});
    const std::string chosen = std::min(one->node_id(), two->node_id());
    for (int i = 0; i < 4; ++i) {
        const node_ptr publisher = make_client();
        join(*publisher, i % 2 == 0 ? *one : *two);
        join(*publisher, i % 2 == 0 ? *two : *one);
        subscribe(*publisher, {"t"});
        REQUIRE_OK(publisher->publish("t", "x"));
        CHECK(receive(*publisher).node_id == chosen);
    }
}

TEST_CASE("what is published to a REMOTE topic just before close still arrives")
{
    const node_ptr owner = make_server({"t"});
    subscribe(*owner, {"t"});
    const int count = 1000;
    {
        const node_ptr publisher = make_client();
        join(*publisher, *owner);
        for (int i = 0; i < count; ++i)
            REQUIRE_OK(publisher->publish("t", std::string(1024, 'x')));
    }
    for (int i = 0; i < count; ++i)
        REQUIRE(receive(*owner).topic == "t");
    CHECK(owner->stats().lost == 0);
}
