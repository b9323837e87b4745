// Where the messages of one topic leave this node, and how they are put on the wire.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "spot/base/types.hpp"
#include "spot/data/counters.hpp"
#include "spot/transport/raw_message.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
enum class send_t
{
    sent,
    full,   // no room now; nothing was sent
    busy,   // only of try_send: another thread holds the sink's mutex
    gone,   // the route ended: ask for the topic's outlet again
    closed, // the node was closed
    too_large,
    no_memory,
};

class outlet_t;

// Messages of one frame, ready to go but for their sequence number.
struct parcel_t
{
    raw_message_t head;
    raw_message_t body; // of a LARGE message
    bool large = false;
    bool batch = false;
    bool relayed = false; // published by another node that handed it to this one
    bool counted = false; // in the statistics already
    bool held = false;    // in a sink's backlog already
    std::uint64_t count = 1;
    std::uint64_t payload_bytes = 0;

    std::uint8_t flags() const
    {
        return static_cast<std::uint8_t>((batch ? wire::flag_batch : 0) | (large ? wire::flag_large : 0));
    }
};

// Packs many small messages into BATCH frames.
class batch_t
{
  public:
    // A frame of about this many bytes is the sweet spot measured in docs/architecture/measured.md.
    static constexpr std::size_t capacity = 32 * 1024;

    explicit batch_t(const outlet_t &outlet) : _outlet(outlet) {}
    ~batch_t();
    batch_t(const batch_t &) = delete;
    batch_t &operator=(const batch_t &) = delete;

    // A payload larger than this goes in a frame of its own.
    static constexpr std::size_t max_record = 8 * 1024;
    bool fits(std::size_t size) const { return _used + wire::record_header_bytes + size <= capacity; }
    // Throws std::bad_alloc; `fits` and size <= max_record must hold.
    void add(std::string_view payload);
    bool empty() const { return _count == 0; }
    std::uint64_t count() const { return _count; }
    std::size_t bytes() const { return _used; }
    std::uint64_t payload_bytes() const { return _payload_bytes; }
    // Gives the frame away and begins anew. A frame that fills little of the buffer is copied out of it, so
    // that a queue of small frames does not hold large buffers.
    parcel_t take();
    // Gives back the buffer of an empty batch.
    void shrink();

  private:
    void begin();

    const outlet_t &_outlet;
    char *_buffer = nullptr;
    std::size_t _used = 0;
    std::uint64_t _count = 0;
    std::uint64_t _payload_bytes = 0;
};

// The messages of one topic that wait to share a frame. Guarded by the sink's mutex.
struct burst_t
{
    explicit burst_t(const outlet_t &outlet) : batch(outlet) {}
    bool empty() const { return batch.empty() && !stuck; }
    std::uint64_t count() const { return batch.count() + (stuck ? stuck->count : 0); }
    void discard();
    std::uint64_t payload_bytes() const { return batch.payload_bytes() + (stuck ? stuck->payload_bytes : 0); }

    batch_t batch;
    std::optional<parcel_t> stuck; // a full frame that found no room
    std::int64_t opened_ns = 0;    // when the first message of the batch came
    bool listed = false;           // the sink knows of it
};

// The names inside are left empty: they are the keys.
using topic_sums_t = std::unordered_map<std::string, topic_stats_t>;

// Puts parcels on one socket. Thread-safe.
class sink_t
{
  public:
    virtual ~sink_t() = default;
    // On anything but `sent` the parcel is whole and may be tried again. `wait_for_lock` false: `busy`
    // instead of waiting for another publisher. Never waits for room.
    virtual send_t try_send(outlet_t &outlet, parcel_t &parcel, bool wait_for_lock) = 0;
    // One message, which may share a frame with those that follow it closely.
    virtual send_t try_publish(outlet_t &outlet, std::string_view payload, bool wait_for_lock);
    // Waits until there may be room again, at most `slice_ms`; holds nothing meanwhile.
    virtual void wait_for_room(int slice_ms) = 0;
};

// One topic on one sink. The sequence number belongs to the sink's mutex.
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
    // Messages to a plain peer, who has no numbers.
    shared_counter_t unnumbered, unnumbered_bytes;

    // Guarded by the sink's mutex.
    std::uint64_t next_seq;
    const std::uint64_t first_seq;
    std::uint64_t relayed = 0;       // how many of the numbers others' messages got
    std::uint64_t payload_bytes = 0; // of this node's
    std::uint64_t reached_seq;       // of a PUSH: what is below is known to have left for a living owner
    std::uint64_t settled_seq = 0;   // next_seq one heartbeat ago
    std::uint64_t told_seq = 0;      // how far others were told it has got
    bool unsettled = false;          // the sink waits for it to fall silent
    bool mark_owed = false;
    bool active = true;              // false: the topic was destroyed, or its owner went
    std::int64_t last_sent_ns = 0;   // when a message last left alone, or a burst by its timer
    std::int64_t bursts_from_ns = 0; // no burst opens before
    std::unique_ptr<burst_t> burst;  // null until the first one
    // Messages that have no number yet.
    std::uint64_t waiting() const { return burst ? burst->count() : 0; }

  private:
    std::shared_ptr<sink_t> _sink;
    std::string _topic;
    std::string _prefix; // the header but for seq
    wire::source_t _source;
};
}
