#include "spot/transport/thread.hpp"

#include <cerrno>
#include <csignal>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include <pthread.h>
#include <time.h>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace spot
{
namespace
{
// Blocks all signals while it lives: a new thread inherits the signal mask of the thread that starts it.
class block_signals_t
{
  public:
    block_signals_t()
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &_before);
    }
    ~block_signals_t() { pthread_sigmask(SIG_SETMASK, &_before, nullptr); }
    block_signals_t(const block_signals_t &) = delete;
    block_signals_t &operator=(const block_signals_t &) = delete;

  private:
    sigset_t _before;
};
}

void sleep_exactly(std::int64_t nanoseconds)
{
    timespec time{static_cast<time_t>(nanoseconds / 1000000000), static_cast<long>(nanoseconds % 1000000000)};
    nanosleep(&time, nullptr);
}

int start_thread(std::thread &thread, const char *name, std::function<void()> body)
{
    const block_signals_t blocked;
    const auto named = [name, body = std::move(body)] {
#if defined(__linux__)
        pthread_setname_np(pthread_self(), name);
        // The kernel groups timers within 50 microseconds by default (prctl(2), PR_SET_TIMERSLACK).
        prctl(PR_SET_TIMERSLACK, 1);
#elif defined(__APPLE__)
        pthread_setname_np(name);
#endif
        body();
    };
    try {
        thread = std::thread(named);
    } catch (const std::bad_alloc &) {
        return fail(ENOMEM);
    } catch (const std::system_error &error) {
        return fail(error.code().value());
    }
    return 0;
}

namespace
{
// Waits until the kernel has freed a joined thread: until then it counts against the system's limits.
void wait_until_gone(int tid)
{
#if defined(__linux__)
    while (syscall(SYS_tgkill, getpid(), tid, 0) == 0)
        std::this_thread::yield();
#else
    static_cast<void>(tid);
#endif
}

int own_number()
{
#if defined(__linux__)
    return static_cast<int>(syscall(SYS_gettid));
#else
    return 0;
#endif
}
}

bool threads_left(int count)
{
    std::vector<std::thread> threads(static_cast<std::size_t>(count));
    std::vector<int> numbers(threads.size());
    // Held until all threads exist. It is on the heap, because the thread sanitizer confuses a mutex on the
    // stack with a later one at the same address.
    const auto all_there = std::make_unique<std::mutex>();
    int error = 0;
    {
        const std::lock_guard<std::mutex> lock(*all_there);
        for (std::size_t i = 0; i < threads.size() && error == 0; ++i) {
            const auto stay = [&, i] {
                const std::lock_guard<std::mutex> turn(*all_there);
                numbers[i] = own_number();
            };
            if (!attempt([&] { error = start_thread(threads[i], "spot-probe", stay) == 0 ? 0 : errno; }))
                error = ENOMEM;
        }
    }
    for (std::size_t i = 0; i < threads.size() && threads[i].joinable(); ++i) {
        threads[i].join();
        wait_until_gone(numbers[i]);
    }
    errno = error;
    return error == 0;
}
}
