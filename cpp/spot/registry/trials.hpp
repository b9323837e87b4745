// Limits the attempts to connect to endpoints that peers have told of: no peer can make this node connect to
// third parties at will, or keep it from learning of others. Each teller (a peer that sent PEERS, or the host
// from which a HELLO came) has an account, and there is one for all tellers together. An endpoint that came
// UP costs nothing; one that failed is not tried again for some time.
//
// Thread safety: none; the caller locks. Pure: time is an argument, in milliseconds.
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
        std::size_t at_once; // how many attempts without an answer there may be at once
        std::int64_t burst;  // how many may fail in a row
        std::int64_t pause;  // milliseconds after which one more may fail
    };
    // `each`: for one teller; `all`: for all of them together.
    trials_t(const limit_t &each, const limit_t &all) : _each(each), _all(all)
    {
        _sum.credit = all.burst * all.pause;
    }

    enum class verdict_t
    {
        go,
        wait, // a limit is reached; ask again later
        no,   // an attempt failed, and its pause is not over
    };
    // Whether the endpoint may be tried now. `own_word`: the node at the endpoint has itself told of it, so
    // that earlier failures do not count.
    verdict_t judge(const std::string &teller, const std::string &endpoint, std::int64_t now,
                    bool own_word = false);
    // An attempt begins, after `go`.
    void begin(const std::string &teller, const std::string &endpoint, std::int64_t now);
    // The node at the endpoint has answered: the attempt no longer counts for `at_once`.
    void answered(const std::string &endpoint);
    // The node came UP: the attempt ends, and is given back to the accounts.
    void came_up(const std::string &endpoint);
    // The attempt ended without the node's coming UP. Without effect for an endpoint that is not being tried.
    void failed(const std::string &endpoint, std::int64_t now);
    // Forgets tellers whose account is full and without attempts.
    void sweep(std::int64_t now);

    std::size_t tellers() const { return _tellers.size(); }
    std::size_t under_way() const { return _trials.size(); }

    // The pause after a first failure of an endpoint. It doubles with each further failure, up to the
    // longest.
    static constexpr std::int64_t first_pause_ms = 15000;
    static constexpr std::int64_t longest_pause_ms = 600000;
    static constexpr std::size_t most_remembered = 4096;

  private:
    struct account_t
    {
        std::size_t running = 0;     // attempts without an answer
        std::int64_t credit = 0;     // milliseconds; an attempt costs limit_t::pause of them
        std::int64_t counted_at = 0; // when `credit` was last increased
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
