// Protects: which endpoints are accepted, what they mean, and how they are told to peers.
#include "spot/transport/endpoint.hpp"
#include "spot/transport/reach.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
std::string parsed(const std::string &text)
{
    endpoint_t endpoint;
    return parse_endpoint(text, endpoint) ? endpoint.text() : "invalid";
}

endpoint_t endpoint(const std::string &text)
{
    endpoint_t out;
    REQUIRE(parse_endpoint(text, out));
    return out;
}
}

TEST_CASE("every form of the contract parses, and is written the one way")
{
    CHECK(parsed("tcp://127.0.0.1:5555") == "tcp://127.0.0.1:5555");
    CHECK(parsed("tcp://*:5555") == "tcp://*:5555");
    CHECK(parsed("tcp://*:0") == "tcp://*:0");
    CHECK(parsed("tcp://*:*") == "tcp://*:0");
    CHECK(parsed("tcp://[::1]:80") == "tcp://[::1]:80");
    CHECK(parsed("tcp://[fe80::1%eth0]:80") == "tcp://[fe80::1%eth0]:80");
    CHECK(parsed("tcp://host-1.example.org:65535") == "tcp://host-1.example.org:65535");
    CHECK(parsed("tcp://eth0:5555") == "tcp://eth0:5555");
    CHECK(parsed("tcp://127.0.0.1:05555") == "tcp://127.0.0.1:5555");
    CHECK(parsed("ipc:///tmp/a") == "ipc:///tmp/a");
    CHECK(parsed("ipc://relative/path") == "ipc://relative/path");
    CHECK(parsed("ipc://@abstract") == "ipc://@abstract");
    CHECK(parsed("ipc://" + std::string(107, 'x')) == "ipc://" + std::string(107, 'x'));
    CHECK(parsed("inproc://name") == "inproc://name");
}

TEST_CASE("everything else does not")
{
    for (const std::string &text : std::vector<std::string>{"",
                                                            "://",
                                                            "tcp:",
                                                            "tcp://",
                                                            "tcp://:1",
                                                            "tcp://a",
                                                            "tcp://a:",
                                                            "tcp://a:b",
                                                            "tcp://a:1b",
                                                            "tcp://a:-1",
                                                            "tcp://a:+1",
                                                            "tcp://a: 1",
                                                            "tcp://a:65536",
                                                            "tcp://a:99999999999999999999",
                                                            "tcp://::1:5",
                                                            "tcp://[]:5",
                                                            "tcp://[::1]",
                                                            "tcp://[a]:5",
                                                            "tcp://[::1:5",
                                                            "tcp://a;b:5",
                                                            "tcp://a/b:5",
                                                            "tcp://a b:5",
                                                            "TCP://a:5",
                                                            "udp://a:5",
                                                            "ws://a:5",
                                                            "vmci://1:2",
                                                            "ipc://",
                                                            "ipc://*",
                                                            "ipc://@",
                                                            "ipc://a b",
                                                            "inproc://",
                                                            "inproc://a\nb",
                                                            std::string("tcp://a\0b:5", 11),
                                                            "ipc://" + std::string(108, 'x'),
                                                            "inproc://" + std::string(256, 'x'),
                                                            "tcp://" + std::string(256, 'x') + ":5"}) {
        CAPTURE(text);
        CHECK(parsed(text) == "invalid");
    }
}

TEST_CASE("a connectable endpoint has a host and a port")
{
    endpoint_t out;
    for (const char *text : {"tcp://*:5", "tcp://0.0.0.0:5", "tcp://[::]:5", "tcp://a:0", "tcp://a:*"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_connectable(text, out));
    }
    for (const char *text : {"tcp://a:5", "tcp://[::1]:5", "ipc:///tmp/x", "inproc://x"}) {
        CAPTURE(text);
        CHECK(parse_connectable(text, out));
    }
}

TEST_CASE("one address has one spelling, whatever it was written as")
{
    CHECK(parsed("tcp://127.1:5") == "tcp://127.0.0.1:5");
    CHECK(parsed("tcp://0x7f000001:5") == "tcp://127.0.0.1:5");
    CHECK(parsed("tcp://[::ffff:127.0.0.1]:5") == "tcp://127.0.0.1:5");
    CHECK(parsed("tcp://[0:0::1]:5") == "tcp://[::1]:5");
    CHECK(parsed("tcp://0:5") == "tcp://0.0.0.0:5");
    CHECK(endpoint("tcp://[0::0]:5").any_host());
}

TEST_CASE("what libzmq is given needs no name server, and names are told from addresses")
{
    for (const char *text :
         {"tcp://127.0.0.1:1", "tcp://*:1", "tcp://[::1]:1", "tcp://[::]:1", "ipc:///a", "inproc://x"}) {
        CAPTURE(text);
        CHECK(is_numeric(endpoint(text)));
    }
    for (const char *text : {"tcp://localhost:1", "tcp://no-such-host.invalid:1", "tcp://eth0:1"}) {
        CAPTURE(text);
        CHECK_FALSE(is_numeric(endpoint(text)));
    }
    CHECK(uses_ipv6(endpoint("tcp://*:1")));
    CHECK(uses_ipv6(endpoint("tcp://[::1]:1")));
    CHECK_FALSE(uses_ipv6(endpoint("tcp://127.0.0.1:1")));
    CHECK_FALSE(uses_ipv6(endpoint("tcp://0.0.0.0:1")));
    CHECK_FALSE(uses_ipv6(endpoint("ipc:///tmp/x")));
}

TEST_CASE("the other sockets' endpoints follow from the control endpoint")
{
    CHECK(derived_endpoint(endpoint("tcp://*:5555"), "data") == "tcp://*:0");
    CHECK(derived_endpoint(endpoint("tcp://10.0.0.1:5555"), "ingress") == "tcp://10.0.0.1:0");
    CHECK(derived_endpoint(endpoint("ipc:///tmp/x"), "data") == "ipc:///tmp/x.data");
    CHECK(derived_endpoint(endpoint("inproc://x"), "ingress") == "inproc://x.ingress");
}

TEST_CASE("what a peer announces is combined with where it was reached; nonsense gives nothing")
{
    const endpoint_t at = endpoint("tcp://10.1.2.3:5555");
    CHECK(reachable_endpoint("tcp://*:6000", at) == "tcp://10.1.2.3:6000");
    CHECK(reachable_endpoint("tcp://0.0.0.0:6000", at) == "tcp://10.1.2.3:6000");
    CHECK(reachable_endpoint("tcp://[::]:6000", at) == "tcp://10.1.2.3:6000");
    CHECK(reachable_endpoint("tcp://other:6000", at) == "tcp://other:6000");
    CHECK(reachable_endpoint("tcp://*:6000", endpoint("tcp://[::1]:5")) == "tcp://[::1]:6000");
    for (const char *text : {"", "nonsense", "tcp://*:0", "tcp://other:0", "tcp://other"}) {
        CAPTURE(text);
        CHECK(reachable_endpoint(text, at).empty());
    }
    CHECK(reachable_endpoint("tcp://*:6000", endpoint("ipc:///x")) == "tcp://127.0.0.1:6000");
    CHECK(with_host(endpoint("tcp://*:7"), "host") == "tcp://host:7");
    CHECK(with_host(endpoint("ipc:///tmp/x"), "host") == "ipc:///tmp/x");
}

TEST_CASE("an endpoint that means something else at the other end of a connection is not believed")
{
    const auto believed = [](const std::string &text, const std::string &reached_at) {
        const char *why = nullptr;
        const std::string found = reachable_endpoint(text, endpoint(reached_at), &why);
        CHECK(found.empty() == (why != nullptr));
        return !found.empty();
    };
    const std::vector<std::string> contexts{"inproc://x"};
    const std::vector<std::string> machines{
        "ipc:///x",      "tcp://127.0.0.1:1",          "tcp://127.9.9.9:1", "tcp://[::1]:1",
        "tcp://127.1:1", "tcp://[::ffff:127.0.0.1]:1", "tcp://0.0.0.1:1",   "tcp://localhost:1"};
    const std::vector<std::string> links{"tcp://169.254.169.254:80"};
    const std::vector<std::string> networks{"tcp://10.0.0.1:1", "tcp://[2001:db8::1]:1", "tcp://name:1"};
    const std::vector<std::vector<std::string>> all{contexts, machines, links, networks};
    const std::vector<std::string> reached{"inproc://y", "tcp://127.0.0.1:9", "tcp://169.254.1.1:9",
                                           "tcp://10.0.0.9:9"};
    for (std::size_t near = 0; near < all.size(); ++near) {
        for (const std::string &text : all[near]) {
            for (std::size_t far = 0; far < reached.size(); ++far) {
                CAPTURE(text);
                CAPTURE(reached[far]);
                CHECK(believed(text, reached[far]) == (far <= near));
            }
        }
    }
    for (const char *text : {"tcp://224.0.0.1:1", "tcp://255.255.255.255:1", "tcp://[ff02::1]:1"}) {
        CAPTURE(text);
        CHECK_FALSE(believed(text, "tcp://10.0.0.9:9"));
        CHECK_FALSE(believed(text, "tcp://127.0.0.1:9"));
    }
}

TEST_CASE("a link-local address is told without its scope, and gets the scope that the connection has here")
{
    endpoint_t here;
    here.host = "fe80::9%eth1"; // as the system spells an interface that is there
    here.port = 9;
    CHECK(reachable_endpoint("tcp://[fe80::1]:5", here) == "tcp://[fe80::1%eth1]:5");
    CHECK(reachable_endpoint("tcp://[fe80::1%eth0]:5", here) == "tcp://[fe80::1%eth1]:5");
    CHECK(reachable_endpoint("tcp://*:5", here) == "tcp://[fe80::9%eth1]:5");
    CHECK(reachable_endpoint("tcp://[fe80::1]:5", endpoint("tcp://[2001:db8::9]:9")).empty());
    CHECK(as_told(here, distance_to(here)).text() == "tcp://[fe80::9]:9");
    CHECK(means_the_same(here, distance_to(here)));
    endpoint_t elsewhere = here;
    elsewhere.host = "fe80::9%eth0"; // another link
    CHECK_FALSE(means_the_same(here, distance_to(elsewhere)));
    CHECK_FALSE(means_the_same(here, distance_to(endpoint("tcp://10.0.0.9:9"))));
}
