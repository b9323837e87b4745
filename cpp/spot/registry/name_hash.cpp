#include "spot/registry/name_hash.hpp"

#include "spot/wire/bytes.hpp"
#include "spot/wire/node_id.hpp"

namespace spot::registry
{
namespace
{
std::uint64_t rotate_left(std::uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

// The paper's section 2, with one round for each word and three at the end.
struct sip_state_t
{
    std::uint64_t v0, v1, v2, v3;

    explicit sip_state_t(name_hash_key_t key)
        : v0(key.k0 ^ 0x736f6d6570736575ULL), v1(key.k1 ^ 0x646f72616e646f6dULL),
          v2(key.k0 ^ 0x6c7967656e657261ULL), v3(key.k1 ^ 0x7465646279746573ULL)
    {
    }
    void round()
    {
        v0 += v1;
        v2 += v3;
        v1 = rotate_left(v1, 13) ^ v0;
        v3 = rotate_left(v3, 16) ^ v2;
        v0 = rotate_left(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = rotate_left(v1, 17) ^ v2;
        v3 = rotate_left(v3, 21) ^ v0;
        v2 = rotate_left(v2, 32);
    }
    void take(std::uint64_t word)
    {
        v3 ^= word;
        round();
        v0 ^= word;
    }
    std::uint64_t finish()
    {
        v2 ^= 0xff;
        round();
        round();
        round();
        return v0 ^ v1 ^ v2 ^ v3;
    }
};

name_hash_key_t draw_key()
{
    const wire::node_id_t random = wire::node_id_t::random();
    const char *bytes = random.view().data();
    return {wire::get_le<std::uint64_t>(bytes), wire::get_le<std::uint64_t>(bytes + 8)};
}
}

std::uint64_t sip_hash_13(std::string_view bytes, name_hash_key_t key)
{
    sip_state_t state(key);
    const std::size_t length = bytes.size();
    for (; bytes.size() >= 8; bytes.remove_prefix(8))
        state.take(wire::get_le<std::uint64_t>(bytes.data()));
    std::uint64_t last = static_cast<std::uint64_t>(length) << 56;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        last |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    state.take(last);
    return state.finish();
}

std::size_t name_hash_t::operator()(std::string_view name) const
{
    static const name_hash_key_t key = draw_key();
    return static_cast<std::size_t>(sip_hash_13(name, key));
}
}
