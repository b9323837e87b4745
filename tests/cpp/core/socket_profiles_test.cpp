// Protects: what the profile of each role promises (transport/socket_profiles.hpp), and that a socket can be
// opened with it.
#include <climits>
#include <map>
#include <string>

#include "spot/transport/socket.hpp"
#include "spot/transport/socket_profiles.hpp"
#include "spot/wire/limits.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
constexpr int profile_linger_ms = 321;
constexpr int profile_hwm = 4321;
constexpr std::int64_t profile_largest = 1 << 20;

const std::map<std::string, socket_profile_t> &profiles()
{
    static const std::map<std::string, socket_profile_t> all = {
        {"control_server", control_server_profile(profile_linger_ms)},
        {"control_client", control_client_profile(profile_linger_ms, 3000)},
        {"data_publisher", data_publisher_profile(profile_hwm, profile_linger_ms, 30000)},
        {"data_receiver", data_receiver_profile(profile_hwm, profile_linger_ms, profile_largest)},
        {"ingress_sender", ingress_sender_profile(profile_hwm, profile_linger_ms)},
        {"ingress_receiver", ingress_receiver_profile(profile_hwm, profile_largest)},
        {"relay", relay_profile()},
        {"monitor", monitor_profile()},
    };
    return all;
}

bool is_within_the_process(const std::string &role)
{
    return role == "relay" || role == "monitor";
}
}

TEST_CASE("each role has the kind of socket that its peers expect, and one can be opened with its profile")
{
    const std::map<std::string, socket_kind_t> kinds = {
        {"control_server", socket_kind_t::router},
        {"control_client", socket_kind_t::dealer},
        {"data_publisher", socket_kind_t::xpub},
        {"data_receiver", socket_kind_t::xsub},
        {"ingress_sender", socket_kind_t::push},
        {"ingress_receiver", socket_kind_t::pull},
        {"relay", socket_kind_t::sub},
        {"monitor", socket_kind_t::pair},
    };
    REQUIRE(kinds.size() == profiles().size());
    const std::shared_ptr<ctx_state_t> ctx = ctx_state_t::create(1);
    for (const auto &[role, profile] : profiles()) {
        CAPTURE(role);
        CHECK(profile.kind == kinds.at(role));
        socket_t socket;
        CHECK(socket.open(ctx, profile) == 0);
    }
    ctx->terminate();
}

TEST_CASE("every socket that reaches other machines probes them, and limits what one frame may be")
{
    for (const auto &[role, profile] : profiles()) {
        CAPTURE(role);
        CHECK(profile.options.keepalive == !is_within_the_process(role));
        CHECK((profile.options.max_message_bytes > 0) == !is_within_the_process(role));
    }
}

TEST_CASE("filters, subscriptions, events and answers are never dropped because libzmq counts them")
{
    CHECK(profiles().at("data_receiver").options.send_hwm == 0);
    CHECK(profiles().at("relay").options.send_hwm == 0);
    CHECK(profiles().at("data_publisher").options.recv_hwm == 0);
    CHECK(profiles().at("monitor").options.recv_hwm == 0);
    CHECK(profiles().at("control_server").options.send_hwm == 0);
}

TEST_CASE("what a sender sends too fast waits at the sender: every queue of received messages is bounded")
{
    for (const char *role :
         {"control_server", "control_client", "data_receiver", "ingress_receiver", "relay"}) {
        CAPTURE(role);
        CHECK(profiles().at(role).options.recv_hwm > 0);
    }
    CHECK(profiles().at("data_receiver").options.recv_hwm == profile_hwm);
    CHECK(profiles().at("ingress_receiver").options.recv_hwm == profile_hwm);
    CHECK(profiles().at("data_publisher").options.send_hwm == profile_hwm);
    CHECK(profiles().at("ingress_sender").options.send_hwm == profile_hwm);
}

TEST_CASE("sockets that send leave in good order; those that only receive do not linger")
{
    for (const auto &[role, profile] : profiles()) {
        CAPTURE(role);
        const bool receives_only = role == "ingress_receiver" || is_within_the_process(role);
        CHECK(profile.options.linger_ms == (receives_only ? 0 : profile_linger_ms));
    }
}

TEST_CASE(
    "only control messages must not wait for a peer that is not there, only the publisher must not drop")
{
    for (const auto &[role, profile] : profiles()) {
        CAPTURE(role);
        CHECK(profile.options.immediate == (role == "control_client"));
        CHECK(profile.options.no_drop == (role == "data_publisher"));
        const bool cut_off = role == "control_client" || role == "data_publisher";
        CHECK((profile.options.stall_timeout_ms > 0) == cut_off);
    }
}

TEST_CASE("a control connection is given up after the silence that makes a peer DOWN, within bounds")
{
    const auto stall = [](millis_t silence) {
        return control_client_profile(profile_linger_ms, silence).options.stall_timeout_ms;
    };
    CHECK(stall(0) == 1000);
    CHECK(stall(999) == 1000);
    CHECK(stall(3000) == 3000);
    CHECK(stall(30000) == 30000);
    CHECK(stall(millis_t{1} << 40) == 30000);
}

TEST_CASE("the kernel cuts off a stalled subscriber later than the node does, and never when that is off")
{
    const auto stall = [](int node_ms) {
        return data_publisher_profile(profile_hwm, profile_linger_ms, node_ms).options.stall_timeout_ms;
    };
    CHECK(stall(0) == 0);
    CHECK(stall(-1) == 0);
    CHECK(stall(1) == 5001);
    CHECK(stall(30000) == 35000);
    CHECK(stall(INT_MAX) == INT_MAX);
}

TEST_CASE("the longest control message, the longest subscription and the largest message are received")
{
    CHECK(profiles().at("control_server").options.max_message_bytes == wire::max_readable_frame_bytes);
    CHECK(profiles().at("control_client").options.max_message_bytes == wire::max_readable_frame_bytes);
    const auto subscription = static_cast<std::int64_t>(1 + wire::max_topic_bytes);
    CHECK(profiles().at("data_publisher").options.max_message_bytes >= subscription);
    CHECK(profiles().at("data_receiver").options.max_message_bytes == profile_largest);
    CHECK(profiles().at("ingress_receiver").options.max_message_bytes == profile_largest);
}
