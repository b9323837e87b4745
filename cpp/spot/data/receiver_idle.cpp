// The part of receiver_t that forgets topics which are gone. A pattern lets in topics that come and go for
// ever.
#include "spot/data/receiver.hpp"

namespace spot
{
std::size_t receiver_t::idle_topics(std::size_t from, std::size_t count, std::vector<std::string> &idle)
{
    const millis_t now = now_ms();
    const lock_t lock(_mutex);
    return _topics.idle(from, count, now, idle);
}

void receiver_t::put_aside(const std::vector<std::string> &topics)
{
    const lock_t lock(_mutex);
    _topics.put_aside(topics);
}

std::size_t receiver_t::topics() const
{
    const lock_t lock(_mutex);
    return _topics.size();
}
}
