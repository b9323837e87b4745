// The messages of one topic that wait to share a frame. The sink's mutex guards it.
#pragma once

#include <cstdint>
#include <optional>

#include "spot/data/batch.hpp"
#include "spot/data/parcel.hpp"

namespace spot
{
struct burst_t
{
    explicit burst_t(const outlet_t &outlet) : batch(outlet) {}
    bool empty() const { return batch.empty() && !stuck; }
    std::uint64_t count() const { return batch.count() + (stuck ? stuck->count : 0); }
    std::uint64_t payload_bytes() const { return batch.payload_bytes() + (stuck ? stuck->payload_bytes : 0); }
    void discard()
    {
        stuck.reset();
        if (!batch.empty())
            batch.take();
    }

    batch_t batch;
    std::optional<parcel_t> stuck; // a full frame that found no room; it precedes the batch
    std::int64_t opened_ns = 0;    // when the first message of the batch came
    bool listed = false;           // the sink has it in its list of open bursts
};
}
