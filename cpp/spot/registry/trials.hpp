// Whom this node may try to connect to because somebody told of them, and how many at once and in time:
// nobody can have it connect to third parties at will, or keep it from hearing of others. Each teller has
// limits of their own, and all together have some. What came UP costs nothing; what did not is not tried
// again so soon. Pure: the caller locks, and says what time it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace spot::registry
{
class trials_t
{
  public:
    struct limit_t
    {
        std::size_t at_once; // that have not answered
        std::int64_t burst;  // that may fail in a row
        std::int64_t pause;  // in ms: then one more may fail
    };
    // Of one teller; of all.
    trials_t(const limit_t &each, const limit_t &all) : _each(each), _all(all)
    {
        _sum.credit = all.burst * all.pause;
    }

    enum class verdict_t
    {
        go,
        wait, // until another one has answered, or time has passed
        no,   // it was tried in vain lately
    };
    // `own_word`: whoever is there has just said so, so that earlier failures count for nothing.
    verdict_t judge(const std::string &teller, const std::string &endpoint, std::int64_t now,
                    bool own_word = false);
    // After `go`.
    void begin(const std::string &teller, const std::string &endpoint, std::int64_t now);
    void answered(const std::string &endpoint);
    void came_up(const std::string &endpoint);
    // It went without coming UP, or was never reached. What is not under way, or came UP, is passed over.
    void failed(const std::string &endpoint, std::int64_t now);
    // Forgets tellers of whom nothing is to be remembered.
    void sweep(std::int64_t now);

    std::size_t tellers() const { return _tellers.size(); }
    std::size_t under_way() const { return _trials.size(); }

    static constexpr std::int64_t first_pause_ms = 15000; // until a failed one is tried again; doubles
    static constexpr std::int64_t longest_pause_ms = 600000;
    static constexpr std::size_t most_remembered = 4096;

  private:
    struct account_t
    {
        std::size_t running = 0;
        std::int64_t credit = 0; // in ms
        std::int64_t counted_at = 0;
    };
    struct trial_t
    {
        std::string teller;
        bool answered = false;
    };
    struct failure_t
    {
        std::int64_t until = 0;
        std::int64_t pause = 0;
    };
    static void refill(account_t &account, const limit_t &limit, std::int64_t now);
    account_t &account_of(const std::string &teller, std::int64_t now);
    void free_place(trial_t &trial);
    void remember(const std::string &endpoint, std::int64_t now);

    const limit_t _each, _all;
    account_t _sum;
    std::unordered_map<std::string, account_t> _tellers;
    std::unordered_map<std::string, trial_t> _trials; // by endpoint
    std::unordered_map<std::string, failure_t> _failures;
    std::deque<std::string> _failed_order;
};
}
