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
    if (_limit > 0 && _waiting.load() >= _limit)
        return send_t::sent; // dropped; a plain peer has no numbers to see it by
    if (!parcel.batch) {
        post(outlet.topic(), payload);
        return send_t::sent;
    }
    for (std::string_view rest = payload; !rest.empty();)
        post(outlet.topic(), wire::next_record(rest));
    return send_t::sent;
}

void plain_sink_t::post(const std::string &topic, std::string_view payload)
{
    ++_waiting;
    const bool posted = _mailbox->post([self = shared_from_this(), topic, bytes = std::string(payload)] {
        --self->_waiting;
        if (self->_open)
            self->_deliver(topic, bytes);
    });
    if (!posted)
        --_waiting;
}

void plain_sink_t::wait_for_room(int slice_ms)
{
    wait_readable(nullptr, 0, slice_ms);
}
}
