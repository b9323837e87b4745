// What one connection of the ROUTER has not taken yet of what was sent to it, in bytes.
//
// libzmq limits queues by the number of messages, and the answer to a question of one byte may be megabytes.
// So each message carries its cost, which is given back when libzmq lets go of the message: when it was
// handed to the kernel, or when its connection has ended.
//
// Thread safety: the service thread sends (has_room, has_room_or_wakes, charge). Messages end on any thread,
// so that the counters are atomic. The object is shared by its connection and by the messages under way.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "spot/transport/raw_message.hpp"
#include "spot/transport/wakeup.hpp"

namespace spot
{
// What a message is. Each kind has a limit of its own, so that a long answer keeps back no fence and no
// message.
enum class load_t
{
    control, // what is short and expected: WELCOME, FENCE, LOST, BYE
    answer,  // lists: QUERY_RESP, TOPICS, PEERS
    message, // PUBLISH
};

// How much may wait for one connection, by load_t.
struct client_backlog_limits_t
{
    std::size_t control_bytes = std::size_t{8} << 20;
    std::size_t answer_bytes = std::size_t{8} << 20;
    std::size_t message_bytes = std::size_t{64} << 20;
    std::uint64_t messages = 0; // of load_t::message; 0: as many as the bytes allow
};

class client_backlog_t : public std::enable_shared_from_this<client_backlog_t>
{
  public:
    // `wakeup` is set when there is room again after has_room_or_wakes() found none.
    client_backlog_t(const client_backlog_limits_t &limits, std::shared_ptr<wakeup_t> wakeup)
        : _limits(limits), _wakeup(std::move(wakeup))
    {
    }

    // How many bytes a frame of that length occupies in libzmq's queue.
    static std::size_t cost_of(std::size_t bytes);

    // As long as the limit is not reached there is room for one message of any length: it may be longer than
    // the whole limit.
    bool has_room(load_t load) const;
    // The same. When there is none, the wake-up is set once half of every limit is free.
    bool has_room_or_wakes(load_t load);
    // A frame with these bytes that stands for a whole message, and gives its cost back.
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

    const client_backlog_limits_t _limits;
    const std::shared_ptr<wakeup_t> _wakeup;
    std::array<std::atomic<std::size_t>, 3> _bytes{}; // by load_t
    std::atomic<std::uint64_t> _messages{0};
    std::atomic<std::uint64_t> _released{0};
    std::atomic<bool> _awaited{false}; // somebody waits for room
};
}
