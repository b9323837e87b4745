// Plain ZeroMQ programs as clients of the ROUTER: PUBLISH to LOCAL topics, SUBSCRIBE and UNSUBSCRIBE.
//
// Invariant: client_t::topics, the relay's subscribers and the counts of plain subscribers in
// known_subscribers_t agree. A subscription is counted only when it is in effect, so that an application that
// sees the count may rely on it.
//
// A take_... method handles one message. It returns false when the message is malformed; the caller counts.
//
// Thread safety: none; the service thread.
#pragma once

#include <functional>
#include <string>

#include "spot/base/clock.hpp"
#include "spot/cluster/callers.hpp"
#include "spot/cluster/client_places.hpp"
#include "spot/cluster/clients.hpp"
#include "spot/cluster/known_subscribers.hpp"
#include "spot/cluster/relay.hpp"
#include "spot/cluster/server_counters.hpp"
#include "spot/data/publisher.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class plain_programs_t
{
  public:
    plain_programs_t(known_subscribers_t &subscribers, publisher_t &publisher, clients_t &clients,
                     callers_t &callers, client_places_t &places, relay_t &relay, server_counters_t &counters)
        : _subscribers(subscribers), _publisher(publisher), _clients(clients), _callers(callers),
          _places(places), _relay(relay), _counters(counters)
    {
    }

    // A plain program has ended its last subscription: the client at that address is to be forgotten.
    std::function<void(const std::string &address)> forget;

    bool take_publish(const wire::frame_views_t &frames);
    bool take_subscribe(const std::string &address, bool delimiter, const wire::frame_views_t &frames,
                        millis_t now);
    bool take_unsubscribe(const std::string &address, const wire::frame_views_t &frames);
    // What throws is called again.
    void end_subscriptions(const std::string &address);

  private:
    void end_subscription(const std::string &address, const std::string &topic);

    known_subscribers_t &_subscribers;
    publisher_t &_publisher;
    clients_t &_clients;
    callers_t &_callers;
    client_places_t &_places;
    relay_t &_relay;
    server_counters_t &_counters;
};
}
