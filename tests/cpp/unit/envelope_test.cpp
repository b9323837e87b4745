// Protects: the envelope of a control message is found, and an answer carries the same one.
#include <doctest/doctest.h>

#include "spot/wire/envelope.hpp"

using namespace spot::wire;

namespace
{
struct case_t
{
    const char *what;
    std::vector<std::string> in; // behind the routing id
    std::size_t frames;
    bool delimiter;
};

frame_views_t views_of(const std::vector<std::string> &frames)
{
    return {frames.begin(), frames.end()};
}

const std::string drawn("\0abcd", 5); // a routing id as a ROUTER makes it for a client without one
}

TEST_CASE("where a message begins")
{
    const std::vector<case_t> cases{
        {"DEALER", {"\x04"}, 0, false},
        {"REQ", {"", "\x04"}, 1, true},
        {"REQ with correlation", {"\1\2\3\4", "", "\x04"}, 2, true},
        {"REQ behind a proxy", {drawn, "", "\x02", "t"}, 2, true},
        {"REQ with correlation behind two proxies", {drawn, drawn, "\1\2\3\4", "", "\x04"}, 4, true},
        {"DEALER behind a proxy", {drawn, "\x02", "t"}, 1, false},
        {"DEALER behind two", {drawn, drawn, "\x01", "t", ""}, 2, false},
        {"a name of one byte", {"A", "", "\x04"}, 2, true},
        {"a payload is no delimiter", {"\x01", "t", ""}, 0, false},
        {"a frame beyond is none", {"\x04", "", "\x04"}, 0, false},
        {"a user's own command", {"\x90", "x", "", "y"}, 0, false},
        {"a second delimiter belongs to the message", {"", "", "\x04"}, 1, true},
        {"nothing behind it", {""}, 0, false},
        {"garbage", std::vector<std::string>(50, "garbage"), 0, false},
        {"too many frames", std::vector<std::string>(17, drawn), 0, false},
    };
    for (const case_t &one : cases) {
        INFO(one.what);
        const envelope_t found = find_envelope(views_of(one.in));
        CHECK(found.frames == one.frames);
        CHECK(found.delimiter == one.delimiter);
    }
}

TEST_CASE("an envelope beyond the limits is none")
{
    std::vector<std::string> frames(max_envelope_frames - 1, "xx");
    frames.insert(frames.end(), {"", "\x04"});
    CHECK(find_envelope(views_of(frames)).frames == max_envelope_frames);
    frames.insert(frames.begin(), "xx");
    CHECK(find_envelope(views_of(frames)).frames == 0);
    CHECK(find_envelope(views_of({std::string(max_envelope_bytes, 'x'), "", "\x04"})).frames == 2);
    CHECK(find_envelope(views_of({std::string(max_envelope_bytes + 1, 'x'), "", "\x04"})).frames == 0);
}

TEST_CASE("an address holds a routing id and the envelope, and no two are alike")
{
    const std::vector<std::string> in{"xy", drawn, "", "\x04"};
    const std::string address = make_address(drawn, views_of(in), find_envelope(views_of(in)));
    CHECK(routing_id_of(address) == drawn);
    std::string_view rest = envelope_of(address);
    CHECK(next_envelope_frame(rest) == "xy");
    CHECK(next_envelope_frame(rest) == drawn);
    CHECK(rest.empty());
    // A client that chooses its routing id cannot choose another client's address.
    CHECK(make_address("a", views_of({"bc", "", "\x04"}), {2, true}) != make_address("abc", {}, {}));
    CHECK(make_address("a", views_of({"b", "c", "", "\x04"}), {3, true}) !=
          make_address("a", views_of({"bc", "", "\x04"}), {2, true}));
    CHECK(make_address(drawn, views_of({"", "\x04"}), {1, true}) == make_address(drawn, {}, {}));
}
