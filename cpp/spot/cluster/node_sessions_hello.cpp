// node_sessions_t: how a session begins and ends, and which nodes are refused.
#include "spot/cluster/node_sessions.hpp"
#include "spot/registry/reason.hpp"

namespace spot
{
bool node_sessions_t::take_hello(const std::string &address, bool delimiter,
                                 const wire::frame_views_t &frames, const endpoint_t &from, millis_t now)
{
    wire::hello_t hello;
    if (!wire::decode_hello(frames, hello))
        return false;
    if (hello.cluster != _welcome.cluster) {
        refuse(address, delimiter, hello, from, now);
        return true;
    }
    if (!_places.place_for_node(address, now)) {
        turn_away(address, delimiter, hello, now);
        return true;
    }
    _refusals.forgive(address);
    client_t &client = _clients.at(address);
    _callers.of(address)->addresses.insert(address);
    if (client.is_node() && client.node_id != hello.node_id)
        return false;
    client.delimiter = delimiter;
    client.distance = distance_to(from);
    client.session.heard(now);
    if (!client.is_node())
        begin_session(address, client, hello, now);
    _out.reply(address, delimiter, wire::encode_welcome(_welcome));
    answer_early_tokens(address, delimiter, hello.node_id);
    tell_peers_once(address);
    if (!hello.control_endpoint.empty())
        hello_heard(hello, from);
    return true;
}

void node_sessions_t::begin_session(const std::string &address, client_t &client, const wire::hello_t &hello,
                                    millis_t now)
{
    _clients.name(address, client, hello.node_id);
    client.features = hello.features;
    client.peers_told = false;
    client.session.begin(now);
    _state.local.keep_log(true);
    _log.debug("node ", hello.node_id, " named ", quoted(hello.name), " said HELLO: welcomed");
}

// With the first WELCOME, so that a new node learns of the others at once.
void node_sessions_t::tell_peers_once(const std::string &address)
{
    const client_t *const client = _clients.find(address);
    if (!client || client->peers_told)
        return;
    const wire::frames_t peers = peers_for(client->distance);
    if (!peers.empty())
        _out.send(address, client->delimiter, peers, load_t::answer);
    if (client_t *const there = _clients.find(address))
        there->peers_told = true;
}

void node_sessions_t::answer_early_tokens(const std::string &address, bool delimiter,
                                          const wire::node_id_t &node)
{
    for (auto token = _early_tokens.begin(); token != _early_tokens.end();) {
        if (token->subscriber == node) {
            _log.debug("fence ", token->counter, " of node ", node, " answered after its HELLO");
            _out.reply(address, delimiter, wire::encode_fence(*token));
            _state.subscribers.serve(node);
            token = _early_tokens.erase(token);
        } else {
            ++token;
        }
    }
}

void node_sessions_t::take_bye(const std::string &address)
{
    const client_t *const client = _clients.find(address);
    const wire::node_id_t node = client ? client->node_id : wire::node_id_t();
    forget(address);
    if (node.empty())
        return;
    _log.debug("node ", node, " said BYE");
    // A program can say it in another node's name: a node has left when none of its addresses is left either.
    if (_clients.count(node) == 0)
        node_left(node);
}

void node_sessions_t::end_session(const std::string &address, const client_t &client)
{
    if (!_clients.is_named(client.node_id, address))
        return;
    if (_clients.count(client.node_id) == 1)
        _state.subscribers.forget(client.node_id);
    _clients.unname(client.node_id, address);
    if (_clients.addresses_of_nodes() == 0)
        _state.local.keep_log(false);
}

void node_sessions_t::refuse(const std::string &address, bool delimiter, const wire::hello_t &hello,
                             const endpoint_t &from, millis_t now)
{
    forget(address);
    _refusals.note(address, now);
    // A node that does not know REFUSED would count it as malformed. It gets no answer, and its log says so.
    if ((hello.features & wire::feature_clusters) != 0)
        _out.reply(address, delimiter, wire::encode_refused({wire::refused_cluster, _welcome.cluster}));
    if (!_refusals.must_log(hello.node_id, now))
        return;
    _log.warning("node ", hello.node_id, " named ", quoted(hello.name), " at ",
                 quoted(hello.control_endpoint.empty() ? from.text() : hello.control_endpoint),
                 " was refused: ", registry::text_of(registry::cause_t::other_cluster), ": it is of cluster ",
                 quoted(hello.cluster), ", this node of cluster ", quoted(_welcome.cluster));
}

// client_places_t has told the log already. The node says HELLO again, and may find a place then.
void node_sessions_t::turn_away(const std::string &address, bool delimiter, const wire::hello_t &hello,
                                millis_t now)
{
    _refusals.note(address, now);
    if ((hello.features & wire::feature_clusters) != 0)
        _out.reply(address, delimiter,
                   wire::encode_refused({wire::refused_places, "it has no place for another node"}));
}
}
