// Plain libzmq sockets, as other ZeroMQ programs use them, for peers that are no nodes and for hostile ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <zmq.h>

#include "spot/wire/control.hpp"
#include "spot/wire/data.hpp"
#include "support.hpp"

namespace spot::test
{
using frames_t = std::vector<std::string>;

class raw_ctx_t
{
  public:
    raw_ctx_t() : _handle(zmq_ctx_new()) {}
    ~raw_ctx_t() { zmq_ctx_term(_handle); }
    raw_ctx_t(const raw_ctx_t &) = delete;
    raw_ctx_t &operator=(const raw_ctx_t &) = delete;
    void *handle() { return _handle; }

  private:
    void *_handle;
};

class raw_socket_t
{
  public:
    raw_socket_t(raw_ctx_t &ctx, int kind) : _handle(zmq_socket(ctx.handle(), kind))
    {
        REQUIRE(_handle);
        set(ZMQ_LINGER, 0);
        set(ZMQ_SNDTIMEO, patience_ms);
    }
    ~raw_socket_t() { close(); }
    raw_socket_t(const raw_socket_t &) = delete;
    raw_socket_t &operator=(const raw_socket_t &) = delete;

    void close()
    {
        if (_handle)
            zmq_close(_handle);
        _handle = nullptr;
    }
    void set(int option, int value) { REQUIRE(zmq_setsockopt(_handle, option, &value, sizeof value) == 0); }
    void subscribe(std::string_view filter)
    {
        REQUIRE(zmq_setsockopt(_handle, ZMQ_SUBSCRIBE, filter.data(), filter.size()) == 0);
    }
    void connect(const std::string &endpoint) { REQUIRE(zmq_connect(_handle, endpoint.c_str()) == 0); }
    // Returns where it is reachable.
    std::string bind(const std::string &endpoint = "tcp://127.0.0.1:*")
    {
        REQUIRE(zmq_bind(_handle, endpoint.c_str()) == 0);
        char buffer[256];
        std::size_t size = sizeof buffer;
        REQUIRE(zmq_getsockopt(_handle, ZMQ_LAST_ENDPOINT, buffer, &size) == 0);
        return buffer;
    }

    // Binds where another socket may listen for a moment longer.
    bool try_bind(const std::string &endpoint) { return zmq_bind(_handle, endpoint.c_str()) == 0; }

    bool try_send(const frames_t &frames)
    {
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const int flags = i + 1 < frames.size() ? ZMQ_SNDMORE : 0;
            if (zmq_send(_handle, frames[i].data(), frames[i].size(), flags) < 0)
                return false;
        }
        return true;
    }
    void send(const frames_t &frames) { REQUIRE(try_send(frames)); }

    // Empty when nothing came in time.
    frames_t recv(int timeout_ms = patience_ms)
    {
        frames_t frames;
        set(ZMQ_RCVTIMEO, timeout_ms);
        zmq_msg_t part;
        zmq_msg_init(&part);
        while (zmq_msg_recv(&part, _handle, 0) >= 0) {
            frames.emplace_back(static_cast<const char *>(zmq_msg_data(&part)), zmq_msg_size(&part));
            if (!zmq_msg_more(&part))
                break;
        }
        zmq_msg_close(&part);
        return frames;
    }

    // The next message whose frame `at` is the one byte `code`; others are thrown away.
    frames_t recv_command(wire::command_t code, std::size_t at = 0)
    {
        const std::string wanted(1, static_cast<char>(code));
        for (;;) {
            frames_t frames = recv();
            if (frames.empty() || (frames.size() > at && frames[at] == wanted))
                return frames;
        }
    }

  private:
    void *_handle;
};

inline std::string command(wire::command_t code)
{
    return std::string(1, static_cast<char>(code));
}

// A data-plane frame.
inline std::string data_frame(std::string_view topic, std::uint64_t seq, std::string_view payload,
                              wire::source_t source, std::uint8_t flags = 0)
{
    std::string frame = wire::data_prefix(topic, flags, source);
    wire::stamp(frame.data(), topic.size(), flags, source, seq);
    return frame.append(payload);
}

// The sockets of a program that a node takes for a node: a ROUTER that answers, an XPUB and a PULL.
class fake_peer_t
{
  public:
    explicit fake_peer_t(raw_ctx_t &ctx)
        : router(ctx, ZMQ_ROUTER), xpub(ctx, ZMQ_XPUB), pull(ctx, ZMQ_PULL), id(wire::node_id_t::random())
    {
        xpub.set(ZMQ_XPUB_VERBOSER, 1);
        endpoint = router.bind();
        hello.node_id = id;
        hello.name = "fake";
        hello.control_endpoint = endpoint;
        hello.data_endpoint = xpub.bind();
        hello.ingress_endpoint = pull.bind();
    }

    // Answers what waits: HELLO, QUERY (with `topics`), and the fences. Returns after one round.
    void serve(int timeout_ms = 5)
    {
        for (frames_t in = router.recv(timeout_ms); !in.empty(); in = router.recv(0)) {
            routing_id = in[0];
            if (in.size() < 2)
                continue;
            if (in[1] == command(wire::command_t::hello)) {
                wire::hello_t theirs;
                if (wire::decode_hello({in.begin() + 1, in.end()}, theirs))
                    client = theirs.node_id;
                reply(wire::encode_welcome(hello));
                answer_tokens();
            } else if (in[1] == command(wire::command_t::query) && answer_queries) {
                reply(wire::encode_query_resp(topics));
            }
            seen.push_back({in.begin() + 1, in.end()});
        }
        for (frames_t in = xpub.recv(0); !in.empty(); in = xpub.recv(0)) {
            wire::token_t token;
            if (in[0].size() > 2 && in[0][0] == 1 && in[0][1] == wire::fence_prefix &&
                wire::token_t::decode(std::string_view(in[0]).substr(2), token))
                _tokens.push_back(token);
        }
        answer_tokens();
    }
    template <typename Condition> bool serve_until(Condition condition)
    {
        const stopwatch_t watch;
        while (!condition()) {
            if (watch.ms() > patience_ms)
                return false;
            serve();
        }
        return true;
    }
    // Those that were not answered.
    const std::vector<wire::token_t> &tokens() const { return _tokens; }
    void reply(const frames_t &frames)
    {
        frames_t all{routing_id};
        all.insert(all.end(), frames.begin(), frames.end());
        router.send(all);
    }

    raw_socket_t router, xpub, pull;
    wire::node_id_t id;
    wire::hello_t hello;
    wire::node_id_t client;
    std::string endpoint;
    std::string routing_id;
    std::vector<std::string> topics;
    bool answer_queries = true;
    bool answer_fences = true;
    std::vector<frames_t> seen;

  private:
    void answer_tokens()
    {
        if (!answer_fences || routing_id.empty() || client.empty())
            return;
        for (const wire::token_t &token : _tokens)
            reply(wire::encode_fence(token));
        _tokens.clear();
    }
    std::vector<wire::token_t> _tokens;
};
}
