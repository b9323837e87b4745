// The position in a received frame from which the next message is taken. Not thread-safe: the caller locks.
//
// Invariant: while left() > 0 the cursor holds as many references to its frame as messages are left, so that
// next() gives one away without an atomic operation.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "spot/data/delivery.hpp"
#include "spot/data/frame.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
class cursor_t
{
  public:
    cursor_t() = default;
    ~cursor_t() { drop(); }
    cursor_t(const cursor_t &) = delete;
    cursor_t &operator=(const cursor_t &) = delete;

    // `lost` is told by the first message. The frame's count must not be 0, and the cursor must be empty.
    void begin(ref_t<frame_t> frame, std::uint64_t lost)
    {
        _frame = frame.detach();
        _rest = _frame->payload;
        _seq = _frame->seq;
        _left = _frame->count;
        _lost = lost;
        // One reference for each message, taken at once: counting is an atomic operation.
        _references = _left;
        _frame->retain(_left - 1);
    }

    bool empty() const { return _left == 0; }
    std::uint64_t left() const { return _left; }
    // The frame of the messages that are left; null when none are.
    const frame_t *frame() const { return _frame; }

    // None of the following may be called when it is empty.

    // Takes the next message together with a reference to its frame.
    void next(delivery_t &out)
    {
        out.payload = payload();
        out.seq = _seq;
        out.lost = _lost;
        out.frame = ref_t<frame_t>::adopt(_frame);
        --_references;
        pop();
    }

    // The next message, to be looked at before pop().
    std::string_view payload() const { return _frame->batch ? wire::first_record(_rest) : _rest; }
    std::uint64_t seq() const { return _seq; }
    std::uint64_t lost() const { return _lost; }
    void pop()
    {
        if (_frame->batch)
            wire::next_record(_rest);
        ++_seq;
        _lost = 0;
        if (--_left == 0)
            drop();
    }

    // Leaves out what is left.
    void drop()
    {
        _left = 0;
        frame_t *const frame = std::exchange(_frame, nullptr);
        if (frame && _references > 0)
            frame->release(std::exchange(_references, 0));
    }

    void swap(cursor_t &other)
    {
        std::swap(_frame, other._frame);
        std::swap(_rest, other._rest);
        std::swap(_references, other._references);
        std::swap(_seq, other._seq);
        std::swap(_left, other._left);
        std::swap(_lost, other._lost);
    }

  private:
    frame_t *_frame = nullptr;
    std::string_view _rest;        // records still packed
    std::uint64_t _references = 0; // to the frame
    std::uint64_t _seq = 0;        // of the next message, as is _lost
    std::uint64_t _left = 0;
    std::uint64_t _lost = 0;
};
}
