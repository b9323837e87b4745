// A received data frame, shared by the messages in it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spot/base/ref.hpp"
#include "spot/registry/topic_losses.hpp"
#include "spot/transport/raw_message.hpp"
#include "spot/wire/data.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
// The subscription by which a topic is received.
struct match_t
{
    // Called when a match with an attachment ends, on any thread, perhaps under a receiver's mutex: it must
    // only put the pointer aside. Set once, before the first receiver.
    using release_attachment_t = void (*)(void *);
    static std::atomic<release_attachment_t> &release_hook()
    {
        static std::atomic<release_attachment_t> hook{nullptr};
        return hook;
    }

    explicit match_t(std::string by) : subscription(std::move(by)) {}
    ~match_t()
    {
        void *pointer = attachment.load(std::memory_order_relaxed);
        if (const release_attachment_t release = release_hook().load(); pointer && release)
            release(pointer);
    }
    match_t(const match_t &) = delete;
    match_t &operator=(const match_t &) = delete;

    const std::string subscription; // a name or a pattern
    // A host language's own form of it and of the topic's name, made once; owned by the match.
    std::atomic<void *> attachment{nullptr};
};

// One topic as one receiver sees it. The name and the match may be read by anyone who holds a frame; the rest
// belongs to the receiver's mutex.
class topic_slot_t : public ref_counted_t<topic_slot_t>
{
  public:
    explicit topic_slot_t(std::string topic) : name(std::move(topic)) {}

    const std::string name;
    // Not null where a frame waits to be read.
    match_t *match() const { return _match.load(std::memory_order_acquire); }
    // Under the receiver's mutex. Throws std::bad_alloc, and then nothing is set. `forget`: no frame of the
    // slot is anywhere, so that nobody reads match().
    void set_match(const std::string &subscription, bool forget);

    // Guarded by the receiver's mutex.
    std::uint64_t epoch = 0; // of the subscriptions that `wanted` was worked out for
    bool wanted = false;
    std::uint64_t heard = 0; // how many messages had come when it was last looked at as idle
    registry::topic_losses_t losses;

  private:
    std::atomic<match_t *> _match{nullptr};
    std::vector<std::unique_ptr<match_t>> _matches; // of now and before: somebody may read them still
};

inline void topic_slot_t::set_match(const std::string &subscription, bool forget)
{
    match_t *const known = _match.load(std::memory_order_relaxed);
    if (known && known->subscription == subscription)
        return;
    auto made = std::make_unique<match_t>(subscription);
    _matches.reserve(_matches.size() + 1); // nothing fails from here on
    if (forget)
        _matches.clear();
    for (const std::unique_ptr<match_t> &earlier : _matches)
        if (earlier->subscription == subscription)
            return _match.store(earlier.get(), std::memory_order_release);
    _matches.push_back(std::move(made));
    _match.store(_matches.back().get(), std::memory_order_release);
}

class frame_t : public ref_counted_t<frame_t>
{
  public:
    raw_message_t head;
    raw_message_t body; // of a LARGE message
    ref_t<topic_slot_t> slot;
    wire::node_id_t node_id; // the owner's
    wire::source_t source = 0;
    std::uint64_t seq = 0;   // of the first message; a barrier's number
    std::uint64_t count = 0; // of messages; 0: a mark, or a barrier
    bool barrier = false;    // has no slot
    bool batch = false;
    bool large = false;
    std::string_view payload; // into head or body

    // Of all its messages.
    std::uint64_t payload_bytes() const
    {
        return payload.size() - (batch ? count * wire::record_header_bytes : 0);
    }
};

// One message as it is taken from a receiver. Keeps its frame alive.
struct delivery_t
{
    ref_t<frame_t> frame;
    std::string_view payload;
    std::uint64_t seq = 0;
    std::uint64_t lost = 0;
};
}
