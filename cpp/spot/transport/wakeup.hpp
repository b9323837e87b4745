// A descriptor that becomes readable to wake a thread that polls it: an eventfd on Linux, else a pipe.
//
// Thread safety: any thread, any number of times.
#pragma once

namespace spot
{
class wakeup_t
{
  public:
    // Throws std::system_error (EMFILE, ENFILE).
    wakeup_t();
    ~wakeup_t();
    wakeup_t(const wakeup_t &) = delete;
    wakeup_t &operator=(const wakeup_t &) = delete;

    // Makes fd() readable; it stays so until clear().
    void set();
    void clear();
    int fd() const { return _read_fd; }

  private:
    int _read_fd = -1;
    int _write_fd = -1;
};
}
