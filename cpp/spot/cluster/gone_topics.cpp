#include "spot/cluster/gone_topics.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace spot
{
namespace
{
// So many topics are kept whether they are gone or not.
constexpr std::size_t few = 1024;
// Messages wait while a receiver is looked through.
constexpr std::size_t topics_per_look = 1024;
constexpr std::size_t most_per_turn = 16384;
// Where topics end slowly it is enough to look slowly, but faster than they end.
constexpr std::uint64_t looked_at_per_end = 8;
// One is idle when nothing came from one look at it to the next.
constexpr std::size_t looks_after_an_end = 3;
}

void gone_topics_t::tend()
{
    const std::uint64_t ended = _state.topics_ended();
    const std::uint64_t more = ended - _ended;
    _ended = ended;
    const auto most = static_cast<std::size_t>(
        std::min<std::uint64_t>(most_per_turn, topics_per_look + looked_at_per_end * more));
    _receivers.each([&](receiver_id_t id, receiver_t &receiver) {
        const std::size_t topics = receiver.topics();
        if (topics <= few) {
            _rounds.erase(id);
            return;
        }
        round_t &round = _rounds[id];
        if (more > 0)
            round.left = looks_after_an_end * topics;
        tend(receiver, round, most);
    });
}

void gone_topics_t::tend(receiver_t &receiver, round_t &round, std::size_t most)
{
    std::vector<std::string> idle;
    for (std::size_t looked = 0; looked < most && round.left > 0; looked += topics_per_look) {
        idle.clear();
        round.at = receiver.idle_topics(round.at, topics_per_look, idle);
        round.left -= std::min(round.left, topics_per_look);
        const auto exists = [&](const std::string &topic) { return _state.exists(topic); };
        idle.erase(std::remove_if(idle.begin(), idle.end(), exists), idle.end());
        if (!idle.empty())
            receiver.put_aside(idle);
    }
}
}
