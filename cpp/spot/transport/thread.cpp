#include "spot/transport/thread.hpp"

#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>
#include <utility>

#include <pthread.h>
#include <time.h>

#include "spot/base/errors.hpp"

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace spot
{
namespace
{
// A new thread inherits the mask of the one that starts it.
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
        // Timers of this thread are not to be put together with others' within the usual 50 microseconds.
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
    } catch (const std::system_error &) {
        return fail(ENOMEM);
    }
    return 0;
}
}
