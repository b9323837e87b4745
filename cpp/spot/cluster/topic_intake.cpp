#include "spot/cluster/topic_intake.hpp"

#include <algorithm>
#include <utility>

#include "spot/wire/bytes.hpp"

namespace spot
{
topic_intake_t::topic_intake_t(wire::command_t command, multipart_t &&message, std::size_t first,
                               std::size_t max_topics)
    : _command(command), _frames(std::move(message.frames)), _begin(std::min(first + 2, _frames.size())),
      _at(_begin)
{
    if (_frames.size() < first + 2 || !read_head(_frames[first + 1].view(), max_topics))
        stage = stage_t::malformed;
}

bool topic_intake_t::read_head(std::string_view head, std::size_t max_topics)
{
    if (_command == wire::command_t::query_resp)
        return head.size() == sizeof(std::uint32_t) && count() <= max_topics &&
               wire::get_le<std::uint32_t>(head.data()) == count();
    if (head.size() != sizeof(std::uint64_t))
        return false;
    _version = wire::get_le<std::uint64_t>(head.data());
    _believable = count() <= max_topics;
    return true;
}

void topic_intake_t::look(slice_t &slice)
{
    wire::topic_entry_view_t entry;
    while (stage == stage_t::looking && !slice.over()) {
        if (_at == _frames.size())
            stage = stage_t::looked;
        else if (!wire::read_topic_entry(_command, _frames[_at++].view(), entry))
            stage = stage_t::malformed;
        else
            _believable = _believable && entry.added;
    }
    if (stage == stage_t::looked)
        _at = _begin;
}

std::vector<wire::topic_entry_view_t> topic_intake_t::next(std::size_t most)
{
    std::vector<wire::topic_entry_view_t> entries(std::min(most, _frames.size() - _at));
    for (wire::topic_entry_view_t &entry : entries)
        wire::read_topic_entry(_command, _frames[_at++].view(), entry);
    return entries;
}
}
