// The carriers of frames as the conformance suite needs them: a fan-out and any number of readers of it.
//
// A new carrier (memory that processes share) is one more class here, and one more name in the suite's list.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/data/fan_out.hpp"
#include "spot/data/in_port.hpp"
#include "spot/data/in_port_set.hpp"
#include "spot/data/inproc_port.hpp"
#include "spot/data/zmq_in_port.hpp"
#include "spot/data/zmq_out_port.hpp"
#include "support.hpp"

namespace spot::test::ports
{
// libzmq: one XPUB for all readers, an XSUB for each.
class zmq_carrier_t
{
  public:
    static constexpr bool tells_end = false; // an XSUB goes on waiting for its XPUB

    // `places`: how many frames may wait for a reader, at least; libzmq has some more.
    explicit zmq_carrier_t(int places) : _places(places)
    {
        socket_options_t options;
        options.send_hwm = places;
        options.recv_hwm = 0;
        options.no_drop = true;
        options.linger_ms = 2000;
        REQUIRE_OK(_port->open(_ctx, socket_kind_t::xpub, options));
        REQUIRE_OK(_port->with_socket([&](socket_t &xpub) { return xpub.bind("inproc://ports"); }));
        _port->share_descriptor();
    }
    fan_out_t &out() { return _out; }
    inbound_port_t &add_reader()
    {
        auto in = std::make_unique<zmq_in_port_t>();
        socket_options_t options;
        options.send_hwm = 0;
        options.recv_hwm = _places;
        REQUIRE_OK(in->open(_ctx, options));
        REQUIRE_OK(in->connect("inproc://ports"));
        _ins.push_back(std::move(in));
        return *_ins.back();
    }
    // Lets the filters that were asked for take effect.
    void settle()
    {
        _port->with_socket([](socket_t &xpub) {
            xpub.events();
            raw_message_t subscription;
            while (xpub.recv(subscription) == 0) {
            }
            return 0;
        });
    }
    // A publisher says that it waits; other uses of the socket wake it.
    void expect_waiter() { _port->expect_waiter(); }

  private:
    const int _places;
    std::shared_ptr<ctx_state_t> _ctx = ctx_state_t::create(1);
    std::shared_ptr<zmq_out_port_t> _port = std::make_shared<zmq_out_port_t>();
    fan_out_t _out{_port};
    std::vector<std::unique_ptr<zmq_in_port_t>> _ins;
};

// In this process, by reference: a way for each reader. With a queue in front of each, or without.
template <std::size_t queued> class inproc_carrier_t
{
  public:
    static constexpr bool tells_end = true;

    explicit inproc_carrier_t(int places) : _places(static_cast<std::size_t>(places)) {}
    fan_out_t &out() { return _out; }
    inbound_port_t &add_reader()
    {
        inproc_ports_t ports = make_inproc_ports({_places, UINT64_MAX});
        _out.add_way(ports.out, {queued, UINT64_MAX});
        _ins.push_back(std::move(ports.in));
        return *_ins.back();
    }
    void settle() { CHECK(_out.take_filter_changes()); }
    void expect_waiter() {}

  private:
    const std::size_t _places;
    fan_out_t _out;
    std::vector<std::unique_ptr<inbound_port_t>> _ins;
};
using inproc_direct_t = inproc_carrier_t<0>;
using inproc_queued_t = inproc_carrier_t<4>;

inline wire_frame_t frame_of(std::string_view head)
{
    wire_frame_t frame;
    frame.head = raw_message_t(head);
    return frame;
}

inline wire_frame_t large_frame_of(std::string_view head, std::string_view body)
{
    wire_frame_t frame = frame_of(head);
    frame.body = raw_message_t(body);
    frame.large = true;
    return frame;
}

// The next frame as text, "head|body" if it has two parts, or "" when none comes in time.
inline std::string next_of(inbound_port_t &in, int timeout_ms = patience_ms)
{
    in_port_set_t set;
    set.add(in);
    arrival_t arrival;
    const deadline_t deadline(timeout_ms);
    for (;;) {
        if (in.take(arrival) == arrival_result_t::taken) {
            std::string text(arrival.head.view());
            if (arrival.multipart)
                text += "|" + std::string(arrival.body.view());
            return text;
        }
        if (deadline.passed() || in.at_end())
            return "";
        set.wait(static_cast<int>(deadline.left(50)));
    }
}

// Offers numbered frames until one finds no room; returns how many were taken.
template <typename Carrier> int fill(Carrier &carrier, const std::string &topic)
{
    int taken = 0;
    for (;; ++taken) {
        wire_frame_t frame = frame_of(topic + std::to_string(taken));
        const offer_t result = carrier.out().offer(frame);
        if (result != offer_t::taken) {
            CHECK((result == offer_t::full));
            CHECK(frame.head.view() == topic + std::to_string(taken)); // it is whole
            return taken;
        }
        REQUIRE(taken < 1000);
    }
}
}
