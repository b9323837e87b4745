// The outlets of one sink, by topic.
//
// Ownership: the map belongs to _mutex; what an outlet holds belongs to its sink's mutex.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/data/outlet.hpp"
#include "spot/data/stream_writer.hpp"
#include "spot/registry/name_table.hpp"
#include "spot/registry/remembered.hpp"

namespace spot
{
class outlet_map_t
{
  public:
    std::shared_ptr<outlet_t> find(std::string_view topic) const;
    // The topic's outlet, made when there is none. Numbers go on where an earlier outlet of the same topic
    // stopped: to receivers it is one stream.
    std::shared_ptr<outlet_t> ensure(const std::shared_ptr<sink_t> &sink, std::string_view topic,
                                     wire::source_t source);
    // Of a sink without numbers. Returns what was removed; null: there was none.
    std::shared_ptr<outlet_t> remove(std::string_view topic);
    // Of this sink: it takes no more. The same.
    std::shared_ptr<outlet_t> remove(stream_writer_t &sink, std::string_view topic);
    std::size_t size() const;
    void clear();
    std::vector<std::shared_ptr<outlet_t>> all() const;

  private:
    static std::string_view topic_of(const std::shared_ptr<outlet_t> &outlet) { return outlet->topic(); }

    // Topics that were destroyed and had published: remembered so that a new one of that name goes on. The
    // oldest knowledge goes when there are more than this.
    static constexpr std::size_t max_retired = 65536;

    mutable shared_mutex_t _mutex;
    registry::name_table_t<std::shared_ptr<outlet_t>, topic_of> _outlets SPOT_GUARDED_BY(_mutex);
    registry::remembered_t<std::uint64_t> _retired SPOT_GUARDED_BY(_mutex){max_retired};
};
}
