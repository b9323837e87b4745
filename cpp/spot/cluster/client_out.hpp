// How messages leave to the clients of the ROUTER, within the room that each connection has.
//
// The rooms of the server (node sessions, news of topics, answers, the relay) see this interface only, so
// that a test puts a fake in place of the ROUTER.
//
// Sending may find that a client's connection has ended. Then the server forgets the clients behind it before
// the call returns: pointers to clients and callers are not valid afterwards.
//
// Thread safety: none; the service thread.
#pragma once

#include <string>

#include "spot/cluster/client_backlog.hpp"
#include "spot/transport/raw_message.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class client_out_t
{
  public:
    client_out_t() = default;
    client_out_t(const client_out_t &) = delete;
    client_out_t &operator=(const client_out_t &) = delete;
    virtual ~client_out_t() = default;

    // What waits for that client's connection. Null: the connection has no place here.
    virtual client_backlog_t *backlog(const std::string &address) = 0;

    // Sends one control message. False: there was no room, or the connection has ended. Throws
    // std::bad_alloc, and then nothing was sent.
    virtual bool send(const std::string &address, bool delimiter, const wire::frames_t &frames,
                      load_t load) = 0;

    // Sends one PUBLISH, and shares the payload. False: there was no room. A client that is gone has lost
    // nothing: true.
    virtual bool publish(const std::string &address, bool delimiter, const std::string &topic,
                         raw_message_t &payload) = 0;

    // What is short and expected: WELCOME, FENCE, LOST, BYE.
    bool reply(const std::string &address, bool delimiter, const wire::frames_t &frames)
    {
        return send(address, delimiter, frames, load_t::control);
    }
};
}
