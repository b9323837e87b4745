// Protects: wherever memory cannot be had, the call fails with ENOMEM and has changed nothing, or the work is
// done later: nothing ends or hangs, peers come UP, subscriptions are in effect, and every published message
// is received or counted.
//
// In each round one request for memory fails, in a program that only repeats calls that failed. There are
// almost two thousand requests, which take minutes, so that a run takes about every twelfth, chosen at
// random. SPOT_FAULTS_STEP=1 takes all.
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include "../core/support.hpp"
#include "faults.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
// Long enough that strings ask for memory.
const std::string topic_a = "a topic of the first node, with a long name";
const std::string topic_b = "by the second node: a topic with a long name";
const std::string pattern_b = "by the second node:*with a long*";
const std::string brief_topic = "comes and goes, and has a long name as well";
const std::string payload(100, 'x');

struct counts_t
{
    std::uint64_t received = 0, lost = 0;
};

const topic_stats_t *find(const std::vector<topic_stats_t> &list, const std::string &topic)
{
    for (const topic_stats_t &stats : list)
        if (stats.topic == topic)
            return &stats;
    return nullptr;
}

counts_t counts_of(const std::vector<topic_stats_t> &list, const std::string &topic)
{
    const topic_stats_t *const stats = find(list, topic);
    return stats ? counts_t{stats->received, stats->lost} : counts_t{};
}

// The account of one receiver's messages.
class tally_t
{
  public:
    void take(const message_t &message)
    {
        stream_t &stream = _streams[std::string(message.topic())];
        if (stream.first == 0)
            stream.first = message.seq();
        ++stream.received;
        stream.lost += message.lost();
    }
    std::uint64_t received(const std::string &topic) const
    {
        const auto found = _streams.find(topic);
        return found == _streams.end() ? 0 : found->second.received;
    }
    // Of `total` messages, all but those before the first that came were received or counted.
    bool is_whole(const std::string &topic, std::uint64_t total, const counts_t &counts) const
    {
        const auto found = _streams.find(topic);
        return found != _streams.end() && counts.received == found->second.received &&
               counts.received + counts.lost + found->second.first - 1 == total;
    }
    std::string text(const std::string &topic) const
    {
        const auto found = _streams.find(topic);
        if (found == _streams.end())
            return "nothing";
        return std::to_string(found->second.received) + " from " + std::to_string(found->second.first) +
               " on, lost before one " + std::to_string(found->second.lost);
    }

  private:
    struct stream_t
    {
        std::uint64_t first = 0, received = 0, lost = 0;
    };
    std::map<std::string, stream_t> _streams;
};

// Two nodes in one cluster, and a program that uses them and repeats what failed.
class program_t
{
  public:
    std::string wrong; // the first thing that was

    void run()
    {
        make(_a);
        make(_b);
        did("bind", [&] { return _a->bind(_anywhere); });
        did("bind", [&] { return _b->bind(_anywhere); });
        did("topic_create", [&] { return _a->topic_create(topic_a); });
        did("topic_create", [&] { return _b->topic_create(topic_b, true); });
        _at_a = at("localhost", *_a);
        did("cluster_add", [&] { return _b->cluster_add(_at_a, patience_ms); });
        did("cluster_sync", [&] { return _b->cluster_sync(patience_ms); });
        did("watch", [&] { return _b->watch(_watcher); });
        did("subscribe", [&] { return _a->subscribe_many(_names_a, true, patience_ms); });
        did("subscribe", [&] { return _b->subscribe(topic_a, true); });
        did("subscriber", [&] { return _b->subscriber(_subscriber, {}, _subscribing); });
        did("subscriber's subscribe",
            [&] { return _subscriber.subscribe_many(_names_b, true, patience_ms); });
        became("UP", [&] { return peers_up(*_a) == 1 && peers_up(*_b) == 1; });
        became("counted as subscribers", [&] { return subscribers() == 3; });
        use_topics();
        publish();
        look();
        end();
    }

  private:
    // Repeats it while it says that there is no memory, or what may follow from that.
    template <typename Call> void did(const char *what, Call call)
    {
        int error = 0;
        const bool done = eventually([&] {
            error = attempt(call);
            return error == 0 || (error != ENOMEM && error != ETIMEDOUT && error != EHOSTUNREACH);
        });
        if (!done || error != 0)
            note(std::string(what) + ": " + error_name(error));
    }

    // errno.
    template <typename Call> int attempt(Call call)
    {
        try {
            const call_t calling;
            return call() == 0 ? 0 : errno;
        } catch (const std::exception &error) {
            note(std::string("thrown: ") + error.what());
            return EFAULT;
        }
    }

    template <typename Condition> void became(const char *what, Condition condition)
    {
        if (wrong.empty() && !eventually(condition))
            note(std::string("not ") + what);
    }

    void note(std::string what)
    {
        if (wrong.empty())
            wrong = std::move(what);
    }

    void make(std::optional<spot_pubsub_t> &node)
    {
        did("made", [&] {
            node.emplace(nullptr, _options);
            const bool made = !node->node_id().empty();
            return made || node->flush() == 0 ? 0 : -1;
        });
    }

    static std::string at(const char *host, const spot_pubsub_t &node)
    {
        const std::string endpoint = node.endpoint();
        return std::string("tcp://") + host + endpoint.substr(endpoint.rfind(':'));
    }

    static std::uint64_t peers_up(const spot_pubsub_t &node) { return node.stats().peers_up; }
    std::uint64_t subscribers() const
    {
        const std::vector<topic_stats_t> list = _a->topic_stats();
        const topic_stats_t *const stats = find(list, topic_a);
        return stats ? stats->subscribers : 0;
    }

    void use_topics()
    {
        bool missed = false;
        const auto told = [&](event_kind_t kind) {
            event_t event;
            int error = 0;
            while ((error = attempt([&] { return _watcher.recv(event, 0); })) == 0)
                if (event.kind == kind && event.topic == brief_topic)
                    return true;
            missed = missed || error == ENOMEM; // it says so
            return missed;
        };
        did("topic_create", [&] { return _a->topic_create(brief_topic); });
        became("known", [&] { return _b->topic_exists(brief_topic); });
        became("told of a topic", [&] { return told(event_kind_t::topic_added); });
        did("topic_destroy", [&] { return _a->topic_destroy(brief_topic); });
        became("gone", [&] { return !_b->topic_exists(brief_topic); });
        became("told of a topic's end", [&] { return told(event_kind_t::topic_removed); });
    }

    void receive()
    {
        const auto take = [&](tally_t &tally, auto &from) {
            for (std::vector<message_t> &messages = _messages;;) {
                messages.clear();
                attempt([&] { return from.recv_many(messages, 10, 0); });
                for (const message_t &message : messages)
                    tally.take(message);
                if (messages.size() < 10)
                    break;
            }
            message_t message;
            if (attempt([&] { return from.recv(message, 0); }) == 0)
                tally.take(message);
        };
        take(_got_a, *_a);
        take(_got_b, *_b);
        take(_got_subscriber, _subscriber);
    }

    void publish_to(spot_pubsub_t &node, const std::string &topic, std::uint64_t &sent)
    {
        did("publish", [&] { return node.publish(topic, payload); });
        ++sent;
    }

    void publish()
    {
        became("received", [&] {
            publish_to(*_a, topic_a, _sent_a);
            publish_to(*_b, topic_b, _sent_b);
            receive();
            return _got_a.received(topic_a) > 0 && _got_a.received(topic_b) > 0 &&
                   _got_b.received(topic_a) > 0 && _got_subscriber.received(topic_a) > 0 &&
                   _got_subscriber.received(topic_b) > 0;
        });
        for (int i = 0; i < 20; ++i) {
            publish_to(*_a, topic_a, _sent_a);
            publish_to(*_a, topic_b, _sent_to_b);
        }
        did("flush", [&] { return _a->flush(); });
        std::size_t published = 0;
        did("publish_many", [&] {
            const int result = _b->publish_many(topic_b, _items, &published);
            _sent_b += published;
            return result;
        });
    }

    void look()
    {
        became("all there", [&] {
            receive();
            const std::vector<topic_stats_t> a = _a->topic_stats(), b = _b->topic_stats();
            const std::vector<topic_stats_t> subscriber = _subscriber.topic_stats();
            const topic_stats_t *const own_a = find(a, topic_a), *const of_b = find(a, topic_b),
                                       *const own_b = find(b, topic_b);
            if (!own_a || !own_b || !of_b)
                return false;
            // A node's counts are those of all its queues.
            counts_t at_b = counts_of(b, topic_a);
            at_b.received -= counts_of(subscriber, topic_a).received;
            at_b.lost -= counts_of(subscriber, topic_a).lost;
            const std::uint64_t all_b = own_b->published + own_b->relayed;
            return own_a->published == _sent_a && own_b->published == _sent_b &&
                   of_b->published == _sent_to_b && own_b->relayed + of_b->overflowed == _sent_to_b &&
                   _got_a.is_whole(topic_a, _sent_a, counts_of(a, topic_a)) &&
                   _got_a.is_whole(topic_b, all_b, counts_of(a, topic_b)) &&
                   _got_b.is_whole(topic_a, _sent_a, at_b) &&
                   _got_subscriber.is_whole(topic_a, _sent_a, counts_of(subscriber, topic_a)) &&
                   _got_subscriber.is_whole(topic_b, all_b, counts_of(subscriber, topic_b));
        });
        if (wrong == "not all there")
            describe();
        attempt([&] { return static_cast<int>(_a->list_topics().size() + _b->list_topics().size()) * 0; });
        attempt([&] { return static_cast<int>(_a->peers().size() + _b->peer_stats().size()) * 0; });
        attempt([&] { return static_cast<int>(_a->subscriptions().size() + _b->topic_stats().size()) * 0; });
        attempt([&] { return _b->topic_exists(topic_a) ? 0 : -1; });
        attempt([&] { return _b->fd() < 0 ? -1 : 0; });
        if (_b->peers().size() != 1 || _a->list_topics().size() != 2 || _b->list_topics().size() != 2)
            note("lists are not as they should be");
    }

    void describe()
    {
        const std::vector<topic_stats_t> a = _a->topic_stats(), b = _b->topic_stats();
        const auto add = [&](const char *who, const topic_stats_t *stats) {
            if (stats)
                wrong += std::string("; ") + who + ": published " + std::to_string(stats->published) +
                         ", relayed " + std::to_string(stats->relayed) + ", overflowed " +
                         std::to_string(stats->overflowed) + ", received " + std::to_string(stats->received) +
                         ", lost " + std::to_string(stats->lost);
        };
        add("a at a", find(a, topic_a));
        add("a at b", find(b, topic_a));
        add("b at a", find(a, topic_b));
        add("b at b", find(b, topic_b));
        wrong += "; sent " + std::to_string(_sent_a) + " " + std::to_string(_sent_b) + " " +
                 std::to_string(_sent_to_b) + "; got a at a " + _got_a.text(topic_a) + ", b at a " +
                 _got_a.text(topic_b) + ", a at b " + _got_b.text(topic_a) + ", subscriber " +
                 _got_subscriber.text(topic_a) + " and " + _got_subscriber.text(topic_b);
    }

    void end()
    {
        did("subscriber's close", [&] { return _subscriber.close(); });
        did("unsubscribe", [&] { return _b->unsubscribe(topic_a); });
        became("no longer counted", [&] { return subscribers() == 1; });
        did("topic_destroy", [&] { return _a->topic_destroy(topic_a); });
        did("cluster_remove", [&] { return _b->cluster_remove(_at_a); });
        if (!_b->peers().empty())
            note("a peer that was removed is there");
        did("close", [&] { return _b->close(); });
        did("close", [&] { return _a->close(); });
    }

    const options_t _options = quick(200);
    const subscriber_options_t _subscribing;
    const std::string _anywhere = "tcp://127.0.0.1:0";
    const std::vector<std::string> _names_a{topic_a, pattern_b}, _names_b{topic_a, pattern_b};
    const std::vector<std::string_view> _items{"a", "b", "c"};
    std::string _at_a;
    std::optional<spot_pubsub_t> _a, _b;
    subscriber_t _subscriber;
    watcher_t _watcher;
    std::vector<message_t> _messages;
    tally_t _got_a, _got_b, _got_subscriber;
    std::uint64_t _sent_a = 0, _sent_b = 0, _sent_to_b = 0;
};

std::int64_t set(const char *name, std::int64_t otherwise)
{
    const char *const text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): no thread changes it
    return text ? std::atoll(text) : otherwise;
}
}

TEST_CASE("each allocation that is asked for fails")
{
    const std::int64_t step = std::max<std::int64_t>(1, set("SPOT_FAULTS_STEP", 12));
    const std::int64_t times = set("SPOT_FAULTS_TIMES", 1); // in a row
    std::int64_t nth = set("SPOT_FAULTS_FIRST", 1);
    const std::int64_t last = set("SPOT_FAULTS_LAST", std::numeric_limits<std::int64_t>::max());
    std::random_device random;
    for (bool failed = true; failed && nth <= last;) {
        CAPTURE(nth);
        program_t program;
        {
            failing_t failing(fault_t::allocation, nth, times);
            program.run();
            failed = failing.failed();
        }
        CHECK(program.wrong == "");
        nth += 1 + static_cast<std::int64_t>(random() % static_cast<unsigned>(2 * step - 1));
    }
    CHECK(nth > 2); // some failed
}

TEST_CASE("each allocation of a context fails")
{
    bool failed = true;
    for (std::int64_t nth = 1; failed; ++nth) {
        CAPTURE(nth);
        failing_t failing(fault_t::allocation, nth);
        std::optional<ctx_t> ctx;
        int error = 0;
        {
            const call_t calling;
            ctx.emplace(2);
            error = errno;
        }
        failed = failing.failed();
        CHECK((ctx->state() != nullptr || error == ENOMEM));
        CHECK((failed || ctx->state() != nullptr));
    }
}
