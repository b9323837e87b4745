// How an attempt to take something out of a queue ended.
#pragma once

namespace spot
{
enum class take_t
{
    got,
    empty,  // nothing is there (or, of a call that waits: not in time)
    busy,   // only of try_ calls: another thread holds the mutex
    closed, // the queue was closed, by itself or with its node
    interrupted,
};
}
