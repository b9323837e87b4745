#include "spot/cluster/watchers.hpp"

#include "spot/cluster/tell_watchers.hpp"

namespace spot
{
// Under the lock that every change needs: nothing falls between the state that a queue begins with and the
// first change that it is told.
std::shared_ptr<event_queue_t> watchers_t::watch()
{
    const read_lock_t lock(_records.mutex);
    return _records.watchers.watch(current_events(_records));
}

void watchers_t::tell_losses(const std::string &peer, const wire::node_id_t &owner,
                             const std::vector<wire::loss_entry_t> &topics)
{
    event_hub_t::wake_t wake;
    tell_watchers(_records.watchers, [&] {
        for (const wire::loss_entry_t &loss : topics) {
            event_t event;
            event.kind = event_kind_t::lost;
            event.topic = loss.topic;
            event.peer = peer;
            event.node_id = owner.empty() ? std::string() : owner.hex();
            event.count = loss.count;
            _records.watchers.tell(event, wake);
        }
    });
}
}
