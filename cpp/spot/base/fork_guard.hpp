// After fork() the child's copy of a node must not touch the parent's sockets. A generation counter that
// the child's fork handler bumps makes the check one relaxed load, where getpid() costs a system call.
#pragma once

#include <cstdint>

namespace spot
{
// Registers the handler on first use.
std::uint32_t fork_generation();

class fork_guard_t
{
  public:
    fork_guard_t() : _born(fork_generation()) {}
    bool forked() const { return _born != fork_generation(); }

  private:
    std::uint32_t _born;
};
}
