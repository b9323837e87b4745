#include "spot/registry/reason.hpp"

#include <utility>

namespace spot::registry
{
namespace
{
constexpr std::size_t longest_detail = 400;

// Escapes every byte that is not printable ASCII, so that a peer cannot put line ends or marks of writing
// direction into the text. A backslash stays, so that a text which was escaped before does not change.
std::string printable(const std::string &text)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (result.size() >= longest_detail)
            return result + "...";
        if (byte >= 0x20 && byte < 0x7F)
            result += character;
        else
            result += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
    return result;
}

bool only_gone(cause_t cause)
{
    return cause == cause_t::ended || cause == cause_t::silent;
}
}

const char *text_of(cause_t cause)
{
    switch (cause) {
    case cause_t::none:
        return "";
    case cause_t::ended:
        return "its connection ended";
    case cause_t::silent:
        return "nothing was heard for 3 heartbeats";
    case cause_t::unanswered:
        return "it takes the connection and answers nothing";
    case cause_t::timed_out:
        return "no answer to the connection attempt";
    case cause_t::no_route:
        return "no route to its address";
    case cause_t::refused:
        return "connection refused";
    case cause_t::name_unknown:
        return "its name does not resolve";
    case cause_t::no_connection:
        return "no connection";
    case cause_t::broken_protocol:
        return "its answers break the protocol";
    case cause_t::not_spot:
        return "not a spotmq node";
    case cause_t::wrong_port:
        return "not the control port of a node";
    case cause_t::data_unreachable:
        return "its data port cannot be reached";
    case cause_t::unconfirmed:
        return "it did not confirm this node's subscriptions";
    case cause_t::limits:
        return "a limit was exceeded";
    case cause_t::version:
        return "no common version of the protocol";
    case cause_t::other_cluster:
        return "it belongs to another cluster";
    case cause_t::left:
        return "it said BYE";
    }
    return "";
}

log_level_t level_of(cause_t cause)
{
    return cause == cause_t::ended || cause == cause_t::left ? log_level_t::info : log_level_t::warning;
}

bool trouble_t::set(cause_t cause, const std::string &said)
{
    std::string detail = printable(said);
    const bool known = cause == _cause && detail == _detail;
    if (known || (only_gone(cause) && _cause != cause_t::none && !only_gone(_cause)))
        return false;
    _cause = cause;
    _detail = std::move(detail);
    return true;
}

void trouble_t::clear()
{
    _cause = cause_t::none;
    _detail.clear();
}

std::string trouble_t::text() const
{
    std::string text = text_of(_cause);
    if (!_detail.empty())
        text += ": " + _detail;
    return text;
}

bool trouble_t::must_tell(millis_t now)
{
    millis_t &at = _told_at[static_cast<std::size_t>(_cause)];
    if (_cause == cause_t::none || (at != 0 && now - at < quiet_ms))
        return false;
    at = now;
    return true;
}
}
