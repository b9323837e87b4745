// The other half of server_t: QUERY. Each is answered, in its turn, as room comes: a client that asks and
// does not read costs a counter.
#include <algorithm>

#include "spot/cluster/server.hpp"

namespace spot
{
namespace
{
// Of one connection, with different envelopes: who asks from behind so many proxies at once waits at home.
constexpr std::size_t most_questions = 256;
}

void server_t::take_query(const std::string &id, bool delimiter)
{
    caller_t *const caller = caller_of(id);
    if (!caller) {
        _counters.ignored.add(1);
        return;
    }
    if (caller->questions.empty() && _frames_left > 0 && caller->backlog->has_room(load_t::answer)) {
        answer(id, delimiter);
        return;
    }
    _asking.insert(std::string(wire::routing_id_of(id)));
    if (!caller->questions.empty() && caller->questions.back().address == id &&
        caller->questions.back().delimiter == delimiter)
        ++caller->questions.back().times;
    else if (caller->questions.size() < most_questions)
        caller->questions.push_back({id, delimiter, 1});
    else
        _counters.ignored.add(1);
}

void server_t::answer_questions()
{
    const std::vector<std::string> asking(_asking.begin(), _asking.end());
    for (const std::string &routing_id : asking) {
        for (;;) {
            const auto caller = _callers.find(routing_id);
            if (caller == _callers.end() || caller->second.questions.empty()) {
                _asking.erase(routing_id);
                break;
            }
            if (!caller->second.backlog->has_room_or_wakes(load_t::answer))
                break;
            if (_frames_left == 0) {
                _unfinished = true;
                return;
            }
            question_t &next = caller->second.questions.front();
            const std::string address = next.address;
            const bool delimiter = next.delimiter;
            answer(address, delimiter); // what throws is answered again
            const auto still = _callers.find(routing_id);
            if (still != _callers.end() && !still->second.questions.empty() &&
                --still->second.questions.front().times == 0)
                still->second.questions.pop_front();
        }
    }
}

// To a node its answer has no version, so that follows: changes can then be told from there on.
bool server_t::answer(const std::string &id, bool delimiter)
{
    const wire::frames_t &frames = list();
    _frames_left -= std::min(_frames_left, frames.size());
    const std::uint64_t version = _list_version;
    tell_shared(id, _state.shared_topics());
    const bool sent = reply(id, delimiter, frames, load_t::answer);
    client_t *const client = find_client(id);
    if (!client || client->node_id.empty() || client->node_id == _welcome.node_id)
        return sent;
    client->stale = !sent;
    if (!sent)
        return false;
    client->version = version;
    tell_version(id);
    return true;
}

const wire::frames_t &server_t::list()
{
    if (_list_version == _state.topics_version())
        return _list;
    std::uint64_t version = 0;
    _list = wire::encode_query_resp(_state.local_topics(version));
    _list_version = version;
    return _list;
}
}
