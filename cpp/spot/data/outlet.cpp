#include "spot/data/outlet.hpp"

#include <cstring>
#include <utility>

namespace spot
{
outlet_t::outlet_t(std::shared_ptr<sink_t> sink, std::string topic, wire::source_t source,
                   std::uint64_t first_seq)
    : _sending(first_seq), _sink(std::move(sink)), _topic(std::move(topic)),
      _prefix(wire::data_prefix(_topic, 0, source)), _source(source)
{
}

send_t sink_t::try_publish(outlet_t &outlet, std::string_view payload, bool wait_for_lock)
{
    parcel_t parcel = outlet.pack(payload);
    return try_send(outlet, parcel, wait_for_lock);
}

parcel_t outlet_t::pack(std::string_view payload) const
{
    const std::size_t header = wire::data_header_bytes(_topic.size());
    parcel_t parcel;
    parcel.head = raw_message_t(header + payload.size());
    char *at = parcel.head.data();
    std::memcpy(at, _prefix.data(), _prefix.size());
    if (!payload.empty())
        std::memcpy(at + header, payload.data(), payload.size());
    parcel.payload_bytes = payload.size();
    return parcel;
}

parcel_t outlet_t::pack_in_place(void *data, std::size_t size, raw_message_t::free_fn_t free_fn,
                                 void *hint) const
{
    parcel_t parcel = pack({});
    parcel.body = raw_message_t(data, size, free_fn, hint);
    parcel.large = true;
    parcel.payload_bytes = size;
    return parcel;
}
}
