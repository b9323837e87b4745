// Tells the clients of the ROUTER about this node's LOCAL topics: nodes by TOPICS (changes, or a list) and
// SHARED, and any client that asks by QUERY_RESP.
//
// registry::session_t says which changes a node still needs, and when it is told again. This class sends
// them.
//
// Invariant: a QUERY_RESP to a node is followed by a TOPICS with the version of that list, so that changes
// can be told from there on. SHARED stands before the topics that it is about, so that no receiver takes two
// owners of one topic for a mistake.
//
// Thread safety: none; the service thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "spot/base/clock.hpp"
#include "spot/cluster/client_out.hpp"
#include "spot/cluster/clients.hpp"
#include "spot/cluster/local_topics.hpp"
#include "spot/wire/control.hpp"

namespace spot
{
class topic_news_t
{
  public:
    topic_news_t(local_topics_t &topics, clients_t &clients, client_out_t &out)
        : _topics(topics), _clients(clients), _out(out)
    {
    }

    // A node's session has expired: it is to be forgotten.
    std::function<void(const std::string &address)> expired;

    // A client that says it is this node itself needs no news.
    void set_own_id(const wire::node_id_t &id) { _own_id = id; }

    // Tells each node what became of the LOCAL topics since the last call.
    void tell_changes();
    // Once a heartbeat: tells what is due (registry::session_due_t).
    void heartbeat(millis_t now, millis_t heartbeat_ms);
    // Answers one QUERY. Returns how many frames the answer has.
    std::size_t answer(const std::string &address, bool delimiter);
    // A version without changes, which means nothing: sending it finds out whether the client is there.
    void probe(const std::string &address);

  private:
    void tell_changes(const registry::topic_changes_t &log);
    void tell_log(const std::string &address, const registry::topic_changes_t &log,
                  const std::vector<wire::frames_t> &whole);
    void tell_version(const std::string &address);
    void tell_list(const std::string &address);
    void tell_shared(const std::string &address, const std::vector<std::string> &topics);
    const wire::frames_t &list();

    local_topics_t &_topics;
    clients_t &_clients;
    client_out_t &_out;
    wire::node_id_t _own_id;
    wire::frames_t _list; // QUERY_RESP as it was made last
    std::uint64_t _list_version = 0;
};
}
