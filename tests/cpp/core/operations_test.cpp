// Protects: the waits for peers (syncs, fences, additions), without sockets and with time as an argument.
#include "spot/cluster/operations.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
struct bench_t : operations_events_t
{
    void fence_ended(std::uint64_t counter) override { ended.push_back(counter); }
    void fence_left(const wire::node_id_t &id, std::uint32_t receiver) override
    {
        left.emplace_back(id, receiver);
    }
    void addition_failed(peer_key_t key) override { failed.push_back(key); }
    std::string reason_of(peer_key_t) override { return {}; }

    using ref = operations_t::completion_ref;
    static ref make() { return std::make_shared<completion_t>(); }

    operations_t operations{*this};
    std::vector<std::uint64_t> ended;
    std::vector<std::pair<wire::node_id_t, std::uint32_t>> left;
    std::vector<peer_key_t> failed;
};

// "pending", or the error's name with who is missing.
std::string state(const std::shared_ptr<completion_t> &done)
{
    static std::atomic<bool> give_up{false};
    give_up = true;
    interrupt_hook() = [] { return give_up.load(); };
    failure_t failure;
    errno = 0;
    const int result = done->wait(&failure);
    std::string text = error_name(result == 0 ? 0 : errno);
    interrupt_hook() = nullptr;
    if (text == "EINTR")
        return "pending";
    for (const std::string &name : failure.missing)
        text += " " + name;
    return text;
}

operations_t::asked_t asked(peer_key_t key, std::uint64_t needed, bool settled = true)
{
    return {key, "peer" + std::to_string(key), needed, false, settled};
}
}

TEST_CASE("a sync ends when each peer has answered as many QUERYs as had gone out, and is settled")
{
    bench_t bench;
    const auto done = bench_t::make();
    bench.operations.begin_sync(done, deadline_t(1000, 0), {asked(1, 3), asked(2, 1, false)});
    bench.operations.answered(1, 2); // an earlier question's
    bench.operations.answered(2, 1);
    CHECK(state(done) == "pending");
    bench.operations.answered(1, 3);
    CHECK(state(done) == "pending"); // the second is not settled
    bench.operations.settled(2);
    CHECK(state(done) == "no error");
}

TEST_CASE("counts start anew on a reconnection, and an answer from before it does not count")
{
    bench_t bench;
    const auto done = bench_t::make();
    bench.operations.begin_sync(done, deadline_t(1000, 0), {asked(1, 5)});
    bench.operations.connection_lost(1);
    bench.operations.answered(1, 5);
    CHECK(state(done) == "pending");
    bench.operations.asked_anew(1);
    bench.operations.answered(1, 1);
    CHECK(state(done) == "no error");
}

TEST_CASE("a sync times out with exactly those who did not answer, and a removed peer is not waited for")
{
    bench_t bench;
    const auto late = bench_t::make(), removed = bench_t::make(), unsettled = bench_t::make();
    bench.operations.begin_sync(late, deadline_t(100, 0), {asked(1, 1), asked(2, 0), asked(3, 1)});
    bench.operations.begin_sync(removed, deadline_t(1000, 0), {asked(2, 0)});
    bench.operations.begin_sync(unsettled, deadline_t(150, 0), {asked(1, 1, false)});
    bench.operations.answered(1, 1);
    CHECK(bench.operations.next_deadline() == 100);
    bench.operations.expire(99);
    CHECK(state(late) == "pending");
    bench.operations.expire(100);
    CHECK(state(late) == "ETIMEDOUT peer2 peer3");
    bench.operations.peer_removed(2);
    CHECK(state(removed) == "no error");
    bench.operations.expire(150);
    CHECK(state(unsettled) == "no error"); // it answered: that is what a sync asks for
}

TEST_CASE("a sync without peers ends at once; one that never ends is bounded by nothing but its end")
{
    bench_t bench;
    const auto none = bench_t::make(), never = bench_t::make();
    bench.operations.begin_sync(none, deadline_t(0, 0), {});
    CHECK(state(none) == "no error");
    bench.operations.begin_sync(never, deadline_t(-1, 0), {asked(1, 1)});
    bench.operations.expire(1'000'000'000);
    CHECK(state(never) == "pending");
    bench.operations.abort(ENOTSOCK);
    CHECK(state(never) == "ENOTSOCK");
    CHECK(bench.operations.next_deadline() == std::numeric_limits<millis_t>::max());
}

TEST_CASE("a fence waits for each peer's own answer to its own token")
{
    bench_t bench;
    const wire::node_id_t a = wire::node_id_t::random(), b = wire::node_id_t::random();
    const auto first = bench_t::make(), second = bench_t::make();
    bench.operations.begin_fence({first, deadline_t(1000, 0), 7, 0, {}}, {{a, "a", true}, {b, "b", true}}, 0);
    bench.operations.begin_fence({second, deadline_t(1000, 0), 8, 0, {}}, {{a, "a", true}}, 0);
    bench.operations.fenced(a, 7);
    bench.operations.fenced(b, 8); // not asked there
    CHECK(state(first) == "pending");
    CHECK(state(second) == "pending");
    bench.operations.fenced(b, 7);
    CHECK(state(first) == "no error");
    CHECK(bench.ended == std::vector<std::uint64_t>{7});
    bench.operations.node_gone(a);
    CHECK(state(second) == "no error");
    CHECK(bench.ended == std::vector<std::uint64_t>{7, 8});
}

TEST_CASE("a fence's silence is an error of peers that were UP, and only patience for the others")
{
    bench_t bench;
    const wire::node_id_t up = wire::node_id_t::random(), joining = wire::node_id_t::random();
    const auto required = bench_t::make(), hoped = bench_t::make();
    bench.operations.begin_fence({required, deadline_t(5000, 0), 1, 0, {}},
                                 {{up, "up", true}, {joining, "joining", false}}, 0);
    bench.operations.begin_fence({hoped, deadline_t(5000, 0), 2, 0, {}}, {{joining, "joining", false}}, 0);
    CHECK(bench.operations.next_deadline() == 1000);
    bench.operations.expire(1000);
    CHECK(state(hoped) == "no error");
    CHECK(state(required) == "pending");
    CHECK(bench.operations.next_deadline() == 5000);
    bench.operations.expire(5000);
    CHECK(state(required) == "ETIMEDOUT up");
    CHECK(bench.ended == std::vector<std::uint64_t>{2, 1});
}

TEST_CASE(
    "a peer that was UP is unconfirming when it has spoken for so long; each in its handshake has a patience")
{
    bench_t bench;
    const wire::node_id_t up = wire::node_id_t::random(), mute = wire::node_id_t::random(),
                          joining = wire::node_id_t::random();
    const auto call = bench_t::make();
    bench.operations.begin_fence({call, deadline_t(9000, 0), 1, 0, {}},
                                 {{up, "up", true}, {mute, "mute", true}, {joining, "joining", false, 300}},
                                 0);
    CHECK(bench.operations.next_deadline() == 300);
    const auto speaks = [&](const wire::node_id_t &id) { return id != mute; };
    bench.operations.looked(600, speaks);
    CHECK(bench.operations.unconfirming(1000).empty());
    bench.operations.looked(600, speaks);
    CHECK(bench.operations.unconfirming(1000) == std::vector<wire::node_id_t>{up});
    bench.operations.expire(300);
    CHECK(bench.operations.next_deadline() == 9000);
    bench.operations.node_gone(up);
    CHECK(bench.operations.unconfirming(1000).empty());
    bench.operations.fenced(mute, 1);
    CHECK(state(call) == "no error");
}

TEST_CASE("a sync waits for the answer of a peer that confirms nothing, and not for it to be UP")
{
    bench_t bench;
    const auto sync = bench_t::make();
    operations_t::asked_t peer = asked(1, 1);
    peer.settled = false;
    bench.operations.begin_sync(sync, deadline_t(1000, 0), {peer});
    bench.operations.answered(1, 1);
    CHECK(state(sync) == "pending");
    bench.operations.gave_up(1);
    CHECK(state(sync) == "no error");
}

TEST_CASE("what a fence brings is unconfirmed at each node until that one answers, or is no longer awaited")
{
    bench_t bench;
    const wire::node_id_t a = wire::node_id_t::random(), b = wire::node_id_t::random();
    const auto unconfirmed = [&](const wire::node_id_t &id, std::uint32_t receiver) {
        std::vector<std::string> names;
        bench.operations.each_unconfirmed(id, receiver, [&](const std::vector<std::string> &added) {
            names.insert(names.end(), added.begin(), added.end());
        });
        return names;
    };
    using names_t = std::vector<std::string>;
    bench.operations.begin_fence({bench_t::make(), deadline_t(1000, 0), 7, 3, {"x", "y"}},
                                 {{a, "a", true}, {b, "b", true}}, 0);
    bench.operations.begin_fence({bench_t::make(), deadline_t(2000, 0), 8, 3, {"z"}}, {{a, "a", true}}, 0);
    CHECK(unconfirmed(a, 3) == names_t{"x", "y", "z"});
    CHECK(unconfirmed(b, 3) == names_t{"x", "y"});
    CHECK(unconfirmed(a, 0).empty());
    bench.operations.fenced(a, 7);
    CHECK(unconfirmed(a, 3) == names_t{"z"});
    CHECK(unconfirmed(b, 3) == names_t{"x", "y"});
    bench.operations.expire(1000);
    CHECK(unconfirmed(b, 3).empty());
    bench.operations.node_gone(a);
    CHECK(unconfirmed(a, 3).empty());
    CHECK(bench.left == std::vector<std::pair<wire::node_id_t, std::uint32_t>>{{a, 3}, {b, 3}, {a, 3}});
}

TEST_CASE(
    "a sync does not fail for learned peers that are not connected, and does not wait once they are DOWN")
{
    bench_t bench;
    const auto sync = bench_t::make(), down = bench_t::make(), up = bench_t::make();
    const auto learned = [](peer_key_t key, std::uint64_t needed) {
        operations_t::asked_t peer = asked(key, needed);
        peer.learned = true;
        return peer;
    };
    bench.operations.begin_sync(sync, deadline_t(1000, 0), {asked(1, 0), learned(2, 0)});
    bench.operations.begin_sync(down, deadline_t(2000, 0), {learned(2, 1)});
    bench.operations.begin_sync(up, deadline_t(1000, 0), {learned(3, 1)});
    bench.operations.expire(1000);
    CHECK(state(sync) == "ETIMEDOUT peer1");
    CHECK(state(up) == "ETIMEDOUT peer3"); // connected, and yet it does not answer
    CHECK(state(down) == "pending");
    bench.operations.peer_down(2);
    CHECK(state(down) == "no error");
    const auto of_the_user = bench_t::make();
    bench.operations.begin_sync(of_the_user, deadline_t(3000, 0), {asked(4, 0)});
    bench.operations.peer_down(4);
    CHECK(state(of_the_user) == "pending");
    bench.operations.expire(3000);
    CHECK(state(of_the_user) == "ETIMEDOUT peer4");
}

TEST_CASE("an addition succeeds when the peer is settled, or has at least answered in time")
{
    bench_t bench;
    const auto settled = bench_t::make(), answered = bench_t::make(), nobody = bench_t::make();
    const auto removed = bench_t::make();
    bench.operations.begin_add(settled, deadline_t(100, 0), 1);
    bench.operations.begin_add(answered, deadline_t(100, 0), 2);
    bench.operations.begin_add(nobody, deadline_t(100, 0), 3);
    bench.operations.begin_add(removed, deadline_t(100, 0), 4);
    bench.operations.settled(1);
    CHECK(state(settled) == "no error");
    bench.operations.answered(2, 1);
    CHECK(state(answered) == "pending");
    bench.operations.peer_removed(4);
    CHECK(state(removed) == "EHOSTUNREACH");
    bench.operations.expire(100);
    CHECK(state(answered) == "no error");
    CHECK(state(nobody) == "EHOSTUNREACH");
    CHECK(bench.failed == std::vector<peer_key_t>{3});
}

TEST_CASE("a completion's first end counts, and a wait that is interrupted leaves it usable")
{
    completion_t done;
    failure_t failure;
    interrupt_hook() = [] { return true; };
    CHECK_FAILS(EINTR, done.wait(&failure));
    interrupt_hook() = nullptr;
    done.finish(ETIMEDOUT, {"who"}, "why");
    done.finish(0);
    CHECK_FAILS(ETIMEDOUT, done.wait(&failure));
    CHECK(failure.missing == std::vector<std::string>{"who"});
    CHECK(failure.reason == "why");
}

TEST_CASE("a join ends with the first seed that is settled")
{
    bench_t bench;
    const auto done = bench_t::make();
    bench.operations.begin_join(done, deadline_t(1000, 0), {1, 2, 3}, {1, 3});
    CHECK(bench.operations.next_deadline() == 1000);
    bench.operations.settled(4);
    bench.operations.peer_removed(1);
    CHECK(state(done) == "pending");
    bench.operations.settled(2);
    CHECK(state(done) == "no error");
    bench.operations.expire(2000);
    CHECK(bench.failed.empty());
}

TEST_CASE("a join that nobody answers takes back what it added, and nothing else")
{
    bench_t bench;
    const auto nobody = bench_t::make(), somebody = bench_t::make();
    bench.operations.begin_join(nobody, deadline_t(1000, 0), {1, 2, 3}, {1, 3});
    bench.operations.begin_join(somebody, deadline_t(1000, 0), {4, 5}, {4, 5});
    bench.operations.answered(4, 1); // but it is not UP yet
    bench.operations.expire(999);
    CHECK(state(nobody) == "pending");
    bench.operations.expire(1000);
    CHECK(state(nobody) == "EHOSTUNREACH");
    CHECK(state(somebody) == "no error");
    CHECK(bench.failed == std::vector<peer_key_t>{1, 3});
}

TEST_CASE("a join whose seeds are all this very node waits for nobody; one whose seeds go fails")
{
    bench_t bench;
    const auto alone = bench_t::make(), deserted = bench_t::make(), cancelled = bench_t::make();
    bench.operations.begin_join(alone, deadline_t(-1), {1, 2}, {1, 2});
    bench.operations.begin_join(deserted, deadline_t(-1), {3}, {3});
    bench.operations.begin_join(cancelled, deadline_t(1000, 0), {4}, {4});
    bench.operations.was_self(1);
    CHECK(state(alone) == "pending");
    bench.operations.was_self(2);
    CHECK(state(alone) == "no error");
    bench.operations.peer_removed(3);
    CHECK(state(deserted) == "EHOSTUNREACH");
    bench.operations.cancel(cancelled);
    bench.operations.expire(2000);
    CHECK(bench.failed.empty());
    CHECK(state(cancelled) == "pending");
}
