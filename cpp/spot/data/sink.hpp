// Where outlets send: it numbers the messages of each and gives their frames to one way out.
//
// Thread-safe.
#pragma once

#include <string_view>

#include "spot/data/parcel.hpp"
#include "spot/data/send.hpp"

namespace spot
{
class outlet_t;
struct sending_t;

class sink_t
{
  public:
    virtual ~sink_t() = default;
    // On anything but `sent` the parcel is whole and may be tried again. `wait_for_lock` false: `busy`
    // instead of waiting for another publisher. Never waits for room.
    virtual send_t try_send(outlet_t &outlet, parcel_t &parcel, bool wait_for_lock) = 0;
    // One message, which may share a frame with those that follow it closely.
    virtual send_t try_publish(outlet_t &outlet, std::string_view payload, bool wait_for_lock);
    // Waits until there may be room again, at most `slice_ms`; holds nothing meanwhile.
    virtual void wait_for_room(int slice_ms) = 0;

  protected:
    // The sink's own mutex must be held.
    static sending_t &sending_of(outlet_t &outlet);
    static const sending_t &sending_of(const outlet_t &outlet);
};
}
