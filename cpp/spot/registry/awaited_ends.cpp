#include "spot/registry/awaited_ends.hpp"

#include <algorithm>

namespace spot::registry
{
namespace
{
// How many heartbeats pass between two requests for a barrier while messages wait at the caller.
constexpr millis_t patient_heartbeats = 4;
}

void awaited_ends_t::expect(wire::source_t source, wire::stream_end_t end, millis_t now)
{
    owner_t &owner = _owners[source];
    if (owner.ends.empty())
        owner.since = now;
    else if (owner.ends.size() >= max_ends)
        return;
    owner.newest = _number + 1;
    end_t &known = owner.ends[end.topic];
    known.told = std::move(end);
    known.barrier = owner.newest;
}

std::vector<std::pair<wire::source_t, std::uint64_t>> awaited_ends_t::ask(millis_t now, bool drained,
                                                                          millis_t heartbeat)
{
    std::vector<std::pair<wire::source_t, std::uint64_t>> asked;
    for (auto &[source, owner] : _owners) {
        const bool anew = owner.asked < owner.newest;
        const millis_t patience = drained ? (anew ? 0 : heartbeat / 2) : patient_heartbeats * heartbeat;
        if (now - owner.since < patience)
            continue;
        if (anew)
            owner.asked = ++_number;
        owner.since = now;
        asked.emplace_back(source, owner.asked);
    }
    return asked;
}

std::vector<wire::stream_end_t> awaited_ends_t::pass(wire::source_t source, std::uint64_t number)
{
    std::vector<wire::stream_end_t> passed;
    pass(source, number, [&](const wire::stream_end_t &end) { passed.push_back(end); });
    return passed;
}

std::vector<wire::stream_end_t> awaited_ends_t::finish(wire::source_t source)
{
    return pass(source, UINT64_MAX);
}
}
