// One message as it is taken from a receiver. It keeps its frame alive.
#pragma once

#include <cstdint>
#include <string_view>

#include "spot/base/ref.hpp"
#include "spot/data/frame.hpp"

namespace spot
{
struct delivery_t
{
    ref_t<frame_t> frame;
    std::string_view payload;
    std::uint64_t seq = 0;
    std::uint64_t lost = 0; // messages of its stream that were missed just before it
};
}
