// Lets receivers forget topics that are gone: a pattern lets in topics that come and go for ever.
//
// Ownership: the service thread. A bounded amount of work at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "spot/cluster/receivers.hpp"
#include "spot/cluster/topic_directory.hpp"

namespace spot
{
class gone_topics_t
{
  public:
    gone_topics_t(const topic_directory_t &topics, receivers_t &receivers)
        : _topics(topics), _receivers(receivers)
    {
    }

    // Every now and then.
    void tend();

  private:
    struct round_t
    {
        std::size_t at = 0; // where it goes on
        int left = 0;       // how often it is still to be gone through
    };
    void tend(receiver_t &receiver, round_t &round, std::size_t places);

    const topic_directory_t &_topics;
    receivers_t &_receivers;
    std::uint64_t _ended = 0; // how many topics had ended when it was looked last
    std::uint64_t _owed = 0;  // how many places are to be looked at for those
    std::map<receiver_id_t, round_t> _rounds;
};
}
