// Host names for tests: the addresses of each, and names whose server does not answer. No name server is
// asked.
#pragma once

#include <condition_variable>
#include <map>
#include <string>
#include <vector>

#include "spot/base/mutex.hpp"
#include "spot/transport/resolver.hpp"
#include "support.hpp"

namespace spot::test
{
class names_t
{
  public:
    names_t()
    {
        resolver_t::replace([book = _book](const std::string &host) { return book->look_up(host); });
    }
    ~names_t()
    {
        answer_all();
        resolver_t::replace(nullptr);
    }
    names_t(const names_t &) = delete;
    names_t &operator=(const names_t &) = delete;

    void set(const std::string &host, std::vector<std::string> addresses)
    {
        const lock_t lock(_book->mutex);
        _book->addresses[host] = std::move(addresses);
    }
    // Look-ups of names that begin with "silent" end no earlier than this.
    void answer_all()
    {
        const lock_t lock(_book->mutex);
        _book->answers = true;
        _book->changed.notify_all();
    }
    std::size_t asked(const std::string &host)
    {
        const lock_t lock(_book->mutex);
        return _book->asked[host];
    }

  private:
    // Outlives the test: so may a look-up.
    struct book_t
    {
        mutex_t mutex;
        std::condition_variable_any changed; // with mutex
        bool answers SPOT_GUARDED_BY(mutex) = false;
        std::map<std::string, std::vector<std::string>> addresses SPOT_GUARDED_BY(mutex);
        std::map<std::string, std::size_t> asked SPOT_GUARDED_BY(mutex);

        addresses_t look_up(const std::string &host)
        {
            const lock_t lock(mutex);
            ++asked[host];
            while (host.rfind("silent", 0) == 0 && !answers)
                changed.wait(mutex);
            const auto known = addresses.find(host);
            if (known == addresses.end())
                return {{}, "Name or service not known", true};
            return {known->second, {}, false};
        }
    };
    std::shared_ptr<book_t> _book = std::make_shared<book_t>();
};

inline std::string at_host(const std::string &host, const std::string &endpoint)
{
    return "tcp://" + host + endpoint.substr(endpoint.rfind(':'));
}
}
