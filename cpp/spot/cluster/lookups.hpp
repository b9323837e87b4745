// Look-ups of host names: the service thread asks, and is called back on its own thread in a later turn.
// Questions for the same host share one look-up.
//
// Thread safety: none; the service thread owns it. The resolver's threads only post the addresses that they
// found.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "spot/cluster/mailbox.hpp"
#include "spot/transport/resolver.hpp"

namespace spot
{
class lookups_t
{
  public:
    using told_t = std::function<void(const addresses_t &found)>;

    lookups_t(std::shared_ptr<mailbox_t> mailbox, std::size_t most_at_once, std::size_t most)
        : _mailbox(std::move(mailbox)), _resolver(most_at_once, most), _most(most)
    {
    }
    lookups_t(const lookups_t &) = delete;
    lookups_t &operator=(const lookups_t &) = delete;

    // False: too many are under way, or no thread can be had. `told` is called in a later turn, and never
    // after the mailbox was closed.
    bool ask(const std::string &host, told_t told);
    std::size_t under_way() const { return _asked.size(); }

  private:
    void answered(const std::string &host, const addresses_t &found);

    const std::shared_ptr<mailbox_t> _mailbox;
    resolver_t _resolver;
    const std::size_t _most;
    std::unordered_map<std::string, std::deque<told_t>> _asked; // by host
};
}
