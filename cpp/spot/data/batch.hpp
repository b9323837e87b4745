// Packs many small messages of one topic into BATCH frames. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spot/data/parcel.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
class outlet_t;

class batch_t
{
  public:
    // Larger frames are no faster: docs/architecture/measured.md.
    static constexpr std::size_t capacity = 32 * 1024;
    // A payload larger than this goes in a frame of its own.
    static constexpr std::size_t max_record = 8 * 1024;

    // The outlet must outlive the batch.
    explicit batch_t(const outlet_t &outlet) : _outlet(outlet) {}
    ~batch_t();
    batch_t(const batch_t &) = delete;
    batch_t &operator=(const batch_t &) = delete;

    bool fits(std::size_t size) const { return _used + wire::record_header_bytes + size <= capacity; }
    // `fits` and size <= max_record must hold. Throws std::bad_alloc, and then nothing was added.
    void add(std::string_view payload);
    bool empty() const { return _count == 0; }
    std::uint64_t count() const { return _count; }
    std::size_t bytes() const { return _used; }
    std::uint64_t payload_bytes() const { return _payload_bytes; }
    // Gives the frame away and begins anew. A frame that fills little of the buffer is copied out of it, so
    // that a queue of small frames does not hold large buffers. Throws std::bad_alloc, and then the batch is
    // as it was.
    parcel_t take();
    // Gives back the buffer of an empty batch.
    void shrink();

  private:
    void begin();

    const outlet_t &_outlet;
    char *_buffer = nullptr;
    std::size_t _used = 0;
    std::uint64_t _count = 0;
    std::uint64_t _payload_bytes = 0;
};
}
