// Answers QUERYs, each in its turn, as room comes.
//
// A client that asks and does not read costs a counter: its questions wait in a queue until its connection
// has room, and the wake-up of that connection's backlog brings the service thread back here.
//
// Invariants:
//   1. One turn sends no more than frames_per_turn frames and the answer in which that is reached.
//   2. A question is not answered before those that its connection asked earlier.
//
// Thread safety: none; the service thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "spot/cluster/client_out.hpp"
#include "spot/registry/question_queue.hpp"

namespace spot
{
class answers_t
{
  public:
    static constexpr std::size_t frames_per_turn = 50000;

    // Answers one question; returns how many frames the answer has.
    using give_answer_t = std::function<std::size_t(const std::string &address, bool delimiter)>;
    answers_t(client_out_t &out, give_answer_t answer) : _out(out), _answer(std::move(answer)) {}

    // A turn of the service thread begins.
    void begin_turn() { _frames_left = frames_per_turn; }
    // Answers a QUERY now or later. False: it is dropped, because too many of its connection wait, or because
    // there is no place for its connection.
    bool take(const std::string &address, bool delimiter);
    // Answers questions that wait. False: the turn is over and some are left that have room.
    bool work();
    // Whether questions wait for room.
    bool wait() const { return !_queue.empty(); }
    bool wait(const std::string &connection) const { return _queue.waits(connection); }
    void forget(const std::string &connection) { _queue.forget(connection); }

  private:
    void answer(const std::string &address, bool delimiter);

    client_out_t &_out;
    const give_answer_t _answer;
    registry::question_queue_t _queue;
    std::size_t _frames_left = 0; // this turn
};
}
