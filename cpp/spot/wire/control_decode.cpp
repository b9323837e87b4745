// The decoders of control.hpp. Each fills a value of its own and assigns it at the end, so that a message
// that proves to be malformed half way changes nothing.
#include <algorithm>

#include "spot/wire/bytes.hpp"
#include "spot/wire/control.hpp"
#include "spot/wire/limits.hpp"
#include "spot/wire/names.hpp"

namespace spot::wire
{
namespace
{
template <typename T> bool read_integer(std::string_view frame, T &out)
{
    if (frame.size() != sizeof(T))
        return false;
    out = get_le<T>(frame.data());
    return true;
}

// An endpoint or a name. It must be UTF-8, because bindings of other languages make text of it.
bool read_text(std::string_view frame, std::string &out)
{
    if (frame.size() > max_text_bytes || frame.find('\0') != std::string_view::npos || !valid_utf8(frame))
        return false;
    out.assign(frame);
    return true;
}

// All zeros mean "not known" inside the program, so that a message must not bring them.
bool read_node_id(std::string_view frame, node_id_t &out)
{
    return node_id_t::parse(frame, out) && !out.empty();
}

bool read_topic(std::string_view frame, std::string &out)
{
    if (!valid_topic(frame))
        return false;
    out.assign(frame);
    return true;
}

bool read_change(std::string_view frame, topic_change_t &out)
{
    if (frame.empty() || (frame[0] != '+' && frame[0] != '-'))
        return false;
    out.added = frame[0] == '+';
    return read_topic(frame.substr(1), out.topic);
}

// The number of pairs that the frames from `first` on make; false if one frame is left over. A decoder
// reserves memory for as many entries, which is in proportion to the frames that arrived.
bool pairs_from(const frame_views_t &in, std::size_t first, std::size_t &pairs)
{
    if (in.size() < first || (in.size() - first) % 2 != 0)
        return false;
    pairs = (in.size() - first) / 2;
    return true;
}
}

bool decode_publish(const frame_views_t &in, std::string_view &topic, std::string_view &payload)
{
    if (in.size() < 3 || !valid_topic(in[1]))
        return false;
    topic = in[1];
    payload = in[2];
    return true;
}

bool decode_topic(const frame_views_t &in, std::string_view &topic)
{
    if (in.size() < 2 || !valid_topic(in[1]))
        return false;
    topic = in[1];
    return true;
}

bool decode_query_resp(const frame_views_t &in, std::size_t max_topics, std::vector<std::string> &topics)
{
    std::uint32_t count = 0;
    if (in.size() < 2 || !read_integer(in[1], count))
        return false;
    if (count != in.size() - 2 || count > max_topics)
        return false;
    // All topics are validated before one is copied: a bad one at the end of a million costs no memory.
    if (!std::all_of(in.begin() + 2, in.end(), valid_topic))
        return false;
    topics.assign(in.begin() + 2, in.end());
    return true;
}

bool decode_hello(const frame_views_t &in, hello_t &hello)
{
    hello_t value;
    if (in.size() < 8 || !read_integer(in[1], value.version) || value.version == 0)
        return false;
    if (!read_node_id(in[2], value.node_id) || !read_text(in[3], value.name) ||
        !read_text(in[4], value.control_endpoint) || !read_text(in[5], value.data_endpoint) ||
        !read_text(in[6], value.ingress_endpoint) || !read_integer(in[7], value.features))
        return false;
    if (in.size() > 8 && !read_text(in[8], value.cluster))
        return false;
    hello = std::move(value);
    return true;
}

bool decode_topics(const frame_views_t &in, topics_t &topics)
{
    topics_t value;
    if (in.size() < 2 || !read_integer(in[1], value.version))
        return false;
    value.changes.reserve(in.size() - 2);
    for (std::size_t i = 2; i < in.size(); ++i) {
        topic_change_t change{};
        if (!read_change(in[i], change))
            return false;
        value.changes.push_back(std::move(change));
    }
    topics = std::move(value);
    return true;
}

bool decode_peers(const frame_views_t &in, std::vector<peer_entry_t> &peers)
{
    std::size_t count = 0;
    if (!pairs_from(in, 1, count))
        return false;
    std::vector<peer_entry_t> value(count);
    for (std::size_t i = 0; i < count; ++i)
        if (!read_text(in[1 + 2 * i], value[i].control_endpoint) ||
            !read_node_id(in[2 + 2 * i], value[i].node_id))
            return false;
    peers = std::move(value);
    return true;
}

bool decode_fence(const frame_views_t &in, token_t &token)
{
    return in.size() >= 2 && token_t::decode(in[1], token);
}

bool decode_lost(const frame_views_t &in, std::vector<loss_entry_t> &losses)
{
    std::size_t count = 0;
    if (!pairs_from(in, 1, count))
        return false;
    std::vector<loss_entry_t> value(count);
    for (std::size_t i = 0; i < count; ++i)
        if (!read_topic(in[1 + 2 * i], value[i].topic) || !read_integer(in[2 + 2 * i], value[i].count))
            return false;
    losses = std::move(value);
    return true;
}

bool decode_subs(const frame_views_t &in, subs_t &subs)
{
    subs_t value;
    if (in.size() < 2 || !read_integer(in[1], value.receiver_id))
        return false;
    const auto valid = [](std::string_view name) { return valid_topic(name) || valid_pattern(name); };
    if (!std::all_of(in.begin() + 2, in.end(), valid))
        return false;
    value.names.assign(in.begin() + 2, in.end());
    subs = std::move(value);
    return true;
}

bool decode_refused(const frame_views_t &in, refusal_t &refusal)
{
    refusal_t value;
    if (in.size() < 3 || !read_integer(in[1], value.code) || !read_text(in[2], value.text))
        return false;
    refusal = std::move(value);
    return true;
}

bool decode_shared(const frame_views_t &in, std::vector<std::string> &topics)
{
    if (in.empty() || !std::all_of(in.begin() + 1, in.end(), valid_topic))
        return false;
    topics.assign(in.begin() + 1, in.end());
    return true;
}

bool decode_ends(const frame_views_t &in, ends_t &ends)
{
    ends_t value;
    std::size_t count = 0;
    if (!pairs_from(in, 2, count) || !read_integer(in[1], value.receiver_id))
        return false;
    value.ends.resize(count);
    for (std::size_t i = 0; i < count; ++i)
        if (!read_topic(in[2 + 2 * i], value.ends[i].topic) ||
            !read_integer(in[3 + 2 * i], value.ends[i].next) || value.ends[i].next == 0)
            return false;
    ends = std::move(value);
    return true;
}

bool decode_barrier(const frame_views_t &in, barrier_t &barrier)
{
    barrier_t value;
    if (in.size() < 3 || !read_integer(in[1], value.receiver_id) || !read_integer(in[2], value.number) ||
        value.number == 0)
        return false;
    barrier = value;
    return true;
}
}
