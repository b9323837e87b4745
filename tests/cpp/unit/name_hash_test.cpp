// Protects: names are hashed by SipHash-1-3 with a key, so that peers cannot choose names that collide; and
// the map that uses it.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "spot/registry/name_map.hpp"
#include "support.hpp"

using namespace spot::registry;

TEST_CASE("SipHash-1-3: values of the reference implementation and of CPython (PYTHONHASHSEED=0)")
{
    const name_hash_key_t counting = {0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
    CHECK(sip_hash_13("", counting) == 0xabac0158050fc4dcULL);
    const name_hash_key_t zero = {0, 0};
    CHECK(sip_hash_13("", zero) == 0xd1fba762150c532cULL);
    CHECK(sip_hash_13(std::string_view("\0", 1), zero) == 0x68a914128e01e473ULL);
    CHECK(sip_hash_13("a", zero) == 0x407448d2b89b1813ULL);
    CHECK(sip_hash_13("12345678", zero) == 0x3489982430560a87ULL);
    CHECK(sip_hash_13("game:player1", zero) == 0xbb6d9500c0ece276ULL);
    CHECK(sip_hash_13("123456789abcdef0", zero) == 0x791b03e99da0764dULL);
    CHECK(sip_hash_13("spieler:ä", zero) == 0x6c71cac52e38cceb);
}

TEST_CASE("the process's key is not the zero key, and stays")
{
    const name_hash_t hash;
    CHECK(hash("chat") == hash(std::string("chat")));
    CHECK(hash("chat") != static_cast<std::size_t>(sip_hash_13("chat", {0, 0})));
}

TEST_CASE("items keep their address while the map grows, and names need not outlive the call")
{
    name_map_t<int> map;
    std::string name = "first";
    auto [first, is_new] = map.insert(name);
    CHECK(is_new);
    first->value = 7;
    name = "overwritten";
    for (int i = 0; i < 10000; ++i)
        map.insert("t" + std::to_string(i));
    CHECK(map.find("first") == first);
    CHECK(map.insert("first") == std::pair(first, false));
    CHECK(first->value == 7);
    CHECK(map.size() == 10001);
    map.erase(first);
    CHECK(map.find("first") == nullptr);
    CHECK(map.find("overwritten") == nullptr);
    CHECK(map.size() == 10000);
}
