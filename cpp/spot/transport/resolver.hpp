// Looks up host names for a thread that must not wait for the system's resolver.
//
// Ownership: one thread calls resolve(). Names are looked up one by one by a thread that exists while there
// are any; nobody waits for it, because nothing can end a look-up early: when the resolver_t goes, it leaves
// the list empty behind it and ends after the name it is at.
#pragma once

#include <functional>
#include <memory>

#include "spot/transport/endpoint.hpp"

namespace spot
{
class resolver_t
{
  public:
    // Called on that thread; `found` has an address for a host, and is null when the name does not resolve.
    using answer_t = std::function<void(const endpoint_t *found)>;

    resolver_t();
    ~resolver_t();
    resolver_t(const resolver_t &) = delete;
    resolver_t &operator=(const resolver_t &) = delete;

    // False: too many wait, or no thread can be had.
    bool resolve(const endpoint_t &endpoint, answer_t answer);

    static constexpr std::size_t max_waiting = 64;

  private:
    struct queue_t;
    std::shared_ptr<queue_t> _queue;
};
}
