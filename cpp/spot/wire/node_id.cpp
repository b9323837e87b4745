#include "spot/wire/node_id.hpp"

#include <random>
#include <system_error>

namespace spot::wire
{
namespace
{
// /dev/urandom by name, where there is one. The default source may be the processor's own generator, and some
// processors return only ones after a suspend, which would give every node the same id.
std::random_device open_random_source()
{
#if defined(_WIN32)
    return std::random_device();
#else
    return std::random_device("/dev/urandom");
#endif
}

void draw(std::array<std::uint8_t, node_id_bytes> &bytes)
{
    std::random_device source = open_random_source();
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
        const auto word = static_cast<std::uint32_t>(source());
        for (std::size_t j = 0; j < 4; ++j)
            bytes[i + j] = static_cast<std::uint8_t>(word >> (8 * j));
    }
}
}

node_id_t node_id_t::random()
{
    node_id_t id;
    try {
        while (id.source() == 0)
            draw(id.bytes);
    } catch (const std::system_error &) {
        throw;
    } catch (const std::exception &error) { // older standard libraries throw other types
        throw std::system_error(std::make_error_code(std::errc::io_error), error.what());
    }
    return id;
}

bool node_id_t::parse(std::string_view raw, node_id_t &out)
{
    if (raw.size() != node_id_bytes)
        return false;
    std::memcpy(out.bytes.data(), raw.data(), node_id_bytes);
    return true;
}

std::string node_id_t::hex() const
{
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 0x0f]);
    }
    return text;
}

source_t node_id_t::source() const
{
    source_t value = 0;
    for (std::size_t i = 0; i < source_bytes; ++i)
        value |= static_cast<source_t>(bytes[i]) << (8 * i);
    return value;
}
}
