// Sends to the clients of the ROUTER.
//
// Invariant: all frames of a message are made before the first one is sent. Where there is no memory for one
// of them, nothing was sent. Once libzmq has taken the first frame, it takes all of them.
//
// Thread safety: none; the service thread, which owns the ROUTER.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "spot/cluster/callers.hpp"
#include "spot/cluster/client_out.hpp"
#include "spot/transport/socket.hpp"

namespace spot
{
class router_out_t final : public client_out_t
{
  public:
    router_out_t(socket_t &router, callers_t &callers) : _router(router), _callers(callers) {}

    // The ROUTER has no connection with that routing id any longer.
    std::function<void(const std::string &routing_id)> connection_gone;

    client_backlog_t *backlog(const std::string &address) override;
    bool send(const std::string &address, bool delimiter, const wire::frames_t &frames, load_t load) override;
    bool publish(const std::string &address, bool delimiter, const std::string &topic,
                 raw_message_t &payload) override;

  private:
    bool send_frames(const std::string &address, std::vector<raw_message_t> &message);

    socket_t &_router;
    callers_t &_callers;
};
}
