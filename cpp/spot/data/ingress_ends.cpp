// The part of ingress_t that finds out what is missing at the end of what a publisher sent.
#include <utility>

#include "spot/data/ingress.hpp"
#include "spot/wire/data.hpp"

namespace spot
{
void ingress_t::expect_ends(wire::source_t publisher, std::vector<wire::stream_end_t> ends)
{
    {
        const lock_t lock(_mutex);
        _told.emplace_back(publisher, std::move(ends));
    }
    look_at_ends();
}

void ingress_t::look_at_ends()
{
    _look.store(true, std::memory_order_relaxed);
    _wakeup.set();
}

std::vector<std::pair<wire::source_t, std::uint64_t>> ingress_t::take_asked()
{
    const lock_t lock(_mutex);
    return std::exchange(_asked, {});
}

bool ingress_t::is_known(wire::source_t publisher, const wire::stream_end_t &end) const
{
    const auto ledger = _ledgers.find(end.topic);
    return ledger == _ledgers.end() || ledger->second.has_reached(publisher, end.next);
}

void ingress_t::tend_ends(bool drained)
{
    _look.store(false, std::memory_order_relaxed);
    _wakeup.clear(); // before what it announced is taken
    const millis_t now = now_ms();
    take_told(now);
    if (drained)
        _awaited.drop([&](wire::source_t publisher, const wire::stream_end_t &end) {
            return is_known(publisher, end);
        });
    _awaits.store(!_awaited.empty(), std::memory_order_relaxed);
    const auto asked = _awaited.ask(now, drained, _options.heartbeat_ms);
    if (asked.empty())
        return;
    {
        const lock_t lock(_mutex);
        _asked.insert(_asked.end(), asked.begin(), asked.end());
    }
    _options.wake();
}

// What throws goes on where it was.
void ingress_t::take_told(millis_t now)
{
    do {
        for (; !_taken.empty(); _taken.pop_front()) {
            const auto &[publisher, ends] = _taken.front();
            if (ends.empty())
                _awaited.finish(publisher, [](const wire::stream_end_t &) {});
            for (const wire::stream_end_t &end : ends)
                if (!is_known(publisher, end))
                    _awaited.expect(publisher, end, now);
        }
        const lock_t lock(_mutex);
        _taken.swap(_told);
    } while (!_taken.empty());
}

void ingress_t::take_barrier(std::string_view frame)
{
    std::uint64_t number = 0;
    wire::node_id_t publisher;
    if (!wire::parse_barrier(frame, wire::directed_filter(_options.node_id, 0), number, publisher))
        return _malformed.add(1);
    _awaited.pass(publisher.source(), number, [&](const wire::stream_end_t &end) {
        if (!is_known(publisher.source(), end))
            account(publisher.source(), end.topic, end.next, 0);
    });
    _awaits.store(!_awaited.empty(), std::memory_order_relaxed);
}
}
