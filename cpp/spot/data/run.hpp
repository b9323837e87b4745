// The run protocol. A caller with a lock of its own (Python with the GIL) borrows the rest of a frame from a
// receiver and takes its messages one by one, without the receiver's mutex.
//
// run_t is the borrower's side; the borrower's own lock guards it. run_lender_t is the receiver's side; the
// receiver's mutex guards it, except for generation(), which any thread may call.
//
// Invariants:
// 1. A message lies in one place: in the receiver's cursor, or in one run. At most one run is out.
// 2. While a run is out, the receiver's own cursor stays empty: a borrower gives its run back, or has emptied
//    it, before it takes anything else from the receiver.
// 3. A run may be read as long as its generation is the lender's. Each event that ends the right to it begins
//    a new generation: a subscription that ended, an owner that was removed, a descriptor that must become
//    readable, close(). Then the borrower gives the run back before it reads on. What it has read by then
//    came before the event.
// 4. A run that was called back to be dropped is dropped when it is given back. Any other goes on in the
//    receiver's cursor where the borrower stopped.
// 5. No run is lent while a thread waits at the receiver: it would sleep beside a message.
// 6. While a run is out, the receiver counts as having a message, so that its descriptor stays readable.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "spot/base/ref.hpp"
#include "spot/data/cursor.hpp"
#include "spot/data/topic_slot.hpp"
#include "spot/wire/node_id.hpp"

namespace spot
{
class run_t
{
  public:
    bool empty() const { return _cursor.empty(); }
    std::uint64_t generation() const { return _generation; }
    // The receiver's descriptor was asked for: the run must be given back as soon as it is empty.
    bool is_watched() const { return _watched; }

    // The next message. The run must not be empty.
    const frame_t &frame() const { return *_cursor.frame(); }
    std::string_view payload() const { return _cursor.payload(); }
    std::uint64_t seq() const { return _cursor.seq(); }
    std::uint64_t lost() const { return _cursor.lost(); }
    void pop() { _cursor.pop(); }

    // Leaves out the rest: the receiver was closed.
    void drop() { _cursor.drop(); }

  private:
    friend class run_lender_t;

    cursor_t _cursor;
    std::uint64_t _generation = 0;
    bool _watched = false;
};

class run_lender_t
{
  public:
    enum class fate_t
    {
        go_on, // what is given back is read on
        drop,  // what is given back is dropped
    };

    std::uint64_t generation() const { return _generation.load(std::memory_order_acquire); }
    // Whether a run is out, as far as the lender knows: the borrower may have emptied it.
    bool is_out() const { return static_cast<bool>(_slot); }
    // The topic and the owner of the run that is out.
    topic_slot_t &slot() const { return *_slot; }
    bool is_of(const wire::node_id_t &owner) const { return _slot && _owner == owner; }

    // Lends what the cursor stands in. `run` must be empty, the cursor must not.
    void lend(cursor_t &cursor, run_t &run, bool watched);
    // The borrower has emptied its run, and asks for more.
    void end() { _slot.reset(); }
    // Begins a new generation. A run that is to be dropped stays so.
    void call_back(fate_t fate);
    // Takes the run back; it is empty then. `keep` false: it is dropped in any case.
    void take_back(run_t &run, cursor_t &cursor, bool keep);

  private:
    std::atomic<std::uint64_t> _generation{1};
    ref_t<topic_slot_t> _slot; // of the run that is out; null: none is
    wire::node_id_t _owner;
    bool _drops = false;
};
}
