// Publishing a list of messages in as few frames as it takes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "spot/pubsub/node.hpp"

namespace spot
{
// 0, or -1 and errno as node_t::send says; `published` counts what is out either way.
int publish_batches(node_t &node, std::string_view topic, const std::vector<std::string_view> &items,
                    std::size_t &published);
}
