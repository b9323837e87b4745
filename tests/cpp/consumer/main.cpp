// Two nodes of one context: proves that the installed headers are complete and the library links and works.
#include <spot/spot.hpp>
#include <spot/version.hpp>

#include <cstdio>
#include <string>

using namespace spot;

namespace
{
void hear(log_level_t level, std::string_view text)
{
    std::fprintf(stderr, "%d %.*s\n", static_cast<int>(level), static_cast<int>(text.size()), text.data());
}
}

int main()
{
    set_log_sink(&hear);
    set_log_level(log_level_t::info);
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
