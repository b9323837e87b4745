// Frames that a receiver took in ahead of its socket. The receiver's mutex guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "spot/base/mutex.hpp"
#include "spot/base/take_out.hpp"
#include "spot/data/frame.hpp"

namespace spot
{
class frame_queue_t
{
  public:
    // 0: no limit.
    void set_limits(std::size_t frames, std::uint64_t bytes)
    {
        _most_frames = frames;
        _most_bytes = bytes;
    }

    bool empty() const { return _frames.empty(); }
    bool full() const
    {
        return (_most_frames > 0 && _frames.size() >= _most_frames) ||
               (_most_bytes > 0 && _bytes >= _most_bytes);
    }
    // Takes in what `receive()` gives, when there is a place for it; false: that was null. Also when it is
    // full: whoever can do without asks first.
    // What the callers' functions need locked, the callers hold; the analysis does not see that from here.
    template <typename Receive> bool push_from(Receive receive) SPOT_NO_THREAD_SAFETY_ANALYSIS
    {
        _frames.emplace_back();
        ref_t<frame_t> frame;
        try {
            frame = receive();
        } catch (...) {
            _frames.pop_back();
            throw;
        }
        if (!frame) {
            _frames.pop_back();
            return false;
        }
        _bytes += size_of(*frame);
        _frames.back() = std::move(frame);
        return true;
    }
    // The one that push_from() has just taken in.
    frame_t &newest() { return *_frames.back(); }
    void drop_newest()
    {
        _bytes -= size_of(*_frames.back());
        _frames.pop_back();
    }
    // It must not be empty.
    ref_t<frame_t> pop()
    {
        ref_t<frame_t> frame = std::move(_frames.front());
        _frames.pop_front();
        _bytes -= size_of(*frame);
        return frame;
    }
    template <typename Unwanted> void erase_if(Unwanted unwanted)
    {
        const auto goes = [&](const ref_t<frame_t> &frame) SPOT_NO_THREAD_SAFETY_ANALYSIS {
            if (!unwanted(*frame))
                return false;
            _bytes -= size_of(*frame);
            return true;
        };
        take_out_if(_frames, goes);
    }
    void clear()
    {
        _frames.clear();
        _bytes = 0;
    }

  private:
    static std::uint64_t size_of(const frame_t &frame) { return frame.head.size() + frame.body.size(); }

    std::deque<ref_t<frame_t>> _frames;
    std::uint64_t _bytes = 0;
    std::size_t _most_frames = 0;
    std::uint64_t _most_bytes = 0;
};
}
