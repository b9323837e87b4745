#include "spot/transport/socket_profiles.hpp"

#include <algorithm>
#include <climits>

#include "spot/wire/limits.hpp"

namespace spot
{
namespace
{
constexpr int no_limit = 0;
constexpr int control_server_recv_hwm = 1000;
constexpr int control_client_hwm = 10000;
constexpr int relay_recv_hwm = 1000;
constexpr millis_t shortest_control_stall_ms = 1000;
constexpr millis_t longest_control_stall_ms = 30000;
// How much later than the node the kernel cuts off a subscriber that takes nothing.
constexpr int kernel_patience_ms = 5000;
// One byte and a filter, which is at most twice as long as a topic.
constexpr std::int64_t longest_subscription_bytes = 2 * wire::max_topic_bytes + 2;
constexpr std::int64_t longest_command_bytes = 4096;
}

socket_profile_t control_server_profile(int linger_ms)
{
    socket_profile_t profile{socket_kind_t::router, {}};
    profile.options.send_hwm = no_limit;
    profile.options.recv_hwm = control_server_recv_hwm;
    profile.options.linger_ms = linger_ms;
    profile.options.keepalive = true;
    profile.options.max_message_bytes = wire::max_readable_frame_bytes;
    return profile;
}

socket_profile_t control_client_profile(int linger_ms, millis_t silence_ms)
{
    socket_profile_t profile{socket_kind_t::dealer, {}};
    profile.options.send_hwm = control_client_hwm;
    profile.options.recv_hwm = control_client_hwm;
    profile.options.linger_ms = linger_ms;
    profile.options.immediate = true;
    profile.options.keepalive = true;
    profile.options.stall_timeout_ms =
        static_cast<int>(std::clamp(silence_ms, shortest_control_stall_ms, longest_control_stall_ms));
    profile.options.max_message_bytes = wire::max_readable_frame_bytes;
    return profile;
}

socket_profile_t data_publisher_profile(int send_hwm, int linger_ms, int stall_timeout_ms)
{
    socket_profile_t profile{socket_kind_t::xpub, {}};
    profile.options.send_hwm = send_hwm;
    profile.options.recv_hwm = no_limit;
    profile.options.linger_ms = linger_ms;
    if (stall_timeout_ms > 0)
        profile.options.stall_timeout_ms =
            std::min(stall_timeout_ms, INT_MAX - kernel_patience_ms) + kernel_patience_ms;
    profile.options.keepalive = true;
    profile.options.no_drop = true;
    profile.options.max_message_bytes = longest_subscription_bytes;
    return profile;
}

socket_profile_t data_receiver_profile(int recv_hwm, int linger_ms, std::int64_t largest_frame)
{
    socket_profile_t profile{socket_kind_t::xsub, {}};
    profile.options.send_hwm = no_limit;
    profile.options.recv_hwm = recv_hwm;
    profile.options.linger_ms = linger_ms;
    profile.options.keepalive = true;
    profile.options.max_message_bytes = largest_frame;
    return profile;
}

socket_profile_t ingress_sender_profile(int send_hwm, int linger_ms)
{
    socket_profile_t profile{socket_kind_t::push, {}};
    profile.options.send_hwm = send_hwm;
    profile.options.linger_ms = linger_ms;
    profile.options.keepalive = true;
    profile.options.max_message_bytes = longest_command_bytes;
    return profile;
}

socket_profile_t ingress_receiver_profile(int recv_hwm, std::int64_t largest_frame)
{
    socket_profile_t profile{socket_kind_t::pull, {}};
    profile.options.recv_hwm = recv_hwm;
    profile.options.keepalive = true;
    profile.options.max_message_bytes = largest_frame;
    return profile;
}

socket_profile_t relay_profile()
{
    socket_profile_t profile{socket_kind_t::sub, {}};
    profile.options.send_hwm = no_limit;
    profile.options.recv_hwm = relay_recv_hwm;
    return profile;
}

socket_profile_t monitor_profile()
{
    socket_profile_t profile{socket_kind_t::pair, {}};
    profile.options.recv_hwm = no_limit;
    return profile;
}
}
