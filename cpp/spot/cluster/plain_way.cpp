#include "spot/cluster/plain_way.hpp"

#include "spot/transport/poll.hpp"
#include "spot/wire/data.hpp"
#include "spot/wire/limits.hpp"

namespace spot
{
send_t plain_sink_t::try_send(outlet_t &outlet, parcel_t &parcel, bool)
{
    if (!_open)
        return send_t::gone;
    const std::string_view payload =
        parcel.large ? parcel.body.view()
                     : parcel.head.view().substr(wire::data_header_bytes(outlet.topic().size()));
    if (!parcel.batch && payload.size() > wire::max_plain_payload_bytes)
        return send_t::too_large;
    if (_limit > 0 && _waiting.load() >= _limit && !_drop_when_full)
        return send_t::full;
    _messages.add(parcel.count);
    _bytes.add(parcel.payload_bytes);
    outlet.unnumbered.add(parcel.count);
    outlet.unnumbered_bytes.add(parcel.payload_bytes);
    if (_limit > 0 && _waiting.load() >= _limit) {
        lose(outlet, parcel.count); // counted here: a plain peer sees no numbers, and so no gap
        return send_t::sent;
    }
    if (!parcel.batch) {
        post(outlet, payload);
        return send_t::sent;
    }
    for (std::string_view rest = payload; !rest.empty();)
        post(outlet, wire::next_record(rest));
    return send_t::sent;
}

void plain_sink_t::post(outlet_t &outlet, std::string_view payload)
{
    ++_waiting;
    auto task = [self = shared_from_this(), to = outlet.shared_from_this(), bytes = std::string(payload)] {
        --self->_waiting;
        if (!self->_open || !self->_deliver(to->topic(), bytes))
            self->lose(*to, 1);
    };
    if (!_mailbox->post(std::move(task)))
        --_waiting;
}

void plain_sink_t::lose(outlet_t &outlet, std::uint64_t count)
{
    outlet.overflowed.add(count);
    _lost(count);
}

void plain_sink_t::wait_for_room(int slice_ms)
{
    wait_readable(nullptr, 0, slice_ms);
}

namespace
{
void add(const outlet_t &outlet, topic_stats_t &sum)
{
    sum.published += outlet.unnumbered.get();
    sum.bytes_published += outlet.unnumbered_bytes.get();
    sum.overflowed += outlet.overflowed.get();
}
}

void plain_way_t::end_topic(std::string_view topic, topic_stats_t &sum)
{
    if (const std::shared_ptr<outlet_t> outlet = _outlets.remove(topic))
        add(*outlet, sum);
}

void plain_way_t::break_down(topic_sums_t &sums) const
{
    for (const std::shared_ptr<outlet_t> &outlet : _outlets.all())
        add(*outlet, sums[outlet->topic()]);
}

std::uint64_t plain_way_t::abandon()
{
    close();
    return 0;
}
}
