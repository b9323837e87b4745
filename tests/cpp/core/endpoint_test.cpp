// Protects endpoint parsing: what is accepted, what it means, and what peers are told.
#include "spot/transport/endpoint.hpp"
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

TEST_CASE("names resolve or not; numbers need no resolver")
{
    CHECK(resolves(endpoint("tcp://127.0.0.1:1")));
    CHECK(resolves(endpoint("tcp://*:1")));
    CHECK(resolves(endpoint("tcp://localhost:1")));
    CHECK(resolves(endpoint("ipc:///nowhere")));
    CHECK(resolves(endpoint("inproc://x")));
    CHECK_FALSE(resolves(endpoint("tcp://no-such-host.invalid:1")));
}

TEST_CASE("IPv6 is for wildcards and addresses that need it")
{
    CHECK(binds_ipv6("tcp://*:1"));
    CHECK(binds_ipv6("tcp://[::1]:1"));
    CHECK_FALSE(binds_ipv6("tcp://127.0.0.1:1"));
    CHECK_FALSE(binds_ipv6("tcp://0.0.0.0:1"));
    CHECK_FALSE(binds_ipv6("ipc:///tmp/x"));
    CHECK(connects_ipv6("tcp://[::1]:1"));
    CHECK_FALSE(connects_ipv6("tcp://127.0.0.1:1"));
    CHECK_FALSE(connects_ipv6("tcp://localhost:1")); // it has an IPv4 address, too
    CHECK_FALSE(connects_ipv6("nonsense"));
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
    CHECK(reachable_endpoint("ipc:///tmp/x", at) == "ipc:///tmp/x");
    CHECK(reachable_endpoint("tcp://*:6000", endpoint("tcp://[::1]:5")) == "tcp://[::1]:6000");
    for (const char *text : {"", "nonsense", "tcp://*:0", "tcp://other:0", "tcp://other"}) {
        CAPTURE(text);
        CHECK(reachable_endpoint(text, at).empty());
    }
    CHECK(reachable_endpoint("tcp://*:6000", endpoint("inproc://x")).empty());
    CHECK(with_host(endpoint("tcp://*:7"), "host") == "tcp://host:7");
    CHECK(with_host(endpoint("ipc:///tmp/x"), "host") == "ipc:///tmp/x");
}
