// The set-ups of the cluster synchronisation specification, in one process over loopback TCP: two nodes that
// learn each other's topics and exchange messages, then three.
//
// Prints what each node sees; the exit status is not 0 when something is missing.
#include <spot/spot.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

using namespace spot;

namespace
{
constexpr int patience_ms = 5000;
// Any free port. Nodes on different machines would bind "tcp://*:5555".
constexpr const char *any_port = "tcp://127.0.0.1:0";

void check(bool holds, const std::string &what)
{
    if (holds)
        return;
    std::cerr << "failed: " << what << ": " << std::strerror(errno) << '\n';
    std::exit(EXIT_FAILURE);
}

bool lists(const spot_pubsub_t &spot, const std::string &topic, topic_location_t location)
{
    for (const topic_info_t &info : spot.list_topics())
        if (info.id == topic)
            return info.location == location;
    return false;
}

void show_topics(const std::string &name, const spot_pubsub_t &spot)
{
    std::cout << name << " at " << spot.endpoint() << " sees\n";
    for (const topic_info_t &info : spot.list_topics())
        std::cout << "  " << info.id << (info.location == topic_location_t::local ? " LOCAL" : " REMOTE")
                  << '\n';
}

void expect_message(const std::string &name, spot_pubsub_t &spot, const std::string &topic,
                    const std::string &data)
{
    message_t message;
    check(spot.recv(message, patience_ms) == 0, name + " receives " + topic);
    std::cout << name << " received " << message.topic() << ": " << message.data() << '\n';
    check(message.topic() == topic && message.data() == data, name + " receives what was published");
}

void two_nodes()
{
    std::cout << "--- two nodes\n";
    ctx_t ctx_a;
    spot_pubsub_t spot_a(&ctx_a);
    ctx_t ctx_b;
    spot_pubsub_t spot_b(&ctx_b);

    // 1. Server mode
    check(spot_a.bind(any_port) == 0, "A binds");
    check(spot_b.bind(any_port) == 0, "B binds");

    // 2. Local topics
    check(spot_a.topic_create("game:player1") == 0, "A creates game:player1");
    check(spot_a.topic_create("game:score") == 0, "A creates game:score");
    check(spot_b.topic_create("chat:room1") == 0, "B creates chat:room1");
    check(spot_b.topic_create("chat:lobby") == 0, "B creates chat:lobby");

    // 3. Each adds the other to its cluster
    check(spot_a.cluster_add(spot_b.endpoint()) == 0, "A adds B");
    check(spot_b.cluster_add(spot_a.endpoint()) == 0, "B adds A");

    // 4. Synchronise the topics
    check(spot_a.cluster_sync(patience_ms) == 0, "A synchronises");
    check(spot_b.cluster_sync(patience_ms) == 0, "B synchronises");

    // 5. Each now knows the other's topics
    show_topics("A", spot_a);
    show_topics("B", spot_b);
    for (const char *topic : {"game:player1", "game:score"}) {
        check(lists(spot_a, topic, topic_location_t::local), std::string("A lists ") + topic);
        check(lists(spot_b, topic, topic_location_t::remote), std::string("B lists ") + topic);
    }
    for (const char *topic : {"chat:room1", "chat:lobby"}) {
        check(lists(spot_a, topic, topic_location_t::remote), std::string("A lists ") + topic);
        check(lists(spot_b, topic, topic_location_t::local), std::string("B lists ") + topic);
    }

    // 6. Subscribe to remote topics: in effect as soon as the call returns
    check(spot_a.subscribe("chat:room1") == 0, "A subscribes to chat:room1");
    check(spot_b.subscribe("game:player1") == 0, "B subscribes to game:player1");

    check(spot_b.publish("chat:room1", "hello from B") == 0, "B publishes");
    expect_message("A", spot_a, "chat:room1", "hello from B");
    check(spot_a.publish("game:player1", "x=1 y=2") == 0, "A publishes");
    expect_message("B", spot_b, "game:player1", "x=1 y=2");
    // A message to another node's topic goes through its owner.
    check(spot_a.publish("chat:room1", "hello from A, by way of B") == 0, "A publishes to B's topic");
    expect_message("A", spot_a, "chat:room1", "hello from A, by way of B");
}

void three_nodes()
{
    std::cout << "--- three nodes\n";
    ctx_t ctx;
    spot_pubsub_t spot_a(&ctx), spot_b(&ctx), spot_c(&ctx);
    struct named_t
    {
        std::string name;
        spot_pubsub_t &spot;
        std::string topic;
    };
    const std::vector<named_t> nodes = {
        {"A", spot_a, "game:player1"}, {"B", spot_b, "chat:room1"}, {"C", spot_c, "news:today"}};

    for (const named_t &node : nodes) {
        check(node.spot.bind(any_port) == 0, node.name + " binds");
        check(node.spot.topic_create(node.topic) == 0, node.name + " creates " + node.topic);
    }
    for (const named_t &node : nodes)
        for (const named_t &other : nodes)
            if (node.name != other.name)
                check(node.spot.cluster_add(other.spot.endpoint()) == 0, node.name + " adds " + other.name);
    for (const named_t &node : nodes)
        check(node.spot.cluster_sync(patience_ms) == 0, node.name + " synchronises");

    for (const named_t &node : nodes) {
        show_topics(node.name, node.spot);
        for (const named_t &owner : nodes) {
            const auto location =
                node.name == owner.name ? topic_location_t::local : topic_location_t::remote;
            check(lists(node.spot, owner.topic, location), node.name + " lists " + owner.topic);
            if (node.name != owner.name)
                check(node.spot.subscribe(owner.topic) == 0, node.name + " subscribes to " + owner.topic);
        }
    }
    for (const named_t &owner : nodes) {
        const std::string data = "from " + owner.name;
        check(owner.spot.publish(owner.topic, data) == 0, owner.name + " publishes");
        for (const named_t &node : nodes)
            if (node.name != owner.name)
                expect_message(node.name, node.spot, owner.topic, data);
    }
}
}

int main()
{
    two_nodes();
    three_nodes();
    std::cout << "everything arrived\n";
    return EXIT_SUCCESS;
}
