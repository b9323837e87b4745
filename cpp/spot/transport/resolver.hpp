// Looks up host names for a thread that must not wait for the system's resolver.
//
// Ownership: one thread calls resolve(). Names are looked up by threads that exist while there are any,
// several at once, so that one whose server does not answer delays no other. Nobody waits for them, because
// nothing can end a look-up early: when the resolver_t goes, it leaves the list empty behind it, and each
// thread ends after the name it is at.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spot
{
struct addresses_t
{
    std::vector<std::string> hosts; // in the order in which they are to be tried; empty: `error` says why
    std::string error;              // in the resolver's own words
    bool unknown = false;           // there is no such name, as opposed to: nobody answered who would know
};

class resolver_t
{
  public:
    // Called on one of those threads.
    using answer_t = std::function<void(const addresses_t &found)>;
    using look_up_t = std::function<addresses_t(const std::string &host)>;

    // At most so many names are looked up at once, and so many wait for it.
    resolver_t(std::size_t most_at_once, std::size_t most_waiting);
    ~resolver_t();
    resolver_t(const resolver_t &) = delete;
    resolver_t &operator=(const resolver_t &) = delete;

    // False: too many wait, or no thread can be had.
    bool resolve(const std::string &host, answer_t answer);

    // For tests: how names are looked up from now on, by every resolver; null: by asking the system.
    static void replace(look_up_t how);

  private:
    struct queue_t;
    std::shared_ptr<queue_t> _queue;
};

// Asks the system; may take as long as that takes. Addresses of IPv4 come first: a node on "127.0.0.1" is not
// found at the "::1" that "localhost" also means.
addresses_t look_up(const std::string &host);
}
