// Protects: the reason of a peer that is not UP is the most telling one known, and the log gets it once.
#include <doctest/doctest.h>

#include "spot/registry/reason.hpp"

using namespace spot;
using namespace spot::registry;

TEST_CASE("a cause and its detail make the text; UP has none")
{
    trouble_t trouble;
    CHECK(trouble.text().empty());
    CHECK(trouble.set(cause_t::refused, "tcp://127.0.0.1:1"));
    CHECK(trouble.text() == "connection refused: tcp://127.0.0.1:1");
    CHECK(trouble.set(cause_t::silent, {}) == false);
    trouble.clear();
    CHECK(trouble.text().empty());
    CHECK(trouble.set(cause_t::silent, {}));
    CHECK(trouble.text() == text_of(cause_t::silent));
}

TEST_CASE("every cause has a text of its own")
{
    for (std::size_t a = 1; a < cause_count; ++a) {
        CHECK(*text_of(static_cast<cause_t>(a)) != '\0');
        for (std::size_t b = 1; b < a; ++b)
            CHECK(std::string(text_of(static_cast<cause_t>(a))) != text_of(static_cast<cause_t>(b)));
    }
}

TEST_CASE("that a peer is gone does not push out why it did not come UP; other news does")
{
    trouble_t trouble;
    trouble.set(cause_t::refused, {});
    CHECK_FALSE(trouble.set(cause_t::ended, {}));
    CHECK_FALSE(trouble.set(cause_t::silent, {}));
    CHECK_FALSE(trouble.set(cause_t::refused, {}));
    CHECK(trouble.set(cause_t::unanswered, {}));
    CHECK(trouble.cause() == cause_t::unanswered);
}

TEST_CASE("each cause is told once in a while, though it comes and goes")
{
    trouble_t trouble;
    trouble.set(cause_t::refused, {});
    CHECK(trouble.must_tell(1000));
    CHECK_FALSE(trouble.must_tell(1001));
    trouble.set(cause_t::not_spot, {});
    CHECK(trouble.must_tell(1002));
    trouble.clear();
    CHECK_FALSE(trouble.must_tell(1003));
    trouble.set(cause_t::refused, {});
    CHECK_FALSE(trouble.must_tell(1000 + trouble_t::quiet_ms - 1));
    CHECK(trouble.must_tell(1000 + trouble_t::quiet_ms));
}

TEST_CASE("what others chose cannot end a line, nor fill the log")
{
    trouble_t trouble;
    trouble.set(cause_t::version, "a\nb\x7f");
    CHECK(trouble.text() == std::string(text_of(cause_t::version)) + ": a\\x0ab\\x7f");
    trouble.set(cause_t::version, std::string(100'000, 'x'));
    CHECK(trouble.text().size() < 1000);
}
