// Messages that arrived and are larger than this node accepts: how many, and the last one, to be told in the
// log. Self-synchronised.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "spot/base/mutex.hpp"
#include "spot/data/counters.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
// The last one.
struct oversized_seen_t
{
    std::string topic;
    wire::source_t source = 0;
    std::uint64_t bytes = 0;
    std::uint64_t count = 0; // of all since the last look, of which this was the last
};

class oversized_t
{
  public:
    using seen_t = oversized_seen_t;

    void note(std::string_view topic, wire::source_t source, std::uint64_t bytes)
    {
        _count.add(1);
        const lock_t lock(_mutex);
        if (!_last)
            _last.emplace();
        _last->topic.assign(topic);
        _last->source = source;
        _last->bytes = bytes;
        ++_last->count;
    }
    std::optional<seen_t> take()
    {
        const lock_t lock(_mutex);
        return std::exchange(_last, std::nullopt);
    }
    std::uint64_t count() const { return _count.get(); }

  private:
    shared_counter_t _count;
    mutex_t _mutex;
    std::optional<seen_t> _last SPOT_GUARDED_BY(_mutex);
};

// How large a frame libzmq lets in. Beyond that it ends the connection, and with it costs other messages; so
// it lets in what the queue has room for anyway, and what is too large for the application is dropped alone.
inline std::int64_t largest_frame(std::uint64_t max_message_bytes, std::uint64_t hwm_bytes)
{
    constexpr std::uint64_t headers = 64 * 1024;
    constexpr auto most = static_cast<std::uint64_t>(INT64_MAX) - headers;
    const std::uint64_t largest = max_message_bytes > hwm_bytes ? max_message_bytes : hwm_bytes;
    return static_cast<std::int64_t>((largest < most ? largest : most) + headers);
}
}
