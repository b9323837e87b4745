// A fake of the ROUTER's sending side: keeps what the rooms of the server send, and has as much room as a
// test says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "spot/cluster/client_out.hpp"
#include "spot/wire/envelope.hpp"

namespace spot::test
{
struct sent_t
{
    std::string address;
    bool delimiter;
    wire::frames_t frames;
    load_t load;
    wire::command_t command() const { return static_cast<wire::command_t>(frames.at(0).at(0)); }
};

class fake_client_out_t final : public client_out_t
{
  public:
    std::vector<sent_t> sent;
    std::set<std::string> without_room; // addresses
    std::set<std::string> gone;         // addresses whose connection ends when something is sent
    std::function<void(const std::string &address)> found_gone = [](const std::string &) {};

    client_backlog_t *backlog(const std::string &address) override
    {
        std::shared_ptr<client_backlog_t> &backlog = _backlogs[address];
        if (!backlog) {
            client_backlog_limits_t limits;
            limits.messages = 1;
            backlog = std::make_shared<client_backlog_t>(limits, _wakeup);
        }
        if (without_room.count(address) == 0)
            _fillings.erase(address);
        else if (_fillings.count(address) == 0)
            for (const load_t load : {load_t::control, load_t::answer, load_t::message})
                _fillings[address].push_back(backlog->charge("x", std::size_t{1} << 40, load));
        return backlog.get();
    }
    bool send(const std::string &address, bool delimiter, const wire::frames_t &frames, load_t load) override
    {
        if (gone.count(address) != 0) {
            found_gone(address);
            return false;
        }
        if (without_room.count(address) != 0)
            return false;
        sent.push_back({address, delimiter, frames, load});
        return true;
    }
    bool publish(const std::string &address, bool delimiter, const std::string &topic,
                 raw_message_t &payload) override
    {
        if (without_room.count(address) != 0)
            return false;
        sent.push_back({address, delimiter, {"\x01", topic, std::string(payload.view())}, load_t::message});
        return true;
    }

    // What was sent to one address since the last call, as commands.
    std::vector<wire::command_t> take_commands(const std::string &address)
    {
        std::vector<wire::command_t> commands;
        std::vector<sent_t> others;
        for (sent_t &message : sent)
            if (message.address == address)
                commands.push_back(message.command());
            else
                others.push_back(std::move(message));
        sent = std::move(others);
        return commands;
    }

  private:
    const std::shared_ptr<wakeup_t> _wakeup = std::make_shared<wakeup_t>();
    std::map<std::string, std::shared_ptr<client_backlog_t>> _backlogs;
    std::map<std::string, std::vector<raw_message_t>> _fillings;
};

// A client's address without an envelope, as the ROUTER would make it.
inline std::string address_of(const std::string &routing_id)
{
    return wire::make_address(routing_id, {}, {});
}
}
