#include "spot/registry/topic_losses.hpp"

namespace spot::registry
{
void topic_losses_t::stop_forgiving(millis_t now)
{
    if (now > _forgives_until)
        _forgives_until = 0;
}

bool topic_losses_t::forgive(wire::source_t source, std::uint64_t lost, millis_t now)
{
    const millis_t until = std::exchange(_forgives_until, 0);
    if (until == 0 || now > until)
        return false;
    _ledger.forgive(source, lost);
    return true;
}

std::uint64_t topic_losses_t::take_untold(wire::source_t source)
{
    std::uint64_t lost = 0;
    for (auto untold = _untold.begin(); untold != _untold.end();) {
        if (untold->first == source) {
            lost += untold->second;
            untold = _untold.erase(untold);
        } else {
            ++untold;
        }
    }
    return lost;
}

void topic_losses_t::end()
{
    _ledger.clear();
    _untold.clear();
}

void topic_losses_t::resume(topic_losses_t &&earlier)
{
    _ledger = std::move(earlier._ledger);
    _untold = std::move(earlier._untold);
}
}
