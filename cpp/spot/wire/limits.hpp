// Limits on messages and names, from the network and from the application. PROTOCOL.md, "Limits".
#pragma once

#include <cstddef>
#include <cstdint>

namespace spot::wire
{
inline constexpr std::size_t max_topic_bytes = 255;
inline constexpr std::size_t max_text_bytes = 1024; // an endpoint or a node's name in a control message
inline constexpr std::size_t max_control_frames = 1'000'003;
inline constexpr std::size_t max_control_frame_bytes = 64 * 1024;
inline constexpr std::size_t max_plain_payload_bytes = 1024 * 1024; // PUBLISH on the control plane
// A frame of the control plane that is too long is still read up to this size, so that it can be counted and
// logged. libzmq ends the connection on which a longer one comes, without reporting it.
inline constexpr std::int64_t max_readable_frame_bytes = 64 * 1024 * 1024;
inline constexpr std::uint64_t max_message_bytes = 1ULL << 30;
inline constexpr std::size_t max_topics_per_peer = 1'000'000;
// A data connection may subscribe to as many names as a peer may have topics, of this many bytes each on the
// average.
inline constexpr std::size_t filter_bytes_per_topic = 32;
inline constexpr std::size_t max_peers = 4096;
}
