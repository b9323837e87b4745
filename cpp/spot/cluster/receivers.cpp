#include "spot/cluster/receivers.hpp"

#include <cerrno>
#include <utility>

#include "spot/base/errors.hpp"
#include "spot/base/no_memory.hpp"

namespace spot
{
int receivers_t::add(receiver_id_t id, std::shared_ptr<receiver_t> receiver)
{
    const std::string name = _name + "-" + std::to_string(id);
    entry_t &entry = _entries[id];
    entry.receiver = std::move(receiver);
    int result = -1;
    if (!attempt([&] { result = entry.receiver->watch(_ctx, name, entry.monitor); }))
        errno = ENOMEM;
    if (result == 0)
        return 0;
    const int error = errno;
    remove(id);
    return fail(error);
}

bool receivers_t::remove(receiver_id_t id)
{
    const auto found = _entries.find(id);
    if (found == _entries.end())
        return false;
    end(found->second);
    _ended_malformed += found->second.receiver->malformed();
    _ended_lost += found->second.receiver->lost();
    _entries.erase(found);
    return true;
}

void receivers_t::end(entry_t &entry)
{
    entry.receiver->unwatch(); // first: nobody may write to a monitor that is not read
    entry.monitor.close();
}

void receivers_t::close()
{
    for (auto &[id, entry] : _entries)
        end(entry);
    _entries.clear();
}

receiver_t *receivers_t::find(receiver_id_t id)
{
    const auto found = _entries.find(id);
    return found == _entries.end() ? nullptr : found->second.receiver.get();
}

std::optional<receiver_id_t> receivers_t::find_closed() const
{
    for (const auto &[id, entry] : _entries)
        if (entry.receiver->closed())
            return id;
    return std::nullopt;
}

// --- receiver_control_t --------------------------------------------------------------------------------

std::vector<receiver_id_t> receivers_t::ids() const
{
    std::vector<receiver_id_t> ids;
    ids.reserve(_entries.size());
    for (const auto &[id, entry] : _entries)
        ids.push_back(id);
    return ids;
}

int receivers_t::connect_one(receiver_id_t id, const std::string &endpoint)
{
    return _entries.at(id).receiver->connect(endpoint);
}

void receivers_t::retire_one(receiver_id_t id, const std::string &endpoint)
{
    _entries.at(id).receiver->retire(endpoint);
}

void receivers_t::add_source_to(receiver_id_t id, const wire::node_id_t &node)
{
    _entries.at(id).receiver->add_source(node);
}

void receivers_t::remove_source_from(receiver_id_t id, const wire::node_id_t &node, bool may_return)
{
    _entries.at(id).receiver->remove_source(node, may_return);
}

void receivers_t::subscribe_token(receiver_id_t id, const wire::token_t &token)
{
    _entries.at(id).receiver->subscribe_token(token);
}

void receivers_t::unsubscribe_token(receiver_id_t id, const wire::token_t &token)
{
    _entries.at(id).receiver->unsubscribe_token(token);
}

void receivers_t::disconnect(const std::string &endpoint)
{
    each([&](receiver_id_t, receiver_t &receiver) { receiver.disconnect(endpoint); });
}

void receivers_t::add_source(const wire::node_id_t &node)
{
    each([&](receiver_id_t, receiver_t &receiver) { receiver.add_source(node); });
}

void receivers_t::remove_source(const wire::node_id_t &node, bool may_return)
{
    each([&](receiver_id_t, receiver_t &receiver) { receiver.remove_source(node, may_return); });
}

void receivers_t::purge_source(const wire::node_id_t &node)
{
    each([&](receiver_id_t, receiver_t &receiver) { receiver.purge_source(node); });
}

// --- all of them ---------------------------------------------------------------------------------------

void receivers_t::touch()
{
    each([](receiver_id_t, receiver_t &receiver) { receiver.touch(); });
}

bool receivers_t::wants(std::string_view topic)
{
    for (auto &[id, entry] : _entries)
        if (entry.receiver->wants(topic))
            return true;
    return false;
}

void receivers_t::inject(std::string_view topic, raw_message_t frame)
{
    // A topic that the receiver did not ask for would fill its queue.
    each([&](receiver_id_t, receiver_t &receiver) {
        if (receiver.wants(topic))
            receiver.inject(frame.share());
    });
}

receiver_t::losses_t &receivers_t::losses()
{
    each([&](receiver_id_t, receiver_t &receiver) { receiver.take_losses(_losses); });
    return _losses;
}

std::uint64_t receivers_t::malformed() const
{
    std::uint64_t sum = _ended_malformed;
    for (const auto &[id, entry] : _entries)
        sum += entry.receiver->malformed();
    return sum;
}

std::uint64_t receivers_t::lost() const
{
    std::uint64_t sum = _ended_lost;
    for (const auto &[id, entry] : _entries)
        sum += entry.receiver->lost();
    return sum;
}

void receivers_t::poll(poll_set_t &polled)
{
    for (auto &[id, entry] : _entries)
        entry.polled_as = polled.add(entry.monitor.socket().fd());
}

bool receivers_t::touched()
{
    for (auto &[id, entry] : _entries)
        if (entry.monitor.socket().touched())
            return true;
    return false;
}
}
