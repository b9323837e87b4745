// What a node knows of one stream that it sends, that is, of its messages of one topic by one way out: the
// number of the next message, and how far others were told, or are known to have got.
//
// Pure. Not thread-safe: the caller locks.
//
// Invariants:
// 1. first() <= next(), and next() never goes back.
// 2. A number is used once: by a message of this node, by one that it relays, or by one that was dropped.
#pragma once

#include <algorithm>
#include <cstdint>

namespace spot::registry
{
class sent_stream_t
{
  public:
    explicit sent_stream_t(std::uint64_t first = 1) : _first(first), _next(first), _reached(first) {}

    std::uint64_t first() const { return _first; }
    // The number of the next message: all below were sent or dropped.
    std::uint64_t next() const { return _next; }
    bool begun() const { return _next != _first; }

    void use(std::uint64_t count) { _next += count; }
    // The same, for messages of other nodes.
    void use_relayed(std::uint64_t count)
    {
        _next += count;
        _relayed += count;
    }
    void count_bytes(std::uint64_t bytes) { _bytes += bytes; }
    std::uint64_t own() const { return _next - _first - _relayed; } // messages of this node
    std::uint64_t relayed() const { return _relayed; }
    std::uint64_t bytes() const { return _bytes; }

    // Called once a heartbeat. Returns whether nothing was sent since the last call.
    bool settle()
    {
        const bool silent = _settled == _next;
        _settled = _next;
        return silent;
    }
    // Whether others have not been told how far the stream has got.
    bool has_news() const { return _told != _next; }
    void note_told() { _told = _next; }

    // The other end lives: it got all messages (`all`), or those that were sent before the last settle().
    void note_reached(bool all) { _reached = std::max(_reached, all ? _next : _settled); }
    // How many numbers are not known to have reached the other end.
    std::uint64_t unreached() const { return _next - _reached; }

  private:
    const std::uint64_t _first;
    std::uint64_t _next;
    std::uint64_t _relayed = 0;
    std::uint64_t _bytes = 0;   // of this node's payloads
    std::uint64_t _settled = 0; // _next at the last settle()
    std::uint64_t _told = 0;
    std::uint64_t _reached;
};
}
