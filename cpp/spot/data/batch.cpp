#include "spot/data/batch.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "spot/data/outlet.hpp"

namespace spot
{
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
