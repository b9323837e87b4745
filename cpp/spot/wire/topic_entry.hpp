// Reads one entry of a list of topics (QUERY_RESP or TOPICS) without copying it: a list may have a million
// entries.
//
// Thread safety: any thread.
#pragma once

#include <string_view>

#include "spot/wire/control.hpp"
#include "spot/wire/names.hpp"

namespace spot::wire
{
struct topic_entry_view_t
{
    bool added = true;
    std::string_view topic;
};

// Reads the frame of an entry; `out` views into it. False: it is malformed.
inline bool read_topic_entry(command_t command, std::string_view frame, topic_entry_view_t &out)
{
    out = {true, frame};
    if (command == command_t::topics) {
        if (frame.empty() || (frame[0] != '+' && frame[0] != '-'))
            return false;
        out = {frame[0] == '+', frame.substr(1)};
    }
    return valid_topic(out.topic);
}
}
