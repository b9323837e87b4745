// What one connection has not taken yet of what was sent to it. ZeroMQ counts messages, and an answer of one
// byte's question may be megabytes; so each message carries its cost, which is given back when libzmq lets go
// of it: it was handed to the kernel, or its connection ended.
//
// Ownership: shared by its connection and by the messages under way. Sending is the service thread's;
// messages end on any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "spot/transport/raw_message.hpp"
#include "spot/transport/wakeup.hpp"

namespace spot
{
// Each has a limit of its own, so that a long answer keeps back no fence and no message.
enum class load_t
{
    control, // what is short and expected: WELCOME, FENCE, LOST, BYE
    answer,  // lists: QUERY_RESP, TOPICS, PEERS
    message, // PUBLISH
};

class client_backlog_t : public std::enable_shared_from_this<client_backlog_t>
{
  public:
    struct limits_t
    {
        std::size_t control_bytes = std::size_t{8} << 20;
        std::size_t answer_bytes = std::size_t{8} << 20;
        std::size_t message_bytes = std::size_t{64} << 20;
        std::uint64_t messages = 0; // 0: as many as the bytes allow
    };

    // `wakeup` is set when there is room again for whoever waits for it.
    client_backlog_t(const limits_t &limits, std::shared_ptr<wakeup_t> wakeup)
        : _limits(limits), _wakeup(std::move(wakeup))
    {
    }

    // What a frame of so many bytes occupies in libzmq's queue.
    static std::size_t cost_of(std::size_t bytes);

    // One message of whatever size fits as long as the limit is not reached: it may be longer than all of it.
    bool has_room(load_t load) const;
    // The same; when there is none, the wake-up will tell once half of it is free.
    bool has_room_or_wakes(load_t load);
    // A frame that stands for a whole message, and gives its cost back.
    raw_message_t charge(std::string_view bytes, std::size_t cost, load_t load);

    bool empty() const;
    // Changes whenever libzmq lets go of a message.
    std::uint64_t released() const { return _released.load(); }

  private:
    struct charged_t;
    static void release(void *data, void *hint);
    void give_back(std::size_t cost, load_t load);
    std::size_t limit(load_t load) const;
    bool half_free() const;

    const limits_t _limits;
    const std::shared_ptr<wakeup_t> _wakeup;
    std::array<std::atomic<std::size_t>, 3> _bytes{};
    std::atomic<std::uint64_t> _messages{0};
    std::atomic<std::uint64_t> _released{0};
    std::atomic<bool> _awaited{false};
};
}
