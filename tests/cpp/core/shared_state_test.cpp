// Protects: the subjects of the state that the service thread and the public
// methods share: what one of them changes, the others show at once, and
// watchers are told of it. No socket.
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "spot/cluster/plain_way.hpp"
#include "spot/cluster/shared_state.hpp"
#include "support.hpp"

using namespace spot;
using namespace spot::test;

namespace
{
wire::node_id_t numbered_id(std::uint8_t first)
{
    wire::node_id_t id;
    id.bytes[0] = first;
    return id;
}

// A way that publications can be counted on.
struct counted_way_t
{
    // A posted message holds the sink, which holds the mailbox: the messages are taken out, as the service
    // thread does at the end.
    ~counted_way_t() { mailbox->take(); }
    void publish(const std::string &topic, const std::string &payload)
    {
        const std::shared_ptr<outlet_t> outlet = way->outlet(topic);
        parcel_t parcel = outlet->pack(payload);
        REQUIRE(sink->try_send(*outlet, parcel, true) == send_t::sent);
    }
    std::shared_ptr<mailbox_t> mailbox = std::make_shared<mailbox_t>();
    std::shared_ptr<plain_sink_t> sink = std::make_shared<plain_sink_t>(
        mailbox, [](const std::string &, const std::string &) { return true; }, [](std::uint64_t) {}, 0,
        true);
    std::shared_ptr<plain_way_t> way = std::make_shared<plain_way_t>(sink, 1);
};

struct office_t
{
    void add(const std::string &topic, bool shared = false)
    {
        bool began = false;
        REQUIRE(state.local.add(topic, shared, began));
    }
    void put(peer_key_t key, peer_state_t peer_state, const std::shared_ptr<way_t> &way = nullptr)
    {
        peer_record_t record;
        record.endpoint = "tcp://127.0.0.1:" + std::to_string(key);
        record.node_id = numbered_id(static_cast<std::uint8_t>(key));
        record.state = peer_state;
        record.way = way;
        record.counters = std::make_shared<peer_counters_t>();
        state.peers.put(key, std::move(record));
    }
    bool change(peer_key_t key, bool added, const std::string &topic)
    {
        wire::topic_entry_view_t entry;
        entry.added = added;
        entry.topic = topic;
        return state.remote.change(key, {entry}, 1000);
    }
    std::vector<std::string> events(event_queue_t &queue)
    {
        std::vector<std::string> list;
        event_t event;
        while (queue.try_take(event) == take_t::got)
            list.push_back(std::to_string(static_cast<int>(event.kind)) + " " + event.topic + event.peer);
        return list;
    }
    static std::string text(event_kind_t kind, const std::string &what)
    {
        return std::to_string(static_cast<int>(kind)) + " " + what;
    }

    shared_state_t state{numbered_id(99)};
};
} // namespace

TEST_CASE("a LOCAL topic counts the version, changes every route, and wakes "
          "for the first change only")
{
    office_t office;
    office.state.local.keep_log(true);
    const std::uint64_t epoch = office.state.directory.route_epoch();
    bool began = false;
    CHECK(office.state.local.add("t", false, began));
    CHECK(began);
    CHECK(office.state.local.log_waits());
    CHECK(office.state.local.add("u", true, began));
    CHECK_FALSE(began);
    CHECK_FALSE(office.state.local.add("u", false, began));
    CHECK(office.state.local.version() == 3);
    CHECK(office.state.directory.route_epoch() != epoch);
    CHECK(office.state.local.take_log().changes.size() == 2);
    CHECK_FALSE(office.state.local.log_waits());
    CHECK(office.state.local.remove("u", began));
    CHECK(began);
    CHECK(office.state.local.shared().empty());
    CHECK_FALSE(office.state.directory.exists("u"));
    office.state.local.keep_log(false);
    CHECK_FALSE(office.state.local.log_waits());
}

TEST_CASE("the way to a topic is that of the owner with the lowest id that is "
          "not DOWN")
{
    office_t office;
    counted_way_t first, second;
    CHECK(office.state.directory.way_to("t") == nullptr);
    CHECK(errno == ENOENT);
    office.put(2, peer_state_t::up, second.way);
    office.put(1, peer_state_t::up, first.way);
    CHECK(office.change(2, true, "t"));
    CHECK(office.change(1, true, "t"));
    CHECK(office.state.directory.way_to("t") == first.way);
    office.put(1, peer_state_t::down, first.way);
    CHECK(office.state.directory.way_to("t") == second.way);
    office.put(2, peer_state_t::down, second.way);
    CHECK(office.state.directory.way_to("t") == nullptr);
    CHECK(errno == EHOSTUNREACH);
    CHECK(office.state.directory.owner_of("t").state == peer_state_t::down);
    office.put(2, peer_state_t::connecting, second.way);
    CHECK(office.state.directory.owner_of("t").endpoint == "tcp://127.0.0.1:2");
}

TEST_CASE("a removed peer is gone at once for every reader, and its topics go "
          "afterwards")
{
    office_t office;
    counted_way_t way;
    office.put(1, peer_state_t::up, way.way);
    CHECK(office.change(1, true, "t"));
    CHECK(office.state.directory.exists("t"));
    office.state.peers.remove(1);
    CHECK_FALSE(office.state.directory.exists("t"));
    CHECK(office.state.directory.list().empty());
    CHECK(office.state.peers.list().empty());
    CHECK(office.state.peers.ways().empty());
    CHECK(office.state.peers.counters_of(numbered_id(1)) == nullptr);
    CHECK(office.state.directory.ended() == 0);
    while (!office.state.peers.drop_removed(1)) {
    }
    CHECK(office.state.directory.ended() == 1);
}

TEST_CASE("what was published counts on when its way has ended, and when the "
          "owner drops the topic")
{
    office_t office;
    counted_way_t before, after;
    office.put(1, peer_state_t::up, before.way);
    office.change(1, true, "t");
    before.publish("t", "four");
    office.put(1, peer_state_t::up, after.way);
    after.publish("t", "six...");
    office.change(1, false, "t");
    stats_t stats;
    office.state.count(stats);
    CHECK(stats.published == 2);
    CHECK(stats.bytes_published == 10);
    topic_sums_t sums;
    office.state.break_down(sums);
    CHECK(sums["t"].published == 2);
    CHECK(sums["t"].bytes_published == 10);
    CHECK(after.way->topics() == 0); // nothing is kept of it there
    const std::shared_ptr<outlet_t> closed = before.way->outlet("t");
    parcel_t parcel = closed->pack("late");
    CHECK(before.sink->try_send(*closed, parcel, true) == send_t::gone);
}

TEST_CASE("subscribers of a node that is DOWN do not count until it is back")
{
    office_t office;
    office.add("t");
    office.put(1, peer_state_t::up);
    CHECK(office.state.subscribers.set(numbered_id(1), 1, {"t"}));
    CHECK(office.state.subscribers.set(numbered_id(1), 2, {"*"}));
    office.state.subscribers.program_subscribed("t", true);
    CHECK(office.state.subscribers.count("t") == 3);
    office.put(1, peer_state_t::down);
    CHECK(office.state.subscribers.count("t") == 1);
    office.put(1, peer_state_t::up);
    topic_sums_t sums;
    sums["t"];
    sums["other"];
    office.state.subscribers.count(sums);
    CHECK(sums["t"].local);
    CHECK(sums["t"].subscribers == 3);
    CHECK_FALSE(sums["other"].local);
    office.state.subscribers.forget(numbered_id(1));
    office.state.subscribers.program_subscribed("t", false);
    CHECK(office.state.subscribers.count("t") == 0);
}

TEST_CASE("a watcher begins with the state and is told each change once, in order")
{
    office_t office;
    office.add("mine");
    office.put(1, peer_state_t::up);
    office.change(1, true, "theirs");
    const std::shared_ptr<event_queue_t> queue = office.state.watchers.watch();
    REQUIRE(queue != nullptr);
    const auto text = office_t::text;
    const std::string peer = "tcp://127.0.0.1:1";
    CHECK(office.events(*queue) == std::vector<std::string>{text(event_kind_t::topic_added, "mine"),
                                                            text(event_kind_t::topic_added, "theirs" + peer),
                                                            text(event_kind_t::peer_up, peer)});
    office.change(1, false, "theirs");
    office.put(1, peer_state_t::up); // no change
    office.put(1, peer_state_t::down);
    office.state.subscribers.program_subscribed("mine", true);
    CHECK(office.events(*queue) ==
          std::vector<std::string>{text(event_kind_t::topic_removed, "theirs" + peer),
                                   text(event_kind_t::peer_down, peer),
                                   text(event_kind_t::subscribers_changed, "mine")});
    office.state.watchers.close();
    event_t event;
    CHECK(queue->try_take(event) == take_t::closed);
    CHECK(office.state.watchers.watch() == nullptr);
}
