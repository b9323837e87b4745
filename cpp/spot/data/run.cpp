#include "spot/data/run.hpp"

namespace spot
{
void run_lender_t::lend(cursor_t &cursor, run_t &run, bool watched)
{
    cursor.swap(run._cursor);
    run._generation = _generation.load(std::memory_order_relaxed);
    run._watched = watched;
    _slot = run.frame().slot;
    _owner = run.frame().node_id;
    _drops = false;
}

void run_lender_t::call_back(fate_t fate)
{
    _drops = _drops || fate == fate_t::drop;
    _generation.fetch_add(1, std::memory_order_release);
}

void run_lender_t::take_back(run_t &run, cursor_t &cursor, bool keep)
{
    if (keep && !_drops)
        cursor.swap(run._cursor);
    run._cursor.drop();
    _slot.reset();
}
}
