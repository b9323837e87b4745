// Tells whether the process has forked since an object was made: a forked child's copy of a node must not
// touch the parent's sockets. A fork handler increases a generation counter in the child, so that the check
// is one relaxed load, where getpid() would be a system call. On Windows, which has no fork(), it never
// changes.
//
// Thread safety: any thread.
#pragma once

#include <cstdint>

namespace spot
{
// The number of forks between the first process that loaded the library and this one.
std::uint32_t fork_generation();

// Remembers the generation in which it was made.
class fork_guard_t
{
  public:
    fork_guard_t() : _born(fork_generation()) {}
    // True in a child that was forked after this object was made.
    bool forked() const { return _born != fork_generation(); }

  private:
    std::uint32_t _born;
};
}
