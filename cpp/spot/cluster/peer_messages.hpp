// What the connections of peers report, and what follows from it: each message is handed to the room that it
// concerns, and the actions that the handshake asks for are carried out.
//
// Thread safety: none; the service thread owns it.
//
// Invariant: an event that throws std::bad_alloc may be half done. Its caller then has the peer begin again
// (attend), which says all once more.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/cluster/peer_rooms.hpp"

namespace spot
{
class peer_messages_t : public peer_events_t, public topic_mirror_events_t, public peer_places_events_t
{
  public:
    // The rooms are used by events only, so that they may be made after this.
    explicit peer_messages_t(peer_rooms_t &rooms) : _rooms(rooms) {}
    peer_messages_t(const peer_messages_t &) = delete;
    peer_messages_t &operator=(const peer_messages_t &) = delete;

    // Brings the peer UP if its handshake is complete.
    void advance(peer_t &peer);

    void on_connected(peer_t &peer) override;
    void on_disconnected(peer_t &peer) override;
    void on_welcome(peer_t &peer, const wire::hello_t &hello) override;
    void on_topics(peer_t &peer, std::unique_ptr<topic_intake_t> intake, slice_t &slice) override;
    void on_fence(peer_t &peer, const wire::token_t &token) override;
    void on_bye(peer_t &peer) override;
    void on_publish(peer_t &peer, std::string_view topic, std::string_view payload) override;
    void on_lost(peer_t &peer, const std::vector<wire::loss_entry_t> &losses) override
    {
        _rooms.ways.count_losses(peer, losses);
    }
    void on_ends(peer_t &peer, wire::ends_t ends) override;
    void on_barrier(peer_t &peer, const wire::barrier_t &barrier) override;
    void on_peers(peer_t &peer, const std::vector<wire::peer_entry_t> &peers) override;
    void on_shared(peer_t &peer, const std::vector<std::string> &topics) override;
    void on_refused(peer_t &peer, const wire::refusal_t &refusal) override;
    void on_malformed(peer_t &peer) override;
    void on_ignored() override { _rooms.counters.ignored.add(1); }

    bool wants_answer(peer_t &peer) override;
    void on_listed(peer_t &peer, bool answer) override;
    void on_data_found(peer_t &peer) override;

  private:
    void welcomed_by_self(peer_t &peer, actions_t actions);
    void take_identity(peer_t &peer, const wire::hello_t &hello, actions_t actions);
    std::string other_cluster(const std::string &theirs) const;
    bool refuse(peer_t &peer, const wire::hello_t &hello);
    void set_apart(peer_t &peer, cause_t cause, const std::string &detail);

    peer_rooms_t &_rooms;
};
}
