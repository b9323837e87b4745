// Protects: peers that speak ZMTP 2.0 or 1.0 stay connected when the time for handshakes is over. libzmq
// before 4.3.5 ends their connections; the libzmq that is built in is corrected (cmake/SpotLibzmqFix.cmake).
#include <string>

#include "hand_made.hpp"
#include "raw.hpp"
#include "spot/transport/libzmq.hpp"

using namespace spot;
using namespace spot::test;

TEST_CASE("a peer of an older ZMTP stays connected when the time for handshakes is over")
{
    if (!describe_libzmq().bundled)
        return; // the system's libzmq may not be corrected
    constexpr int handshake_ms = 100;
    const struct
    {
        const char *what;
        std::string greeting, message;
    } versions[] = {
        // Signature, revision, DEALER, an identity without bytes; a frame: flags, length, bytes.
        {"2.0", zmtp2_dealer, bytes_of({0, 1, 'x'})},
        // An identity without bytes; a frame: length with the flags, flags, bytes.
        {"1.0", bytes_of({1, 0}), bytes_of({2, 0, 'x'})},
    };
    for (const auto &version : versions) {
        INFO(version.what);
        raw_ctx_t ctx;
        raw_socket_t router(ctx, ZMQ_ROUTER);
        router.set(ZMQ_HANDSHAKE_IVL, handshake_ms);
        hand_made_t peer(router.bind());
        peer.say(version.greeting);
        peer.say(version.message);
        const frames_t first = router.recv();
        REQUIRE(first.size() == 2);
        CHECK(first[1] == "x");
        CHECK_FALSE(peer.closed_within(3 * handshake_ms));
        peer.say(version.message);
        CHECK(router.recv() == first); // on the same connection
    }
}
