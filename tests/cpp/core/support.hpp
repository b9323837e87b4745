// Shared by the core tests: nodes that are quick to set up, waits for conditions, and messages as values. No
// test sleeps for a fixed time: eventually() checks a condition until it holds or the time is over.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#define DOCTEST_CONFIG_SUPER_FAST_ASSERTS // to compile, that is
#include <doctest/doctest.h>

#include "spot/spot.hpp"

#if defined(__SANITIZE_THREAD__)
#define SPOT_TEST_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define SPOT_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SPOT_TEST_TSAN 1
#elif __has_feature(address_sanitizer)
#define SPOT_TEST_SANITIZED 1
#endif
#endif
#ifdef SPOT_TEST_TSAN
#define SPOT_TEST_SANITIZED 1
#endif
#ifndef SPOT_TEST_SANITIZED
#define SPOT_TEST_SANITIZED 0
#endif

// CHECK_FAILS(EEXIST, node->bind(...)): -1 and the errno of the contract.
#define CHECK_FAILS(error, ...)                                                                              \
    do {                                                                                                     \
        errno = 0;                                                                                           \
        const int result_ = (__VA_ARGS__);                                                                   \
        const std::string error_ = spot::test::error_name(errno);                                            \
        CHECK_MESSAGE(result_ == -1, #__VA_ARGS__);                                                          \
        CHECK_MESSAGE(error_ == spot::test::error_name(error), #__VA_ARGS__);                                \
    } while (false)

#define REQUIRE_OK(...)                                                                                      \
    do {                                                                                                     \
        errno = 0;                                                                                           \
        const int result_ = (__VA_ARGS__);                                                                   \
        const std::string error_ = spot::test::error_name(result_ == 0 ? 0 : errno);                         \
        REQUIRE_MESSAGE(result_ == 0, #__VA_ARGS__, " failed with ", error_);                                \
    } while (false)

namespace spot::test
{
// Rounds and sizes shrink under sanitizers, which are many times slower.
inline constexpr bool sanitized = SPOT_TEST_SANITIZED != 0;
template <typename T> constexpr T rounds(T normally, T under_sanitizers)
{
    return sanitized ? under_sanitizers : normally;
}

// How long an expected event may take. It is generous, because a test that passes does not wait so long.
inline constexpr int patience_ms = 20000;

inline std::string error_name(int error)
{
    switch (error) {
    case 0:
        return "no error";
    case EAGAIN:
        return "EAGAIN";
    case EADDRINUSE:
        return "EADDRINUSE";
    case EEXIST:
        return "EEXIST";
    case EHOSTUNREACH:
        return "EHOSTUNREACH";
    case EINTR:
        return "EINTR";
    case EINVAL:
        return "EINVAL";
    case EMSGSIZE:
        return "EMSGSIZE";
    case ENOENT:
        return "ENOENT";
    case ENOTSOCK:
        return "ENOTSOCK";
    case ETIMEDOUT:
        return "ETIMEDOUT";
    default:
        return "errno " + std::to_string(error);
    }
}

using microseconds_t = std::chrono::microseconds::rep;
inline constexpr std::chrono::microseconds longest_pause{1000};

// Goes on while the process does not run: for lower bounds.
class stopwatch_t
{
  public:
    std::int64_t ms() const
    {
        using namespace std::chrono;
        return duration_cast<milliseconds>(steady_clock::now() - _start).count();
    }

  private:
    std::chrono::steady_clock::time_point _start = std::chrono::steady_clock::now();
};

template <typename Condition> bool eventually(Condition condition, int timeout_ms = patience_ms)
{
    const stopwatch_t watch;
    // An event that comes within microseconds, in each of many rounds, must not cost a millisecond each time.
    for (std::chrono::microseconds pause(20); !condition(); pause = std::min(2 * pause, longest_pause)) {
        if (watch.ms() > timeout_ms)
            return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

// A thread that is joined at the end of its scope.
class worker_t
{
  public:
    explicit worker_t(std::function<void()> body) : _thread(std::move(body)) {}
    ~worker_t() { join(); }
    worker_t(const worker_t &) = delete;
    worker_t &operator=(const worker_t &) = delete;
    void join()
    {
        if (_thread.joinable())
            _thread.join();
    }

  private:
    std::thread _thread;
};

// For upper bounds: the time in which this process was run, so that the bound can be the goal's own figure. A
// machine that stops everything for two seconds makes a close that takes two seconds longer no slower.
class fair_watch_t
{
  public:
    ~fair_watch_t()
    {
        _stop = true;
        _ticker.join();
    }
    std::int64_t ms() const { return _given_us / 1000; }

  private:
    void tick()
    {
        using namespace std::chrono;
        for (auto before = steady_clock::now(); !_stop;) {
            std::this_thread::sleep_for(milliseconds(2));
            const auto now = steady_clock::now();
            _given_us += std::min(duration_cast<microseconds>(now - before).count(), longest_tick_us);
            before = now;
        }
    }
    // The time that a thread waits for a busy processor counts.
    static constexpr microseconds_t longest_tick_us = 50000;
    std::atomic<bool> _stop{false};
    std::atomic<microseconds_t> _given_us{0};
    worker_t _ticker{[this] { tick(); }};
};

// By default nobody is DOWN whose thread does not get to run for two seconds; shorter heartbeats are for
// those who wait for a silence, a mark or a report.
inline options_t quick(std::int64_t heartbeat_ms = 1000)
{
    options_t options;
    options.heartbeat_ms = sanitized ? 2 * heartbeat_ms : heartbeat_ms;
    return options;
}

using node_ptr = std::unique_ptr<spot_pubsub_t>;

inline node_ptr make_client(ctx_t *ctx = nullptr, const options_t &options = quick())
{
    return std::make_unique<spot_pubsub_t>(ctx, options);
}

inline node_ptr make_server(const std::vector<std::string> &topics = {},
                            const std::string &endpoint = "tcp://127.0.0.1:0", ctx_t *ctx = nullptr,
                            const options_t &options = quick())
{
    node_ptr node = make_client(ctx, options);
    REQUIRE_OK(node->bind(endpoint));
    for (const std::string &topic : topics)
        REQUIRE_OK(node->topic_create(topic));
    return node;
}

inline bool is_up(const spot_pubsub_t &node, const std::string &endpoint)
{
    for (const peer_info_t &peer : node.peers())
        if (peer.endpoint == endpoint)
            return peer.state == peer_state_t::up;
    return false;
}

// Connected, in sync, and UP.
inline void join(spot_pubsub_t &node, const spot_pubsub_t &peer)
{
    REQUIRE_OK(node.cluster_add(peer.endpoint()));
    REQUIRE_OK(node.cluster_sync(patience_ms));
    REQUIRE(is_up(node, peer.endpoint()));
}

inline void subscribe(spot_pubsub_t &node, const std::vector<std::string> &names)
{
    REQUIRE_OK(node.subscribe_many(names, true, patience_ms));
}

// "name LOCAL" or "name REMOTE", one a topic.
inline std::vector<std::string> listing(const spot_pubsub_t &node)
{
    std::vector<std::string> lines;
    for (const topic_info_t &topic : node.list_topics())
        lines.push_back(topic.id + (topic.location == topic_location_t::local ? " LOCAL" : " REMOTE"));
    return lines;
}

struct got_t
{
    std::string topic;
    std::string data;
    std::uint64_t seq = 0;
    std::uint64_t lost = 0;
    std::string node_id;
};

// An empty topic when nothing came.
inline got_t receive(spot_pubsub_t &node, int timeout_ms = patience_ms)
{
    message_t message;
    if (node.recv(message, timeout_ms) != 0)
        return {};
    return {std::string(message.topic()), std::string(message.data()), message.seq(), message.lost(),
            message.node_id()};
}

// "topic=data"
inline std::string receive_text(spot_pubsub_t &node, int timeout_ms = patience_ms)
{
    const got_t got = receive(node, timeout_ms);
    return got.topic.empty() ? "nothing" : got.topic + "=" + got.data;
}

// Publishes a last message on the same topic and takes everything up to it: what is not among it was not
// sent, with no need to wait for silence.
inline std::vector<std::string> receive_until(spot_pubsub_t &node, const std::string &last)
{
    std::vector<std::string> texts;
    for (;;) {
        texts.push_back(receive_text(node));
        if (texts.back() == "nothing")
            return texts;
        if (texts.back() == last) {
            texts.pop_back();
            return texts;
        }
    }
}

inline std::string big_payload(std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>((i * 31 + (i >> 12)) & 0xff);
    return bytes;
}
}
