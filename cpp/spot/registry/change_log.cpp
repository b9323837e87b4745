#include "spot/registry/change_log.hpp"

#include <string>

namespace spot::registry
{
void change_log_t::prepare(bool added, std::string_view topic)
{
    if (_keep)
        _log.changes.push_back({added, std::string(topic)});
}

void change_log_t::cancel()
{
    if (_keep)
        _log.changes.pop_back();
}

bool change_log_t::commit()
{
    ++_log.version;
    return _keep;
}

void change_log_t::keep(bool keep)
{
    _keep = keep;
    if (!keep)
        _log.changes.clear();
}

topic_changes_t change_log_t::take()
{
    topic_changes_t taken;
    taken.version = _log.version;
    taken.changes.swap(_log.changes);
    return taken;
}
}
