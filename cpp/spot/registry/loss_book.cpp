#include "spot/registry/loss_book.hpp"

#include <optional>
#include <utility>

namespace spot::registry
{
// What needs memory comes first.
std::uint64_t loss_book_t::advance(topic_losses_t &topic, const std::string &name, wire::source_t source,
                                   std::uint64_t seq, std::uint64_t count, std::uint64_t bytes)
{
    std::uint64_t *const noted =
        topic.ledger().missed(source, seq) > 0 ? &_unreported[source][name] : nullptr;
    const std::uint64_t lost = topic.ledger().advance(source, seq, count, bytes);
    if (lost > 0 && topic.forgive(source, lost, _now()))
        return 0;
    if (noted)
        *noted += lost;
    return lost;
}

std::uint64_t loss_book_t::advance_to_mark(topic_losses_t &topic, const std::string &name,
                                           wire::source_t source, std::uint64_t next)
{
    topic.reserve_untold();
    const std::uint64_t lost = advance(topic, name, source, next, 0, 0);
    if (lost > 0)
        topic.keep_untold(source, lost);
    return lost;
}

void loss_book_t::keep_counts(const loss_ledger_t &ledger)
{
    ledger.each([&](wire::source_t source, const stream_counts_t &) { _ended[source]; });
    ledger.each(
        [&](wire::source_t source, const stream_counts_t &counts) { _ended.find(source)->second += counts; });
}

void loss_book_t::end(topic_losses_t &topic)
{
    keep_counts(topic.ledger());
    topic.end();
}

void loss_book_t::put_aside(topic_losses_t &topic, const std::string &name)
{
    _aside.keep(name, {name, {}}); // a place, for which there may be no memory
    keep_counts(topic.ledger());
    if (aside_t *const aside = _aside.find(name))
        aside->losses = std::move(topic);
}

void loss_book_t::take_up(topic_losses_t &topic, const std::string &name)
{
    std::optional<aside_t> known = _aside.take(name);
    if (!known)
        return;
    topic.resume(std::move(known->losses));
    topic.ledger().each([&](wire::source_t source, const stream_counts_t &counts) {
        if (const auto ended = _ended.find(source); ended != _ended.end())
            ended->second -= counts;
    });
}

const topic_losses_t *loss_book_t::find_aside(std::string_view name) const
{
    const aside_t *const aside = _aside.find(name);
    return aside ? &aside->losses : nullptr;
}

void loss_book_t::forget(const std::vector<wire::source_t> &sources)
{
    _aside.erase_if([&](aside_t &aside) {
        for (const wire::source_t source : sources)
            aside.losses.ledger().forget(source);
        return aside.losses.ledger().empty();
    });
    for (const wire::source_t source : sources)
        _ended.erase(source);
}
}
