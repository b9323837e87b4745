// Takes messages from a receiver and makes message_t of them. Not installed.
//
// Thread safety: any thread; the receiver guards itself.
#pragma once

#include <cstddef>
#include <vector>

#include "spot/data/receiver.hpp"
#include "spot/pubsub/message.hpp"

namespace spot
{
class message_maker_t
{
  public:
    // As the methods of spot_pubsub_t: 0, or -1 and errno. Throw std::bad_alloc; a message for which there
    // was no memory stays in the receiver.
    static int recv(receiver_t &receiver, message_t &message, int timeout_ms);
    static int recv_many(receiver_t &receiver, std::vector<message_t> &messages, std::size_t max,
                         int timeout_ms);

  private:
    class appender_t;
    static void fill(message_t &message, delivery_t &delivery);
};
}
