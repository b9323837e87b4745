#include "spot/transport/resolver.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <sys/socket.h>

#include "spot/base/mutex.hpp"
#include "spot/base/no_memory.hpp"
#include "spot/transport/address.hpp"
#include "spot/transport/thread.hpp"

namespace spot
{
namespace
{
constexpr std::int64_t memory_pause_ns = 10000000;

mutex_t replaced_mutex;
std::shared_ptr<const resolver_t::look_up_t> replaced SPOT_GUARDED_BY(replaced_mutex);

addresses_t look_up_as_told(const std::string &host)
{
    std::shared_ptr<const resolver_t::look_up_t> how;
    {
        const lock_t lock(replaced_mutex);
        how = replaced;
    }
    return how ? (*how)(host) : look_up(host);
}

// An exception of a thread would end the process.
addresses_t look_up_safely(const std::string &host) noexcept
{
    try {
        return look_up_as_told(host);
    } catch (const std::bad_alloc &) {
        return {};
    }
}
}

addresses_t look_up(const std::string &host)
{
    addresses_t found;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *list = nullptr;
    const int result = getaddrinfo(host.c_str(), nullptr, &hints, &list);
    const int error = errno;
    if (result != 0) {
        found.error = result == EAI_SYSTEM ? std::generic_category().message(error) : gai_strerror(result);
        found.unknown = result == EAI_NONAME;
        return found;
    }
    for (const int family : {AF_INET, AF_INET6}) {
        for (const addrinfo *entry = list; entry; entry = entry->ai_next) {
            if (entry->ai_family != family)
                continue;
            char text[NI_MAXHOST];
            if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof text, nullptr, 0,
                            NI_NUMERICHOST) != 0)
                continue;
            const std::string address = address_of(text);
            if (!address.empty() &&
                std::find(found.hosts.begin(), found.hosts.end(), address) == found.hosts.end())
                found.hosts.push_back(address);
        }
    }
    freeaddrinfo(list);
    if (found.hosts.empty())
        found.error = "it has no address of IPv4 or IPv6";
    return found;
}

struct resolver_t::queue_t
{
    struct asked_t
    {
        std::string host;
        answer_t answer;
    };
    queue_t(std::size_t at_once, std::size_t to_wait) : most_at_once(at_once), most_waiting(to_wait) {}

    const std::size_t most_at_once, most_waiting;
    mutex_t mutex;
    std::deque<asked_t> waiting SPOT_GUARDED_BY(mutex);
    std::size_t threads SPOT_GUARDED_BY(mutex) = 0;

    // Takes the next name. False: none waits, and the calling thread is to end.
    bool next(asked_t &asked)
    {
        const lock_t lock(mutex);
        if (waiting.empty()) {
            --threads;
            return false;
        }
        asked = std::move(waiting.front());
        waiting.pop_front();
        return true;
    }
    void work()
    {
        for (asked_t asked; next(asked);) {
            const addresses_t found = look_up_safely(asked.host);
            while (!tell(asked.answer, found))
                sleep_exactly(memory_pause_ns);
        }
    }
    // False: there was no memory. The caller must try again, because the answer is waited for.
    static bool tell(const answer_t &answer, const addresses_t &found) noexcept
    {
        try {
            answer(found);
            return true;
        } catch (const std::bad_alloc &) {
            return false;
        }
    }
};

resolver_t::resolver_t(std::size_t most_at_once, std::size_t most_waiting)
    : _queue(std::make_shared<queue_t>(most_at_once, most_waiting))
{
}

resolver_t::~resolver_t()
{
    const lock_t lock(_queue->mutex);
    _queue->waiting.clear();
}

bool resolver_t::resolve(const std::string &host, answer_t answer)
{
    const lock_t lock(_queue->mutex);
    if (_queue->waiting.size() >= _queue->most_waiting)
        return false;
    _queue->waiting.push_back({host, std::move(answer)});
    if (_queue->threads >= _queue->most_at_once)
        return true;
    std::thread thread;
    int started = -1;
    attempt([&] { started = start_thread(thread, "spot-resolver", [queue = _queue] { queue->work(); }); });
    if (started == 0) {
        thread.detach();
        ++_queue->threads;
        return true;
    }
    if (_queue->threads > 0) // a running thread will take the name
        return true;
    _queue->waiting.pop_back();
    return false;
}

void resolver_t::replace(look_up_t how)
{
    const lock_t lock(replaced_mutex);
    replaced = how ? std::make_shared<const look_up_t>(std::move(how)) : nullptr;
}
}
