// Publishes a list of messages in as few frames as possible. Not installed.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "spot/pubsub/node.hpp"

namespace spot
{
// 0, or -1 and errno as node_t::send(). `published` is how many messages were sent, also after an error.
int publish_batches(node_t &node, std::string_view topic, const std::vector<std::string_view> &items,
                    std::size_t &published);
}
