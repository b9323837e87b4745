// A Unix socket that listens, made here and handed to libzmq, which would delete whatever stands at the path.
//
// Only a socket that nobody listens on is replaced. Never a regular file, a symbolic link or a directory, and
// no socket that somebody listens on, of whatever kind it is.
//
// Not thread-safe: its owner's. A forked child must not call remove_file().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace spot
{
class ipc_listener_t
{
  public:
    // Bytes of the longest path; of an abstract name with its '@'.
    static const std::size_t longest_path;

    // 0, or -1 and errno: EADDRINUSE (something else is there), or what the system says of the path. A name
    // that begins with '@' is in Linux's abstract name space, as libzmq spells it, and has no file.
    int listen(const std::string &path);
    int fd() const { return _fd; } // -1: none, or released
    // Somebody else closes the descriptor from now on.
    void release() { _fd = -1; }
    // Closes a descriptor that nobody took.
    void close();

    // Deletes the socket's file, if it is the one that was made here. Call it while the socket listens still:
    // until then no other node takes the file for a leftover and puts its own there.
    void remove_file();

    struct file_t
    {
        std::uint64_t device = 0, inode = 0;
        bool is_socket = false;
        bool same_as(const file_t &other) const { return device == other.device && inode == other.inode; }
    };

  private:
    int make_room(const std::string &path) const;

    int _fd = -1;
    std::string _file; // absolute; empty: none
    file_t _made;
};
}
