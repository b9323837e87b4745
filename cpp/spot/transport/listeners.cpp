#include "spot/transport/listeners.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "spot/base/no_memory.hpp"

namespace spot
{
namespace
{
// Device and inode distinguish the socket from a later file with the same descriptor.
struct listener_t
{
    int fd;
    dev_t device;
    ino_t inode;
};

bool identify_listener(int fd, listener_t &listener)
{
    struct stat what = {};
    if (fstat(fd, &what) != 0 || !S_ISSOCK(what.st_mode))
        return false;
    listener = {fd, what.st_dev, what.st_ino};
    return true;
}

bool is_there(const listener_t &listener)
{
    listener_t now = {};
    return identify_listener(listener.fd, now) && now.device == listener.device &&
           now.inode == listener.inode;
}

std::mutex mutex;
std::vector<listener_t> listeners; // guarded by `mutex`

// Runs in the child, with the mutex that the handler before fork() has locked. It calls only functions that a
// child of a process with threads may call. libzmq's threads do not exist in the child, so that nothing there
// uses these descriptors.
void close_in_child()
{
    for (const listener_t &listener : listeners)
        if (is_there(listener))
            close(listener.fd);
    listeners.clear();
    mutex.unlock();
}

void drop_listeners_at_fork()
{
    static const int watching = pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, &close_in_child);
    static_cast<void>(watching);
}

bool listens_at(int fd, const endpoint_t &bound)
{
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0)
        return false;
    sockaddr_storage address = {};
    size = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        return false;
    if (address.ss_family == AF_UNIX) {
        const auto *const local = reinterpret_cast<const sockaddr_un *>(&address);
        std::string path(local->sun_path, size - offsetof(sockaddr_un, sun_path));
        if (!path.empty() && path.front() == '\0')
            path.front() = '@'; // libzmq's spelling of Linux's abstract name space
        while (!path.empty() && path.back() == '\0')
            path.pop_back();
        return bound.scheme == scheme_t::ipc && bound.path == path;
    }
    if (bound.scheme != scheme_t::tcp)
        return false;
    const auto *const v4 = reinterpret_cast<const sockaddr_in *>(&address);
    const auto *const v6 = reinterpret_cast<const sockaddr_in6 *>(&address);
    return ntohs(address.ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port) == bound.port;
}

int find(const endpoint_t &bound)
{
    int found = -1;
    DIR *const all = opendir("/dev/fd"); // on Linux a link to /proc/self/fd
    if (!all)
        return found;
    while (const dirent *const entry = readdir(all)) { // NOLINT(concurrency-mt-unsafe): a stream of its own
        char *end = nullptr;
        const long fd = std::strtol(entry->d_name, &end, 10);
        if (*end == '\0' && end != entry->d_name && listens_at(static_cast<int>(fd), bound)) {
            found = static_cast<int>(fd);
            break;
        }
    }
    closedir(all);
    return found;
}
}

void note_listener(const endpoint_t &bound)
{
    drop_listeners_at_fork();
    listener_t listener = {};
    const int fd = find(bound);
    if (fd < 0 || !identify_listener(fd, listener))
        return;
    const std::lock_guard<std::mutex> lock(mutex);
    const auto gone = [](const listener_t &one) { return !is_there(one); };
    listeners.erase(std::remove_if(listeners.begin(), listeners.end(), gone), listeners.end());
    attempt([&] { listeners.push_back(listener); });
}
}
