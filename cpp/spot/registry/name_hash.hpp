// A keyed hash of names: SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) with a
// key drawn once per process. Peers choose the names in a node's tables; as they do not know the key, they
// cannot choose names that collide and thereby slow the tables down.
//
// Thread safety: any thread.
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

// Throws std::system_error if the key cannot be drawn, so that it is not noexcept. Therefore libstdc++ stores
// the hashes in its tables, and a search compares hashes before it reads names.
struct name_hash_t
{
    std::size_t operator()(std::string_view name) const;
};
}
