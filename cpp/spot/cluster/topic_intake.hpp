// A message about a peer's topics, QUERY_RESP or TOPICS, that is being taken in. It may have a million
// entries. So it is checked and registered in parts, and the service thread does its other work in between.
//
// Thread safety: none; the service thread owns it.
//
// Invariant: nothing of a message is registered before all of it was found to be well-formed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spot/base/slice.hpp"
#include "spot/cluster/multipart.hpp"
#include "spot/wire/topic_entry.hpp"

namespace spot
{
class topic_intake_t
{
  public:
    enum class stage_t
    {
        looking,     // is it well-formed? One bad entry makes all of it malformed
        malformed,   //
        looked,      // it is
        registering, //
        dropping,    // topics that a list does not name
    };

    // Frame `first` of the message is the command.
    topic_intake_t(wire::command_t command, multipart_t &&message, std::size_t first, std::size_t max_topics);

    stage_t stage = stage_t::looking;
    // Checks entries until the slice is over. The stage says whether all were checked.
    void look(slice_t &slice);
    // The next entries, at most `most`; none: that was all.
    std::vector<wire::topic_entry_view_t> next(std::size_t most);

    wire::command_t command() const { return _command; }
    // Of a TOPICS. 0: the message is a list.
    std::uint64_t version() const { return _version; }
    // False: the message cannot be a list, because it takes a topic away, or has more entries than a peer may
    // have topics.
    bool is_believable() const { return _believable; }
    std::size_t left() const { return _frames.size() - _at; }
    bool is_list() const { return _command == wire::command_t::query_resp || _version == 0; }
    std::size_t count() const { return _frames.size() - _begin; }

  private:
    bool read_head(std::string_view head, std::size_t max_topics);

    const wire::command_t _command;
    std::vector<raw_message_t> _frames;
    std::size_t _begin; // the frame of the first entry
    std::size_t _at;    // the frame of the next entry
    std::uint64_t _version = 0;
    bool _believable = true;
};
}
