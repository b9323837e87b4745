// The receivers of a node: the default one, and one for each subscriber. All have the same data connections
// and know the same sources, so that a change for one peer is made in each of them.
//
// Thread safety: none; the service thread owns it. Receivers lock themselves, and each may be closed by its
// own user at any time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spot/cluster/receiver_control.hpp"
#include "spot/data/receiver.hpp"
#include "spot/transport/monitor.hpp"
#include "spot/transport/poll.hpp"

namespace spot
{
// For the log: nothing for the default one, of which there is always just one.
inline std::string of_receiver(receiver_id_t id)
{
    return id == default_receiver ? std::string() : " of receiver " + std::to_string(id);
}

class receivers_t : public receiver_control_t
{
  public:
    // `name` is unique in the context: monitors are called after it.
    receivers_t(std::shared_ptr<ctx_state_t> ctx, std::string name)
        : _ctx(std::move(ctx)), _name(std::move(name))
    {
    }

    // Watches its connections from now on. 0, or -1 and errno (EMFILE, ENOTSOCK).
    int add(receiver_id_t id, std::shared_ptr<receiver_t> receiver);
    // False: there is none.
    bool remove(receiver_id_t id);
    void close(); // ends the monitors
    receiver_t *find(receiver_id_t id);
    std::optional<receiver_id_t> find_closed() const;

    template <typename Use> void each(Use use)
    {
        for (auto &[id, entry] : _entries)
            use(id, *entry.receiver);
    }

    // --- receiver_control_t
    std::vector<receiver_id_t> ids() const override;
    bool has(receiver_id_t id) const override { return _entries.count(id) > 0; }
    int connect_one(receiver_id_t id, const std::string &endpoint) override;
    void retire_one(receiver_id_t id, const std::string &endpoint) override;
    void add_source_to(receiver_id_t id, const wire::node_id_t &node) override;
    void remove_source_from(receiver_id_t id, const wire::node_id_t &node, bool may_return) override;
    void subscribe_token(receiver_id_t id, const wire::token_t &token) override;
    void unsubscribe_token(receiver_id_t id, const wire::token_t &token) override;
    void disconnect(const std::string &endpoint) override;
    void add_source(const wire::node_id_t &node) override;
    void remove_source(const wire::node_id_t &node, bool may_return) override;
    void purge_source(const wire::node_id_t &node) override;

    void touch();
    bool wants(std::string_view topic); // one of them
    // To those that want the topic.
    void inject(std::string_view topic, raw_message_t frame);
    // The losses that are not told yet, of all receivers. The caller takes out those that it has told.
    receiver_t::losses_t &losses();
    // The same, and over those that were removed.
    std::uint64_t malformed() const;
    std::uint64_t lost() const;

    // --- what happens to their connections
    void poll(poll_set_t &polled);
    bool touched(); // some monitor must be looked at before anyone sleeps
    // Calls use(id, event) for everything that happened since the last call.
    template <typename Use> void drain_events(const poll_set_t &polled, Use use)
    {
        for (auto &[id, entry] : _entries) {
            socket_t &socket = entry.monitor.socket();
            if (!entry.happened && !socket.touched() && entry.polled_as != never_polled &&
                !polled.ready(entry.polled_as))
                continue;
            do {
                for (; entry.happened || entry.monitor.next(entry.event); entry.happened = false) {
                    entry.happened = true; // also for the next call, if it is cut short
                    use(id, entry.event);
                }
            } while ((socket.events() & socket_t::readable) != 0);
        }
    }

  private:
    static constexpr std::size_t never_polled = static_cast<std::size_t>(-1);
    struct entry_t
    {
        std::shared_ptr<receiver_t> receiver;
        monitor_t monitor;
        std::size_t polled_as = never_polled;
        connection_event_t event;
        bool happened = false; // that event, and is not handled
    };
    void end(entry_t &entry);

    const std::shared_ptr<ctx_state_t> _ctx;
    const std::string _name;
    std::uint64_t _ended_malformed = 0;
    std::uint64_t _ended_lost = 0;
    receiver_t::losses_t _losses;
    std::map<receiver_id_t, entry_t> _entries; // in order: the default one is the first
};
}
