#include "spot/registry/trials.hpp"

#include <algorithm>
#include <iterator>

namespace spot::registry
{
void trials_t::refill(account_t &account, const limit_t &limit, std::int64_t now)
{
    if (account.counted_at != 0)
        account.credit = std::min(limit.burst * limit.pause, account.credit + (now - account.counted_at));
    account.counted_at = now;
}

trials_t::account_t &trials_t::account_of(const std::string &teller, std::int64_t now)
{
    const auto [entry, added] = _tellers.try_emplace(teller);
    if (added)
        entry->second.credit = _each.burst * _each.pause;
    refill(entry->second, _each, now);
    refill(_sum, _all, now);
    return entry->second;
}

trials_t::verdict_t trials_t::judge(const std::string &teller, const std::string &endpoint, std::int64_t now,
                                    bool own_word)
{
    const auto failure = _failures.find(endpoint);
    if (!own_word && failure != _failures.end() && now < failure->second.until)
        return verdict_t::no;
    const account_t &account = account_of(teller, now);
    const bool each = account.running < _each.at_once && account.credit >= _each.pause;
    return each && _sum.running < _all.at_once && _sum.credit >= _all.pause ? verdict_t::go : verdict_t::wait;
}

void trials_t::begin(const std::string &teller, const std::string &endpoint, std::int64_t now)
{
    if (!_trials.try_emplace(endpoint, trial_t{teller, false}).second)
        return;
    account_t &account = account_of(teller, now);
    ++account.running;
    account.credit -= _each.pause;
    ++_sum.running;
    _sum.credit -= _all.pause;
}

void trials_t::free_place(trial_t &trial)
{
    if (trial.answered)
        return;
    trial.answered = true;
    --_sum.running;
    --_tellers[trial.teller].running;
}

void trials_t::answered(const std::string &endpoint)
{
    const auto trial = _trials.find(endpoint);
    if (trial != _trials.end())
        free_place(trial->second);
}

void trials_t::came_up(const std::string &endpoint)
{
    const auto trial = _trials.find(endpoint);
    if (trial == _trials.end())
        return;
    free_place(trial->second);
    _sum.credit = std::min(_all.burst * _all.pause, _sum.credit + _all.pause);
    account_t &account = _tellers[trial->second.teller];
    account.credit = std::min(_each.burst * _each.pause, account.credit + _each.pause);
    _trials.erase(trial);
    _failures.erase(endpoint);
}

void trials_t::failed(const std::string &endpoint, std::int64_t now)
{
    const auto trial = _trials.find(endpoint);
    if (trial == _trials.end())
        return;
    free_place(trial->second);
    _trials.erase(trial);
    remember(endpoint, now);
}

void trials_t::remember(const std::string &endpoint, std::int64_t now)
{
    const auto [entry, added] = _failures.try_emplace(endpoint);
    failure_t &failure = entry->second;
    failure.pause = std::clamp(2 * failure.pause, first_pause_ms, longest_pause_ms);
    failure.until = now + failure.pause;
    if (!added)
        return;
    _failed_order.push_back(endpoint);
    if (_failed_order.size() <= most_remembered)
        return;
    _failures.erase(_failed_order.front());
    _failed_order.pop_front();
}

void trials_t::sweep(std::int64_t now)
{
    for (auto entry = _tellers.begin(); entry != _tellers.end();) {
        refill(entry->second, _each, now);
        const bool idle = entry->second.running == 0 && entry->second.credit >= _each.burst * _each.pause;
        entry = idle ? _tellers.erase(entry) : std::next(entry);
    }
}
}
