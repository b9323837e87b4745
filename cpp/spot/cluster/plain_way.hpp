// How publications reach a plain peer: as PUBLISH on its DEALER.
//
// Only the service thread may touch the DEALER. So a publisher posts each message to that thread's mailbox.
//
// Thread safety: any thread publishes; the service thread runs what was posted (plain_sink_t::deliver_t).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "spot/cluster/mailbox.hpp"
#include "spot/data/link.hpp"
#include "spot/data/outlet_map.hpp"

namespace spot
{
class plain_sink_t : public sink_t, public std::enable_shared_from_this<plain_sink_t>
{
  public:
    using deliver_t = std::function<bool(const std::string &topic, const std::string &payload)>;
    using lost_t = std::function<void(std::uint64_t count)>;

    // `deliver` runs on the service thread and returns whether the message was sent. `lost` runs on any
    // thread; it is told of messages that were not delivered. `limit`: how many messages may wait; 0: no
    // limit.
    plain_sink_t(std::shared_ptr<mailbox_t> mailbox, deliver_t deliver, lost_t lost, std::uint64_t limit,
                 bool drop_when_full)
        : _mailbox(std::move(mailbox)), _deliver(std::move(deliver)), _lost(std::move(lost)), _limit(limit),
          _drop_when_full(drop_when_full)
    {
    }

    send_t try_send(outlet_t &outlet, parcel_t &parcel, bool wait_for_lock) override;
    void wait_for_room(int slice_ms) override;
    void close() { _open = false; }

    std::uint64_t messages() const { return _messages.get(); }
    std::uint64_t bytes() const { return _bytes.get(); }

  private:
    void post(outlet_t &outlet, std::string_view payload);
    void lose(outlet_t &outlet, std::uint64_t count);

    const std::shared_ptr<mailbox_t> _mailbox;
    const deliver_t _deliver;
    const lost_t _lost;
    const std::uint64_t _limit;
    const bool _drop_when_full;
    std::atomic<bool> _open{true};
    std::atomic<std::uint64_t> _waiting{0};
    shared_counter_t _messages, _bytes;
};

class plain_way_t : public way_t
{
  public:
    plain_way_t(std::shared_ptr<plain_sink_t> sink, wire::source_t source)
        : _sink(std::move(sink)), _source(source)
    {
    }

    std::shared_ptr<outlet_t> outlet(std::string_view topic) override
    {
        return _outlets.ensure(_sink, topic, _source);
    }
    void close() override { _sink->close(); }
    void settle(bool) override {} // messages to a plain peer have no numbers
    std::shared_ptr<outlet_t> find(std::string_view topic) const override { return _outlets.find(topic); }
    void end_topic(std::string_view topic, topic_stats_t &sum) override;
    std::size_t topics() const override { return _outlets.size(); }
    void break_down(topic_sums_t &sums) const override;
    void note_life(bool) override {} // plain_sink_t counts each message that it does not deliver
    void note_end() override {}
    std::uint64_t abandon() override;
    std::uint64_t messages() const override { return _sink->messages(); }
    std::uint64_t bytes() const override { return _sink->bytes(); }

  private:
    std::shared_ptr<plain_sink_t> _sink;
    outlet_map_t _outlets;
    wire::source_t _source;
};
}
