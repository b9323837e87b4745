#include "spot/cluster/gone_topics.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace spot
{
namespace
{
// A receiver with so few topics keeps them, whether they are gone or not.
constexpr std::size_t few = 1024;
// Messages wait while so many places of a receiver's table are looked at.
constexpr std::size_t places_per_look = 1024;
constexpr std::uint64_t most_per_turn = 32768;
// For each topic that has ended so many places are looked at: a table has more places than topics, and each
// place is looked at several times.
constexpr std::uint64_t places_per_end = 16;
constexpr std::uint64_t most_owed = 1 << 20;
// A topic is idle when nothing came from one look at it to the next. Two looks find that; the third one finds
// the topics that ended while the first was under way.
constexpr int rounds_after_an_end = 3;
}

void gone_topics_t::tend()
{
    const std::uint64_t ended = _topics.ended();
    const std::uint64_t more = ended - _ended;
    _ended = ended;
    _owed = std::min(_owed + places_per_end * std::min(more, most_owed), most_owed);
    const std::uint64_t places = std::min(_owed + places_per_look, most_per_turn);
    _owed -= std::min(_owed, places);
    _receivers.each([&](receiver_id_t id, receiver_t &receiver) {
        if (receiver.topics() <= few) {
            _rounds.erase(id);
            return;
        }
        round_t &round = _rounds[id];
        if (more > 0)
            round.left = rounds_after_an_end;
        tend(receiver, round, static_cast<std::size_t>(places));
    });
}

void gone_topics_t::tend(receiver_t &receiver, round_t &round, std::size_t places)
{
    std::vector<std::string> idle;
    for (std::size_t looked = 0; looked < places && round.left > 0; looked += places_per_look) {
        idle.clear();
        round.at = receiver.idle_topics(round.at, places_per_look, idle);
        round.left -= round.at == 0 ? 1 : 0;
        const auto exists = [&](const std::string &topic) { return _topics.exists(topic); };
        idle.erase(std::remove_if(idle.begin(), idle.end(), exists), idle.end());
        if (!idle.empty())
            receiver.put_aside(idle);
    }
}
}
