// A descriptor that one thread makes readable to wake another that polls it.
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

    // Both may be called from any thread, any number of times.
    void set();
    void clear();
    int fd() const { return _read_fd; }

  private:
    int _read_fd = -1;
    int _write_fd = -1;
};
}
