#include "spot/cluster/fence_tokens.hpp"

namespace spot
{
std::uint64_t fence_tokens_t::begin(receiver_id_t receiver)
{
    const std::uint64_t counter = _next_counter++;
    if (!_receivers.has(receiver))
        return counter;
    token_t &token = _tokens[counter];
    token = {receiver, true}; // so it stays if the next line throws
    _receivers.subscribe_token(receiver, {_own, counter});
    token.ended = false;
    return counter;
}

void fence_tokens_t::end(std::uint64_t counter)
{
    const auto token = _tokens.find(counter);
    if (token == _tokens.end())
        return;
    const receiver_id_t receiver = token->second.receiver;
    token->second.ended = true;
    if (!_receivers.has(receiver) || attempt([&] {
            _receivers.unsubscribe_token(receiver, {_own, counter});
        }))
        _tokens.erase(token);
}

void fence_tokens_t::sweep()
{
    for (auto token = _tokens.begin(); token != _tokens.end();) {
        const auto next = std::next(token);
        if (token->second.ended)
            end(token->first);
        token = next;
    }
}
}
