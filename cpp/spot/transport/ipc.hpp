// A listening Unix socket for libzmq. libzmq's own bind would delete any file at the path, so that this class
// makes the socket and libzmq gets its descriptor.
//
// Thread safety: for one thread at a time. A forked child must not call remove_file().
//
// Invariants:
// 1. listen() replaces a file only if it is a socket on which no process listens. A regular file, a symbolic
//    link, a directory, and a socket on which a process listens all stay.
// 2. remove_file() deletes only the file that this object made, by device and inode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace spot
{
class ipc_listener_t
{
  public:
    // The length of the longest path in bytes. The '@' of an abstract name counts.
    static const std::size_t longest_path;

    // 0, or -1 and errno: EADDRINUSE (a file that must stay is there), EINVAL, ENAMETOOLONG, or the system's
    // error for the path. A path that begins with '@' is a name in Linux's abstract name space, spelled as
    // libzmq spells it; it has no file.
    int listen(const std::string &path);
    int fd() const { return _fd; } // -1: none, or released
    // Gives up the descriptor: its new owner closes it.
    void release() { _fd = -1; }
    // Closes the descriptor, unless it was released.
    void close();

    // Deletes the socket's file. Call it while the socket still listens: as long as it does, no other node
    // takes the file for a leftover and replaces it.
    void remove_file();

    struct file_t
    {
        std::uint64_t device = 0, inode = 0;
        bool is_socket = false;
        bool same_as(const file_t &other) const { return device == other.device && inode == other.inode; }
    };

  private:
    // Deletes a leftover socket at the path. 0, or -1 and errno.
    int make_room(const std::string &path) const;

    int _fd = -1;
    std::string _file; // the absolute path of the file that was made; empty: none
    file_t _made;      // that file's identity
};
}
