#include "spot/data/topic_slot.hpp"

namespace spot
{
void topic_slot_t::set_match(const std::string &subscription, bool forget)
{
    match_t *const known = _match.load(std::memory_order_relaxed);
    if (known && known->subscription == subscription)
        return;
    auto made = std::make_unique<match_t>(subscription);
    _matches.reserve(_matches.size() + 1); // nothing fails from here on
    if (forget)
        _matches.clear();
    for (const std::unique_ptr<match_t> &earlier : _matches)
        if (earlier->subscription == subscription)
            return _match.store(earlier.get(), std::memory_order_release);
    _matches.push_back(std::move(made));
    _match.store(_matches.back().get(), std::memory_order_release);
}
}
