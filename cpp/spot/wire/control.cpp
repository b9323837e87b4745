#include "spot/wire/control.hpp"

#include "spot/wire/bytes.hpp"
#include "spot/wire/limits.hpp"

// The encoders of control.hpp. The decoders are in control_decode.cpp.
namespace spot::wire
{
namespace
{
frames_t begin(command_t command, std::size_t frames_to_come = 0)
{
    frames_t out;
    out.reserve(1 + frames_to_come);
    out.emplace_back(1, static_cast<char>(command));
    return out;
}

template <typename T> std::string integer(T value)
{
    std::string raw(sizeof value, '\0');
    put_le(raw.data(), value);
    return raw;
}

frames_t greeting(command_t command, const hello_t &hello)
{
    frames_t out = begin(command, 8);
    out.push_back(integer(hello.version));
    out.emplace_back(hello.node_id.view());
    out.push_back(hello.name);
    out.push_back(hello.control_endpoint);
    out.push_back(hello.data_endpoint);
    out.push_back(hello.ingress_endpoint);
    out.push_back(integer(hello.features));
    if (!hello.cluster.empty())
        out.push_back(hello.cluster);
    return out;
}
}

command_class_t classify(std::uint8_t code)
{
    if (code >= 0x80)
        return command_class_t::ignored;
    const auto is = [code](command_t command) { return code == static_cast<std::uint8_t>(command); };
    const bool known = (code >= static_cast<std::uint8_t>(command_t::publish) &&
                        code <= static_cast<std::uint8_t>(command_t::barrier)) ||
                       is(command_t::refused) || is(command_t::shared);
    return known ? command_class_t::known : command_class_t::malformed;
}

bool within_limits(const frame_views_t &in)
{
    const bool publish = !in.empty() && in[0].size() == 1 &&
                         static_cast<std::uint8_t>(in[0][0]) == static_cast<std::uint8_t>(command_t::publish);
    for (std::size_t i = 0; i < in.size(); ++i) {
        const bool payload = publish && i == 2;
        if (in[i].size() > (payload ? max_plain_payload_bytes : max_control_frame_bytes))
            return false;
    }
    return true;
}

std::string token_t::encode() const
{
    std::string raw(subscriber.view());
    raw += integer(counter);
    return raw;
}

bool token_t::decode(std::string_view raw, token_t &out)
{
    if (raw.size() != bytes)
        return false;
    node_id_t::parse(raw.substr(0, node_id_bytes), out.subscriber);
    out.counter = get_le<std::uint64_t>(raw.data() + node_id_bytes);
    return true;
}

frames_t encode_publish(std::string_view topic, std::string_view payload)
{
    frames_t out = begin(command_t::publish, 2);
    out.emplace_back(topic);
    out.emplace_back(payload);
    return out;
}

frames_t encode_subscribe(std::string_view topic)
{
    frames_t out = begin(command_t::subscribe, 1);
    out.emplace_back(topic);
    return out;
}

frames_t encode_unsubscribe(std::string_view topic)
{
    frames_t out = begin(command_t::unsubscribe, 1);
    out.emplace_back(topic);
    return out;
}

frames_t encode_query()
{
    return begin(command_t::query);
}

frames_t encode_query_resp(const std::vector<std::string> &topics)
{
    frames_t out = begin(command_t::query_resp, 1 + topics.size());
    out.push_back(integer(static_cast<std::uint32_t>(topics.size())));
    out.insert(out.end(), topics.begin(), topics.end());
    return out;
}

frames_t encode_hello(const hello_t &hello)
{
    return greeting(command_t::hello, hello);
}

frames_t encode_welcome(const hello_t &hello)
{
    return greeting(command_t::welcome, hello);
}

frames_t encode_topics(const topics_t &topics)
{
    frames_t out = begin(command_t::topics, 1 + topics.changes.size());
    out.push_back(integer(topics.version));
    for (const topic_change_t &change : topics.changes)
        out.push_back((change.added ? '+' : '-') + change.topic);
    return out;
}

frames_t encode_peers(const std::vector<peer_entry_t> &peers)
{
    frames_t out = begin(command_t::peers, 2 * peers.size());
    for (const peer_entry_t &peer : peers) {
        out.push_back(peer.control_endpoint);
        out.emplace_back(peer.node_id.view());
    }
    return out;
}

frames_t encode_fence(const token_t &token)
{
    frames_t out = begin(command_t::fence, 1);
    out.push_back(token.encode());
    return out;
}

frames_t encode_bye()
{
    return begin(command_t::bye);
}

frames_t encode_lost(const std::vector<loss_entry_t> &losses)
{
    frames_t out = begin(command_t::lost, 2 * losses.size());
    for (const loss_entry_t &loss : losses) {
        out.push_back(loss.topic);
        out.push_back(integer(loss.count));
    }
    return out;
}

frames_t encode_subs(const subs_t &subs)
{
    frames_t out = begin(command_t::subs, 1 + subs.names.size());
    out.push_back(integer(subs.receiver_id));
    out.insert(out.end(), subs.names.begin(), subs.names.end());
    return out;
}

frames_t encode_refused(const refusal_t &refusal)
{
    frames_t out = begin(command_t::refused, 2);
    out.push_back(integer(refusal.code));
    out.push_back(refusal.text);
    return out;
}

frames_t encode_shared(const std::vector<std::string> &topics)
{
    frames_t out = begin(command_t::shared, topics.size());
    out.insert(out.end(), topics.begin(), topics.end());
    return out;
}

frames_t encode_ends(const ends_t &ends)
{
    frames_t out = begin(command_t::ends, 1 + 2 * ends.ends.size());
    out.push_back(integer(ends.receiver_id));
    for (const stream_end_t &end : ends.ends) {
        out.push_back(end.topic);
        out.push_back(integer(end.next));
    }
    return out;
}

frames_t encode_barrier(const barrier_t &barrier)
{
    frames_t out = begin(command_t::barrier, 2);
    out.push_back(integer(barrier.receiver_id));
    out.push_back(integer(barrier.number));
    return out;
}
}
