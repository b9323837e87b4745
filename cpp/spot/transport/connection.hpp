// Observes one connection of a libzmq socket from outside libzmq, and can end it alone. libzmq tells the
// descriptor of a connection with each message but keeps owning it: it may close the descriptor at any
// moment, and another file may get the same number. So each function first compares the inode behind the
// descriptor.
//
// Thread safety: any thread.
#pragma once

#include <cstdint>

namespace spot
{
struct connection_t
{
    int fd = -1;
    std::uint64_t inode = 0; // distinguishes it from a later connection with the same descriptor

    explicit operator bool() const { return fd >= 0; }
    bool operator==(const connection_t &other) const { return fd == other.fd && inode == other.inode; }
    bool operator!=(const connection_t &other) const { return !(*this == other); }
};

// The connection behind `fd`; false as a condition when `fd` is no socket.
connection_t connection_at(int fd);

// How much the other end of a connection has taken.
struct intake_t
{
    bool known = false;      // whether the kernel tells: for TCP on Linux only
    bool waiting = false;    // bytes were sent that the other end has not acknowledged
    std::uint64_t taken = 0; // bytes acknowledged since the connection was made
};
// Reads it from the kernel (TCP_INFO and SIOCOUTQ, tcp(7)).
intake_t intake_of(const connection_t &connection);

// Ends the connection for both directions; bytes that are on their way may still arrive. libzmq sees the end
// as if the other side had closed. False: the connection had ended already.
bool cut_off(const connection_t &connection);
}
