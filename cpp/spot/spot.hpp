// Everything a C++ program needs: #include <spot/spot.hpp>, `using namespace spot;`.
#pragma once

#include "spot/base/logging.hpp"
#include "spot/base/types.hpp"
#include "spot/pubsub/spot_pubsub.hpp"
#include "spot/pubsub/subscriber.hpp"
#include "spot/transport/ctx.hpp"
