// The way to one owner's ingress: a PUSH that hands REMOTE publications to it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/data/outlet_map.hpp"
#include "spot/data/stream_writer.hpp"
#include "spot/data/way.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
struct link_options_t
{
    int send_hwm = 10000;
    std::uint64_t send_hwm_bytes = 64ULL << 20;
    int linger_ms = 500;
    std::shared_ptr<flusher_t> flusher; // null: every message leaves alone
    bool block = false;                 // when the owner is full: fail with `full` instead of dropping
};

class link_t : public way_t
{
  public:
    // 0, or -1 and errno.
    int open(const std::shared_ptr<ctx_state_t> &ctx, const link_options_t &options,
             const std::string &ingress, const wire::node_id_t &own_id);
    std::shared_ptr<outlet_t> outlet(std::string_view topic) override;
    void close() override { _sink->close(send_t::gone); }
    void settle(bool all) override { _sink->settle(all); }
    std::vector<wire::stream_end_t> take_ends() override;
    std::vector<wire::stream_end_t> all_ends() const override;
    void want_marks(bool wanted) override { _sink->want_marks(wanted); }
    void send_barrier(const wire::node_id_t &owner, std::uint64_t number) override;
    std::shared_ptr<outlet_t> find(std::string_view topic) const override { return _outlets.find(topic); }
    void end_topic(std::string_view topic, topic_stats_t &sum) override;
    std::size_t topics() const override { return _outlets.size(); }
    void break_down(topic_sums_t &sums) const override;
    void note_life(bool alive) override;
    void note_end() override { _sink->note_reached(true, _outlets.all()); }
    std::uint64_t abandon() override;
    std::uint64_t messages() const override { return _sink->messages(); }
    std::uint64_t bytes() const override { return _sink->bytes(); }

  private:
    std::shared_ptr<stream_writer_t> _sink;
    outlet_map_t _outlets;
    wire::node_id_t _own_id;
    wire::source_t _source = 0;
    std::string _ingress;
    bool _alive = false; // the service thread's
};
}
