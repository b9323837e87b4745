// The subscription by which a topic is received.
//
// Any thread may read it. Frames keep it alive by way of their topic's slot.
#pragma once

#include <atomic>
#include <string>
#include <utility>

namespace spot
{
struct match_t
{
    // Called when a match with an attachment ends, on any thread, perhaps under a receiver's mutex: it must
    // only put the pointer aside. Set once, before the first receiver is made.
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
    // The host language's own objects for it and for the topic's name, made once; the match owns them.
    std::atomic<void *> attachment{nullptr};
};
}
