// SipHash-1-3 under a key drawn once per process. Peers choose the names that go into our tables: with a
// hash they can compute, a million names that collide would keep the node busy for hours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace spot::registry
{
struct name_hash_key_t
{
    std::uint64_t k0;
    std::uint64_t k1;
};

std::uint64_t sip_hash_13(std::string_view bytes, name_hash_key_t key);

// Drawing the key may throw, so this is not noexcept; that also makes libstdc++ keep the hashes in its
// tables, which spares a walk along a bucket the reading of every name in it.
struct name_hash_t
{
    std::size_t operator()(std::string_view name) const;
};
}
