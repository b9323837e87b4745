#include "spot/data/link.hpp"

#include "spot/transport/socket_profiles.hpp"

namespace spot
{
namespace
{
std::vector<wire::stream_end_t> named(const std::vector<ended_t> &ends)
{
    std::vector<wire::stream_end_t> list;
    list.reserve(ends.size());
    for (const ended_t &end : ends)
        list.push_back({end.outlet->topic(), end.next});
    return list;
}
}

int link_t::open(const std::shared_ptr<ctx_state_t> &ctx, const link_options_t &options,
                 const std::string &ingress, const wire::node_id_t &own_id)
{
    _own_id = own_id;
    _source = own_id.source();
    _ingress = ingress;
    _sink = std::make_shared<stream_writer_t>(options.block ? when_full_t::fail : when_full_t::drop,
                                              options.flusher);
    const socket_profile_t profile = ingress_sender_profile(options.send_hwm, options.linger_ms);
    if (_sink->open(ctx, profile.kind, profile.options, options.send_hwm_bytes) != 0)
        return -1;
    return _sink->with_socket([&](socket_t &push) { return push.connect(ingress); });
}

std::shared_ptr<outlet_t> link_t::outlet(std::string_view topic)
{
    if (std::shared_ptr<outlet_t> known = _outlets.find(topic))
        return known;
    return _outlets.ensure(_sink, topic, _source);
}

void link_t::end_topic(std::string_view topic, topic_stats_t &sum)
{
    if (const std::shared_ptr<outlet_t> outlet = _outlets.remove(*_sink, topic))
        _sink->break_down(*outlet, sum);
}

std::vector<wire::stream_end_t> link_t::take_ends()
{
    return named(_sink->take_ends());
}

std::vector<wire::stream_end_t> link_t::all_ends() const
{
    std::vector<ended_t> ends;
    _sink->tell_ends(_outlets.all(), ends);
    return named(ends);
}

void link_t::send_barrier(const wire::node_id_t &owner, std::uint64_t number)
{
    _sink->send_directed(wire::barrier_frame(owner, 0, number, _own_id));
}

void link_t::break_down(topic_sums_t &sums) const
{
    for (const std::shared_ptr<outlet_t> &outlet : _outlets.all())
        _sink->break_down(*outlet, sums[outlet->topic()]);
}

// After a silence, topics that sent nothing lately have messages of that time, too.
void link_t::note_life(bool alive)
{
    if (alive)
        _sink->note_reached(false, _alive ? std::vector<std::shared_ptr<outlet_t>>() : _outlets.all());
    _alive = alive;
}

std::uint64_t link_t::abandon()
{
    const std::uint64_t lost = _sink->abandon(_ingress, _outlets.all());
    close();
    return lost;
}
}
