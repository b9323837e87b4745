// Two nodes of one context: proves that the installed headers are complete and the library links and works.
#include <spot/spot.hpp>
#include <spot/version.hpp>

#include <cstdio>
#include <string>

using namespace spot;

int main()
{
    ctx_t ctx;
    spot_pubsub_t owner(&ctx);
    spot_pubsub_t reader(&ctx);
    if (owner.bind("inproc://owner") != 0 || owner.topic_create("news") != 0)
        return 1;
    if (reader.cluster_add("inproc://owner") != 0 || reader.cluster_sync(5000) != 0)
        return 2;
    if (!reader.topic_exists("news") || reader.topic_is_local("news"))
        return 3;
    std::printf("spot %s\n", SPOT_VERSION);
    return 0;
}
