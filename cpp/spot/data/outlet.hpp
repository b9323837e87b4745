// One topic's way out of this node: the sink by which its messages leave, and their header ready-made.
//
// Any thread may use it. What changes with each message is its sending_t; the sink's mutex guards that, and
// only a sink can reach it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "spot/data/burst.hpp"
#include "spot/data/counters.hpp"
#include "spot/data/parcel.hpp"
#include "spot/data/sink.hpp"
#include "spot/registry/sent_stream.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
// What a sink knows of one outlet.
struct sending_t
{
    explicit sending_t(std::uint64_t first) : stream(first) {}

    registry::sent_stream_t stream;
    bool unsettled = false;          // the sink waits for the stream to fall silent
    bool mark_owed = false;          // the sink has the outlet in its list of marks to send
    bool active = true;              // false: the topic was destroyed, or its owner is gone
    std::int64_t last_sent_ns = 0;   // when a message last left alone, or a burst by its timer
    std::int64_t bursts_from_ns = 0; // no burst opens before
    std::unique_ptr<burst_t> burst;  // null until the first one

    // Messages that have no number yet.
    std::uint64_t waiting() const { return burst ? burst->count() : 0; }
};

class outlet_t : public std::enable_shared_from_this<outlet_t>
{
  public:
    outlet_t(std::shared_ptr<sink_t> sink, std::string topic, wire::source_t source,
             std::uint64_t first_seq = 1);

    const std::string &topic() const { return _topic; }
    wire::source_t source() const { return _source; }
    sink_t &sink() const { return *_sink; }

    // Both throw std::bad_alloc.
    parcel_t pack(std::string_view payload) const;
    // The payload stays where it is until libzmq calls `free_fn`, which may be on any thread.
    parcel_t pack_in_place(void *data, std::size_t size, raw_message_t::free_fn_t free_fn, void *hint) const;

    // How many of this node's messages others reported as missed.
    shared_counter_t overflowed;
    // Messages to a plain peer, which has no numbers.
    shared_counter_t unnumbered, unnumbered_bytes;

  private:
    friend class sink_t;

    sending_t _sending;
    std::shared_ptr<sink_t> _sink;
    std::string _topic;
    std::string _prefix; // the header but for seq
    wire::source_t _source;
};

inline sending_t &sink_t::sending_of(outlet_t &outlet)
{
    return outlet._sending;
}

inline const sending_t &sink_t::sending_of(const outlet_t &outlet)
{
    return outlet._sending;
}
}
