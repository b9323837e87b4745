// Protects: the parts of waiting: wake-ups, readiness, polls, mailboxes and raw frames.
#include <csignal>

#include "spot/cluster/mailbox.hpp"
#include "spot/transport/poll.hpp"
#include "spot/transport/raw_message.hpp"
#include "spot/transport/readiness.hpp"
#include "spot/transport/thread.hpp"
#include "spot/transport/wakeup.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
bool readable(int fd, millis_t timeout_ms = 0)
{
    return wait_readable(&fd, 1, timeout_ms) == 1;
}
}

TEST_CASE("a wake-up is set once however often, and stays until it is cleared")
{
    wakeup_t wakeup;
    CHECK_FALSE(readable(wakeup.fd()));
    wakeup.clear();
    for (int i = 0; i < 100; ++i)
        wakeup.set();
    CHECK(readable(wakeup.fd()));
    CHECK(readable(wakeup.fd()));
    wakeup.clear();
    CHECK_FALSE(readable(wakeup.fd()));
    wakeup.set();
    CHECK(readable(wakeup.fd()));
}

TEST_CASE("a wake-up from another thread ends a wait")
{
    wakeup_t wakeup;
    for (int i = 0; i < rounds(500, 100); ++i) {
        const worker_t other([&] { wakeup.set(); });
        REQUIRE(readable(wakeup.fd(), patience_ms));
        wakeup.clear();
    }
}

TEST_CASE("readiness stands for each of its descriptors, level-triggered")
{
    wakeup_t one, two;
    const readiness_t both({one.fd(), two.fd()});
    CHECK_FALSE(readable(both.fd()));
    one.set();
    two.set();
    CHECK(readable(both.fd()));
    one.clear();
    CHECK(readable(both.fd()));
    two.clear();
    CHECK_FALSE(readable(both.fd()));
    two.set();
    CHECK(readable(both.fd()));
}

TEST_CASE("a poll times out in time, and a poll set says which")
{
    wakeup_t quiet, loud;
    const stopwatch_t watch;
    CHECK_FALSE(readable(quiet.fd(), 50));
    CHECK(watch.ms() >= 49);
    loud.set();
    poll_set_t set;
    const std::size_t first = set.add(quiet.fd()), second = set.add(loud.fd());
    set.wait(patience_ms);
    CHECK_FALSE(set.ready(first));
    CHECK(set.ready(second));
    loud.clear();
    set.wait(0);
    CHECK_FALSE(set.ready(second));
    set.clear();
    set.wait(10);
}

TEST_CASE("a deadline counts down to zero, and for ever is for ever")
{
    const deadline_t soon(100, 1000);
    CHECK(soon.left(50, 1000) == 50);
    CHECK(soon.left(50, 1080) == 20);
    CHECK(soon.left(50, 2000) == 0);
    CHECK_FALSE(soon.passed(1099));
    CHECK(soon.passed(1100));
    const deadline_t never(-1, 0), far(std::numeric_limits<millis_t>::max(), 5);
    CHECK(never.never());
    CHECK(far.never());
    CHECK(never.left(50, 1'000'000) == 50);
    CHECK(deadline_t(0, 7).passed(7));
}

TEST_CASE("a mailbox keeps the order of its tasks, and takes none when it is closed")
{
    mailbox_t mailbox;
    std::vector<int> ran;
    for (int i = 0; i < 5; ++i)
        CHECK(mailbox.post([&ran, i] { ran.push_back(i); }));
    CHECK(readable(mailbox.wakeup().fd()));
    for (const mailbox_t::task_t &task : mailbox.take())
        task();
    CHECK(ran == std::vector<int>{0, 1, 2, 3, 4});
    CHECK_FALSE(readable(mailbox.wakeup().fd()));
    CHECK(mailbox.take().empty());
    CHECK(mailbox.post([] {}));
    mailbox.close();
    CHECK_FALSE(mailbox.post([] {}));
    CHECK(mailbox.take().size() == 1); // a task that was posted before still runs
}

TEST_CASE("a thread of ours has every signal blocked, and the one that starts it keeps its own mask")
{
    sigset_t before, after, inside;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    std::thread thread;
    REQUIRE_OK(start_thread(thread, "spot-test", [&] { pthread_sigmask(SIG_SETMASK, nullptr, &inside); }));
    thread.join();
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGALRM}) {
        CHECK(sigismember(&inside, signal) == 1);
        CHECK(sigismember(&after, signal) == sigismember(&before, signal));
    }
}

TEST_CASE("raw messages move, share and free")
{
    raw_message_t a(std::string_view("bytes"));
    raw_message_t shared = a.share();
    raw_message_t b = std::move(a);
    CHECK(b.view() == "bytes");
    CHECK(a.view().empty());
    b = raw_message_t(std::string_view());
    CHECK(shared.view() == "bytes");
    CHECK_FALSE(shared.more());
    static std::atomic<int> freed{0};
    freed = 0;
    char buffer[100];
    {
        raw_message_t held(
            buffer, sizeof buffer, [](void *, void *) { ++freed; }, nullptr);
        const raw_message_t again = held.share();
        held = raw_message_t();
        CHECK(freed == 0);
    }
    CHECK(freed == 1);
}
