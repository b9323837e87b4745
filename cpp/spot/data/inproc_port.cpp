#include "spot/data/inproc_port.hpp"

#include <deque>
#include <new>
#include <string>
#include <utility>

#include "spot/base/mutex.hpp"
#include "spot/transport/poll.hpp"
#include "spot/transport/wakeup.hpp"

namespace spot
{
namespace
{
// What lies between the two ends.
//
// The wake-up for the reader is set while a frame waits, and once the writer has ended. The wake-up for the
// writer is set but from an answer "no room" until a frame was taken or an end was closed.
class inproc_pipe_t
{
  public:
    explicit inproc_pipe_t(const inproc_limits_t &limits) : _limits(limits) { _room_there.set(); }

    // --- the writer ---------------------------------------------------------------------------------
    bool room(std::size_t bytes)
    {
        const lock_t lock(_mutex);
        return _reader_closed || has_room(bytes);
    }
    offer_t offer(wire_frame_t &frame)
    {
        const lock_t lock(_mutex);
        if (_ended || _reader_closed)
            return offer_t::closed;
        const std::size_t size = frame.size();
        if (!has_room(size))
            return offer_t::full;
        try {
            _frames.push_back(std::move(frame));
        } catch (const std::bad_alloc &) {
            return offer_t::no_memory;
        }
        _bytes += size;
        _frame_there.set();
        return offer_t::taken;
    }
    bool take_filter_change(filter_change_t &out)
    {
        const lock_t lock(_mutex);
        if (_changes.empty())
            return false;
        out = std::move(_changes.front());
        _changes.pop_front();
        return true;
    }
    void wait(int slice_ms)
    {
        const int fd = _room_there.fd();
        wait_readable(&fd, 1, slice_ms);
    }
    void end()
    {
        const lock_t lock(_mutex);
        _ended = true;
        _frame_there.set();
        _room_there.set();
    }

    // --- the reader ---------------------------------------------------------------------------------
    arrival_result_t take(arrival_t &out)
    {
        const lock_t lock(_mutex);
        if (_frames.empty())
            return arrival_result_t::none;
        wire_frame_t &frame = _frames.front();
        _bytes -= frame.size();
        out.multipart = frame.large;
        out.head = std::move(frame.head);
        out.body = std::move(frame.body);
        _frames.pop_front();
        if (_frames.empty() && !_ended)
            _frame_there.clear();
        _room_there.set();
        return arrival_result_t::taken;
    }
    bool ready()
    {
        const lock_t lock(_mutex);
        return !_frames.empty() || _ended;
    }
    bool at_end()
    {
        const lock_t lock(_mutex);
        return _frames.empty() && _ended;
    }
    int fd() const { return _frame_there.fd(); }
    void change_filter(std::string_view filter, bool added)
    {
        const lock_t lock(_mutex);
        _changes.push_back({std::string(filter), added});
    }
    void close()
    {
        const lock_t lock(_mutex);
        _reader_closed = true;
        _frames.clear();
        _bytes = 0;
        _room_there.set();
    }

  private:
    // A writer that is told "no" waits until something has changed since then.
    bool has_room(std::size_t bytes) SPOT_REQUIRES(_mutex)
    {
        if (_frames.empty() || (_frames.size() < _limits.frames && _bytes + bytes <= _limits.bytes))
            return true;
        if (!_ended)
            _room_there.clear();
        return false;
    }

    const inproc_limits_t _limits;
    wakeup_t _frame_there, _room_there;

    mutex_t _mutex; // held for moments
    std::deque<wire_frame_t> _frames SPOT_GUARDED_BY(_mutex);
    std::uint64_t _bytes SPOT_GUARDED_BY(_mutex) = 0;
    std::deque<filter_change_t> _changes SPOT_GUARDED_BY(_mutex);
    bool _ended SPOT_GUARDED_BY(_mutex) = false;
    bool _reader_closed SPOT_GUARDED_BY(_mutex) = false;
};

class inproc_out_port_t final : public out_port_t
{
  public:
    explicit inproc_out_port_t(std::shared_ptr<inproc_pipe_t> pipe) : _pipe(std::move(pipe)) {}
    ~inproc_out_port_t() override { _pipe->end(); }
    inproc_out_port_t(const inproc_out_port_t &) = delete;
    inproc_out_port_t &operator=(const inproc_out_port_t &) = delete;

    bool room(std::size_t bytes) override { return _pipe->room(bytes); }
    offer_t offer(wire_frame_t &frame) override { return _pipe->offer(frame); }
    bool take_filter_change(filter_change_t &out) override { return _pipe->take_filter_change(out); }
    void wait(int slice_ms) override { _pipe->wait(slice_ms); }
    void end() override { _pipe->end(); }

  private:
    const std::shared_ptr<inproc_pipe_t> _pipe;
};

class inproc_in_port_t final : public inbound_port_t
{
  public:
    explicit inproc_in_port_t(std::shared_ptr<inproc_pipe_t> pipe) : _pipe(std::move(pipe)) {}
    ~inproc_in_port_t() override { _pipe->close(); }
    inproc_in_port_t(const inproc_in_port_t &) = delete;
    inproc_in_port_t &operator=(const inproc_in_port_t &) = delete;

    arrival_result_t take(arrival_t &out) override { return _pipe->take(out); }
    bool ready() override { return _pipe->ready(); }
    int fd() const override { return _pipe->fd(); }
    bool at_end() override { return _pipe->at_end(); }
    void subscribe(std::string_view filter) override { _pipe->change_filter(filter, true); }
    void unsubscribe(std::string_view filter) override { _pipe->change_filter(filter, false); }
    void close() override { _pipe->close(); }

  private:
    const std::shared_ptr<inproc_pipe_t> _pipe;
};
}

inproc_ports_t make_inproc_ports(const inproc_limits_t &limits)
{
    const auto pipe = std::make_shared<inproc_pipe_t>(limits);
    return {std::make_shared<inproc_out_port_t>(pipe), std::make_unique<inproc_in_port_t>(pipe)};
}
}
