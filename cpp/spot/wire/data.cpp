#include "spot/wire/data.hpp"

#include <algorithm>
#include <cstring>

#include "spot/wire/names.hpp"

namespace spot::wire
{
namespace
{
// A source takes seven bytes of the integer's eight.
void put_source(char *at, source_t source)
{
    char raw[8];
    put_le(raw, source);
    std::memcpy(at, raw, source_bytes);
}

source_t get_source(const char *at)
{
    char raw[8] = {};
    std::memcpy(raw, at, source_bytes);
    return get_le<source_t>(raw);
}

bool flags_are_sound(std::uint8_t flags)
{
    constexpr std::uint8_t both = flag_batch | flag_large;
    return (flags & ~known_flags) == 0 && (flags & both) != both;
}
}

std::string data_prefix(std::string_view topic, std::uint8_t flags, source_t source)
{
    std::string header(data_header_bytes(topic.size()), '\0');
    std::copy(topic.begin(), topic.end(), header.begin());
    stamp(header.data(), topic.size(), flags, source, 0);
    return header;
}

void stamp(char *frame, std::size_t topic_bytes, std::uint8_t flags, source_t source, std::uint64_t seq)
{
    char *at = frame + topic_bytes + 1;
    at[0] = static_cast<char>(flags);
    put_source(at + 1, source);
    put_le(at + 1 + source_bytes, seq);
}

bool parse_data(std::string_view frame, data_header_t &out, bool validate_topic)
{
    if (frame.empty())
        return false;
    const void *nul = std::memchr(frame.data(), 0, std::min(frame.size(), max_topic_bytes + 1));
    if (nul == nullptr)
        return false;
    const auto topic_bytes = static_cast<std::size_t>(static_cast<const char *>(nul) - frame.data());
    const std::size_t header_bytes = data_header_bytes(topic_bytes);
    if (topic_bytes == 0 || frame.size() < header_bytes)
        return false;

    const char *at = frame.data() + topic_bytes + 1;
    data_header_t header;
    header.topic = frame.substr(0, topic_bytes);
    header.flags = static_cast<std::uint8_t>(at[0]);
    header.source = get_source(at + 1);
    header.seq = get_le<std::uint64_t>(at + 1 + source_bytes);
    header.payload = frame.substr(header_bytes);
    if (header.seq == 0 || !flags_are_sound(header.flags))
        return false;
    if ((header.flags & flag_large) != 0 && !header.payload.empty())
        return false;
    if (validate_topic && !valid_topic(header.topic))
        return false;
    out = header;
    return true;
}

bool read_data(std::string_view head, const std::string_view *body, data_frame_t &out, bool validate_topic)
{
    if (!parse_data(head, out.header, validate_topic))
        return false;
    out.large = (out.header.flags & flag_large) != 0;
    out.batch = (out.header.flags & flag_batch) != 0;
    out.count = 1;
    out.payload = body ? *body : out.header.payload;
    return out.large == (body != nullptr) && (!out.batch || count_records(out.payload, out.count));
}

bool count_records(std::string_view payload, std::uint64_t &count)
{
    std::uint64_t records = 0;
    while (!payload.empty()) {
        if (payload.size() < record_header_bytes)
            return false;
        const auto length = get_le<std::uint32_t>(payload.data());
        if (length > payload.size() - record_header_bytes)
            return false;
        payload.remove_prefix(record_header_bytes + length);
        ++records;
    }
    count = records;
    return true;
}

std::string directed_filter(const node_id_t &to, std::uint32_t receiver)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string filter(1, directed_prefix);
    filter += to.hex();
    for (int shift = 28; shift >= 0; shift -= 4)
        filter.push_back(digits[(receiver >> shift) & 15]);
    filter.push_back('\0');
    return filter;
}

std::string barrier_frame(const node_id_t &to, std::uint32_t receiver, std::uint64_t number,
                          const node_id_t &sender)
{
    const std::string filter = directed_filter(to, receiver);
    std::string frame = data_prefix(std::string_view(filter).substr(0, filter.size() - 1), 0, 0);
    stamp(frame.data(), filter.size() - 1, 0, 0, number);
    frame.append(sender.view());
    return frame;
}

bool parse_barrier(std::string_view frame, std::string_view filter, std::uint64_t &number, node_id_t &sender)
{
    data_header_t header;
    node_id_t id;
    if (frame.substr(0, filter.size()) != filter || !parse_data(frame, header, false) || header.flags != 0 ||
        header.source != 0 || !node_id_t::parse(header.payload, id) || id.empty())
        return false;
    number = header.seq;
    sender = id;
    return true;
}

std::string exact_filter(std::string_view topic)
{
    std::string filter(topic);
    filter.push_back('\0');
    return filter;
}
}
