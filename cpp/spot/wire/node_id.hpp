// The id of a node: 16 random bytes, drawn anew for every node, so that a restarted node at an old endpoint
// has another id.
//
// Thread safety: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace spot::wire
{
inline constexpr std::size_t node_id_bytes = 16;
inline constexpr std::size_t source_bytes = 7;

// The source of a message in data frames: the first seven bytes of a node id, as a little-endian integer.
using source_t = std::uint64_t;

struct node_id_t
{
    std::array<std::uint8_t, node_id_bytes> bytes{};

    // An id from the operating system's random source; neither it nor its source() is 0. Throws
    // std::system_error if that source fails.
    static node_id_t random();
    // False: `raw` is not node_id_bytes long. All zeros parse, as an empty id.
    static bool parse(std::string_view raw, node_id_t &out);

    std::string_view view() const { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }
    std::string hex() const; // 32 lower-case digits
    source_t source() const;
    bool empty() const { return *this == node_id_t{}; } // all zeros: no id

    friend bool operator==(const node_id_t &a, const node_id_t &b) { return a.bytes == b.bytes; }
    friend bool operator!=(const node_id_t &a, const node_id_t &b) { return !(a == b); }
    friend bool operator<(const node_id_t &a, const node_id_t &b) { return a.bytes < b.bytes; }
};

// The log shows the first eight digits.
inline void append_to(std::string &line, const node_id_t &id)
{
    line += id.hex().substr(0, 8);
}
}

template <> struct std::hash<spot::wire::node_id_t>
{
    std::size_t operator()(const spot::wire::node_id_t &id) const noexcept
    {
        std::size_t value;
        std::memcpy(&value, id.bytes.data(), sizeof value);
        return value;
    }
};
