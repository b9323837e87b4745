// QUERYs that wait for room to be answered, in order, for each connection.
//
// Equal questions in a row share one entry with a counter, so that a client that asks and does not read costs
// this node a number.
//
// Invariants:
//   1. No connection has more than most_per_connection entries.
//   2. Questions of one connection are answered in the order in which they came.
//
// Thread safety: none; the owner's. (In a node: the service thread.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace spot::registry
{
struct question_t
{
    std::string address; // of the client (wire/envelope.hpp)
    bool delimiter;      // the client puts an empty frame in front of a message, and expects one
    std::uint64_t times;
};

class question_queue_t
{
  public:
    // Behind one connection there may be proxies, and so many different envelopes.
    static constexpr std::size_t most_per_connection = 256;

    // False: the connection has too many entries, and the question is dropped. Throws std::bad_alloc, and
    // then nothing was added.
    bool add(const std::string &connection, const std::string &address, bool delimiter);
    bool waits(const std::string &connection) const { return next(connection) != nullptr; }
    bool empty() const { return _questions.empty(); }
    std::vector<std::string> connections() const;
    // Null: none. Valid until the queue changes.
    const question_t *next(const std::string &connection) const;
    // The next question was answered once.
    void answered(const std::string &connection);
    void forget(const std::string &connection) { _questions.erase(connection); }

  private:
    std::unordered_map<std::string, std::deque<question_t>> _questions; // by routing id
};
}
