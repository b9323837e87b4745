// Lets receivers forget topics that are gone. A receiver with a pattern gets topics that come and go for
// ever.
//
// Each call looks at a bounded number of places of the receivers' tables, more where more topics have ended.
// A topic is forgotten when it was idle from one look to the next and does not exist.
//
// Thread safety: none; the service thread.
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

    // At each tick of the service thread.
    void tend();

  private:
    struct round_t
    {
        std::size_t at = 0; // the place of the receiver's table where the next look begins
        int left = 0;       // how often the whole table is still to be looked at
    };
    void tend(receiver_t &receiver, round_t &round, std::size_t places);

    const topic_directory_t &_topics;
    receivers_t &_receivers;
    std::uint64_t _ended = 0; // how many topics had ended at the last call
    std::uint64_t _owed = 0;  // how many places are still to be looked at for the topics that ended
    std::map<receiver_id_t, round_t> _rounds;
};
}
