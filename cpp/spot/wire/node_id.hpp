// Who a node is: 16 random bytes, new for every node, so that a restart under an old endpoint is seen.
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

// The first seven bytes of a node id, as they stand in data frames; held in an integer (little-endian).
using source_t = std::uint64_t;

struct node_id_t
{
    std::array<std::uint8_t, node_id_bytes> bytes{};

    // Drawn from the operating system's random source; neither the id nor its source is ever all zeros.
    // Throws std::system_error if that fails.
    static node_id_t random();
    // `raw` must be node_id_bytes long; returns false otherwise. All zeros (no id at all) do parse.
    static bool parse(std::string_view raw, node_id_t &out);

    std::string_view view() const { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }
    std::string hex() const; // 32 lower-case digits
    source_t source() const;
    bool empty() const { return *this == node_id_t{}; }

    friend bool operator==(const node_id_t &a, const node_id_t &b) { return a.bytes == b.bytes; }
    friend bool operator!=(const node_id_t &a, const node_id_t &b) { return !(a == b); }
    friend bool operator<(const node_id_t &a, const node_id_t &b) { return a.bytes < b.bytes; }
};

// In lines of the log: the first eight digits.
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
