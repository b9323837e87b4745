// Takes messages from a receiver in the form that C++ programs get. Not installed.
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
    // 0, or -1 and errno, as spot_pubsub_t's. They may throw std::bad_alloc.
    static int recv(receiver_t &receiver, message_t &message, int timeout_ms);
    static int recv_many(receiver_t &receiver, std::vector<message_t> &messages, std::size_t max,
                         int timeout_ms);

  private:
    class appender_t;
    static void fill(message_t &message, delivery_t &delivery);
};
}
