// Looks up host names on threads of its own, for a thread that must not wait for the system's resolver.
//
// Thread safety: one thread calls resolve(). The resolver starts a thread for each name, up to a limit, so
// that a name server that does not answer delays no other name; a thread ends when no name waits. Nothing can
// end a look-up early, so that the destructor waits for no thread: it empties the queue, and each thread ends
// after the name that it is looking up.
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
    std::vector<std::string> hosts; // the addresses, in the order in which to try them; empty: see `error`
    std::string error;              // the system's text
    bool unknown = false;           // the name does not exist; false with `error`: no server could tell
};

class resolver_t
{
  public:
    // Takes the answer, on a thread of the resolver. After std::bad_alloc it is called again.
    using answer_t = std::function<void(const addresses_t &found)>;
    using look_up_t = std::function<addresses_t(const std::string &host)>;

    // The number of threads, and the number of names that wait for one, at most.
    resolver_t(std::size_t most_at_once, std::size_t most_waiting);
    ~resolver_t();
    resolver_t(const resolver_t &) = delete;
    resolver_t &operator=(const resolver_t &) = delete;

    // Queues a name. False: too many names wait, or no thread could be started. Throws std::bad_alloc.
    bool resolve(const std::string &host, answer_t answer);

    // For tests: replaces look_up() in every resolver. Null: look_up() again.
    static void replace(look_up_t how);

  private:
    struct queue_t;
    std::shared_ptr<queue_t> _queue;
};

// Asks the system's resolver, and waits for it. Addresses of IPv4 come first: "localhost" means "::1", too,
// where a node on "127.0.0.1" cannot be found.
addresses_t look_up(const std::string &host);
}
