#include "spot/data/outlet.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace spot
{
outlet_t::outlet_t(std::shared_ptr<sink_t> sink, std::string topic, wire::source_t source,
                   std::uint64_t first_seq)
    : next_seq(first_seq), first_seq(first_seq), reached_seq(first_seq), _sink(std::move(sink)),
      _topic(std::move(topic)), _prefix(wire::data_prefix(_topic, 0, source)), _source(source)
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

batch_t::~batch_t()
{
    std::free(_buffer);
}

void batch_t::begin()
{
    const std::size_t header = wire::data_header_bytes(_outlet.topic().size());
    _buffer = static_cast<char *>(std::malloc(header + capacity));
    if (!_buffer)
        throw std::bad_alloc();
    std::memcpy(_buffer, _outlet.topic().data(), _outlet.topic().size());
    _buffer[_outlet.topic().size()] = '\0';
}

void batch_t::add(std::string_view payload)
{
    if (!_buffer)
        begin();
    char *at = _buffer + wire::data_header_bytes(_outlet.topic().size()) + _used;
    wire::put_record_length(at, static_cast<std::uint32_t>(payload.size()));
    if (!payload.empty())
        std::memcpy(at + wire::record_header_bytes, payload.data(), payload.size());
    _used += wire::record_header_bytes + payload.size();
    _payload_bytes += payload.size();
    ++_count;
}

void batch_t::shrink()
{
    std::free(std::exchange(_buffer, nullptr));
}

void burst_t::discard()
{
    stuck.reset();
    if (!batch.empty())
        batch.take();
}

parcel_t batch_t::take()
{
    const std::size_t size = wire::data_header_bytes(_outlet.topic().size()) + _used;
    parcel_t parcel;
    if (_used <= capacity / 4) {
        parcel.head = raw_message_t(std::string_view(_buffer, size));
    } else {
        parcel.head = raw_message_t(
            _buffer, size, [](void *data, void *) { std::free(data); }, nullptr);
        _buffer = nullptr;
    }
    parcel.batch = true;
    parcel.count = std::exchange(_count, 0);
    parcel.payload_bytes = std::exchange(_payload_bytes, 0);
    _used = 0;
    return parcel;
}
}
