#include "spot/transport/libzmq.hpp"

#include <zmq.h>

namespace spot
{
libzmq_t describe_libzmq()
{
    int major = 0, minor = 0, patch = 0;
    zmq_version(&major, &minor, &patch);
    libzmq_t result;
    result.version = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
#ifdef SPOT_LIBZMQ_BUNDLED
    result.bundled = true;
#else
    result.bundled = false;
#endif
    for (const char *feature : {"ipc", "curve", "gssapi", "pgm", "norm", "tipc", "draft"})
        if (zmq_has(feature))
            result.features.emplace_back(feature);
    return result;
}
}
