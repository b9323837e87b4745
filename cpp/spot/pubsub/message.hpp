// The message that a C++ program receives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace spot
{
// A received message. It owns its payload by a reference to the frame that arrived; nothing is copied. One
// message_t is not safe for two threads at once.
class message_t
{
  public:
    message_t();
    ~message_t();
    message_t(message_t &&) noexcept; // leaves an empty message, as the default constructor makes
    message_t &operator=(message_t &&) noexcept;

    // Views are valid as long as this object holds the message.
    std::string_view topic() const;
    std::string_view data() const { return _data; } // the payload
    std::uint64_t seq() const { return _seq; }      // its number, counted for each topic and owner from 1
    std::uint64_t lost() const
    {
        return _lost;
    }                            // messages of this topic and owner missed just before this one
    std::string node_id() const; // the owner's id, 32 hex digits
    // The subscription by which it came: the topic's name or, if only patterns match, the one with the
    // longest text before its first wildcard (of several the first in alphabetical order).
    std::string_view pattern() const;

  private:
    friend class message_maker_t;
    struct holder_t;
    std::unique_ptr<holder_t> _holder;
    std::string_view _data;
    std::uint64_t _seq = 0;
    std::uint64_t _lost = 0;
};
}
