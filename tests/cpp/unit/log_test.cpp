// Protects: a line of the log is made only when its level is on, and text of others is escaped in it.
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "spot/base/log.hpp"
#include "spot/wire/node_id.hpp"

using namespace spot;

namespace
{
std::vector<std::pair<log_level_t, std::string>> seen;

void remember(log_level_t level, std::string_view text)
{
    seen.emplace_back(level, text);
}

struct log_on_t
{
    explicit log_on_t(log_level_t level)
    {
        seen.clear();
        set_log_sink(&remember);
        set_log_level(level);
    }
    ~log_on_t()
    {
        set_log_level(log_level_t::off);
        set_log_sink(nullptr);
    }
};

struct costly_t
{
    int *made;
};
void append_to(std::string &line, const costly_t &part)
{
    ++*part.made;
    line += "made";
}

std::string quoted_text(std::string_view text)
{
    std::string line;
    append_to(line, quoted(text));
    return line;
}
}

TEST_CASE("a line is made only when its level is on")
{
    const logger_t log("me");
    int made = 0;
    log.warning("nobody asked ", costly_t{&made});
    CHECK(made == 0);
    {
        const log_on_t on(log_level_t::info);
        log.debug(costly_t{&made});
        log.info(costly_t{&made}, " ", 1);
        log.warning("two");
        CHECK(made == 1);
        REQUIRE(seen.size() == 2);
        CHECK(seen[0].first == log_level_t::info);
        CHECK(seen[1] == std::make_pair(log_level_t::warning, std::string("me: two")));
    }
    log.warning(costly_t{&made});
    CHECK(made == 1);
    CHECK(seen.size() == 2);
}

TEST_CASE("a level without a sink harms nobody")
{
    set_log_level(log_level_t::debug);
    logger_t("me").debug("into the void");
    set_log_level(log_level_t::off);
}

TEST_CASE("numbers, nouns and nodes")
{
    const log_on_t on(log_level_t::debug);
    wire::node_id_t id;
    id.bytes[0] = 0xAB;
    logger_t("me").debug(-5, " ", counted(0, "peer"), " ", counted(1, "peer"), " ", counted(2, "peer"), " ",
                         id);
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].second == "me: -5 0 peers 1 peer 2 peers ab000000");
}

TEST_CASE("what others chose is in quotes, escaped and cut")
{
    CHECK(quoted_text("tcp://127.0.0.1:1") == "'tcp://127.0.0.1:1'");
    CHECK(quoted_text("") == "''");
    CHECK(quoted_text("a'b\\c") == "'a\\'b\\\\c'");
    CHECK(quoted_text(std::string_view("\n\0\x7f\xe2\x80\xae", 6)) == "'\\x0a\\x00\\x7f\\xe2\\x80\\xae'");
    const std::string longest(120, 'x');
    CHECK(quoted_text(longest) == "'" + longest + "'");
    CHECK(quoted_text(longest + "y") == "'" + longest + "'...");
    CHECK(quoted_text(std::string(100000, '\n')).size() == 4 * 120 + 5);
}
