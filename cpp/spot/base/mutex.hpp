// Mutexes and scoped locks with the annotations of clang's thread-safety analysis
// (https://clang.llvm.org/docs/ThreadSafetyAnalysis.html): code that touches a member marked SPOT_GUARDED_BY
// without its mutex does not compile under clang with -Wthread-safety. Other compilers ignore the
// annotations.
#pragma once

#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define SPOT_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define SPOT_THREAD_ANNOTATION(x)
#endif

#define SPOT_CAPABILITY(name) SPOT_THREAD_ANNOTATION(capability(name))
#define SPOT_SCOPED_CAPABILITY SPOT_THREAD_ANNOTATION(scoped_lockable)
#define SPOT_GUARDED_BY(m) SPOT_THREAD_ANNOTATION(guarded_by(m))
#define SPOT_REQUIRES(...) SPOT_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define SPOT_REQUIRES_SHARED(...) SPOT_THREAD_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define SPOT_ACQUIRE(...) SPOT_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define SPOT_ACQUIRE_SHARED(...) SPOT_THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define SPOT_RELEASE(...) SPOT_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define SPOT_RELEASE_GENERIC(...) SPOT_THREAD_ANNOTATION(release_generic_capability(__VA_ARGS__))
#define SPOT_TRY_ACQUIRE(...) SPOT_THREAD_ANNOTATION(try_acquire_capability(__VA_ARGS__))
#define SPOT_EXCLUDES(...) SPOT_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define SPOT_NO_THREAD_SAFETY_ANALYSIS SPOT_THREAD_ANNOTATION(no_thread_safety_analysis)

namespace spot
{
// std::mutex.
class SPOT_CAPABILITY("mutex") mutex_t
{
  public:
    void lock() SPOT_ACQUIRE() { _mutex.lock(); }
    void unlock() SPOT_RELEASE() { _mutex.unlock(); }
    bool try_lock() SPOT_TRY_ACQUIRE(true) { return _mutex.try_lock(); }

  private:
    std::mutex _mutex;
};

// std::shared_mutex: one writer, or any number of readers.
class SPOT_CAPABILITY("shared_mutex") shared_mutex_t
{
  public:
    void lock() SPOT_ACQUIRE() { _mutex.lock(); }
    void unlock() SPOT_RELEASE() { _mutex.unlock(); }
    void lock_shared() SPOT_ACQUIRE_SHARED() { _mutex.lock_shared(); }
    void unlock_shared() SPOT_RELEASE_GENERIC() { _mutex.unlock_shared(); }

  private:
    std::shared_mutex _mutex;
};

// Holds a mutex_t while it lives.
class SPOT_SCOPED_CAPABILITY lock_t
{
  public:
    explicit lock_t(mutex_t &mutex) SPOT_ACQUIRE(mutex) : _mutex(mutex) { _mutex.lock(); }
    // Takes over a mutex that the caller has locked.
    lock_t(mutex_t &mutex, std::adopt_lock_t) SPOT_REQUIRES(mutex) : _mutex(mutex) {}
    ~lock_t() SPOT_RELEASE() { _mutex.unlock(); }
    lock_t(const lock_t &) = delete;
    lock_t &operator=(const lock_t &) = delete;

  private:
    mutex_t &_mutex;
};

// Holds a shared_mutex_t as its only user while it lives.
class SPOT_SCOPED_CAPABILITY write_lock_t
{
  public:
    explicit write_lock_t(shared_mutex_t &mutex) SPOT_ACQUIRE(mutex) : _mutex(mutex) { _mutex.lock(); }
    ~write_lock_t() SPOT_RELEASE() { _mutex.unlock(); }
    write_lock_t(const write_lock_t &) = delete;
    write_lock_t &operator=(const write_lock_t &) = delete;

  private:
    shared_mutex_t &_mutex;
};

// Holds a shared_mutex_t together with other readers while it lives.
class SPOT_SCOPED_CAPABILITY read_lock_t
{
  public:
    explicit read_lock_t(shared_mutex_t &mutex) SPOT_ACQUIRE_SHARED(mutex) : _mutex(mutex)
    {
        _mutex.lock_shared();
    }
    ~read_lock_t() SPOT_RELEASE_GENERIC() { _mutex.unlock_shared(); }
    read_lock_t(const read_lock_t &) = delete;
    read_lock_t &operator=(const read_lock_t &) = delete;

  private:
    shared_mutex_t &_mutex;
};
}
