// One connection of a libzmq socket, seen from beside: which it is, whether its other end takes what is sent,
// and a way to end it alone. libzmq tells the descriptor with each message and keeps it for itself, so that
// it may be closed, and be something else's, at any moment: every function looks again.
#pragma once

#include <cstdint>

namespace spot
{
struct connection_t
{
    int fd = -1;
    std::uint64_t inode = 0; // tells it from a later one with the same descriptor

    explicit operator bool() const { return fd >= 0; }
    bool operator==(const connection_t &other) const { return fd == other.fd && inode == other.inode; }
    bool operator!=(const connection_t &other) const { return !(*this == other); }
};

// None when there is no connection at that descriptor.
connection_t connection_at(int fd);

struct intake_t
{
    bool known = false;      // TCP on Linux; elsewhere nobody tells
    bool waiting = false;    // something was sent that the other end has not taken
    std::uint64_t taken = 0; // bytes, since the connection was made
};
intake_t intake_of(const connection_t &connection);

// What is on its way may still arrive. False when it had ended already.
bool cut_off(const connection_t &connection);
}
