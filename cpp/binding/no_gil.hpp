// Locks that replace the GIL where Python is built without one (free-threading). With a GIL they do nothing
// and cost nothing.
#pragma once

#include <Python.h>

namespace spot::binding
{
#ifdef Py_GIL_DISABLED
inline constexpr bool gil_guards = false;

// Guards members of this module's objects. A thread that holds it must not run Python code or wait.
class python_mutex_t
{
  public:
    void lock() { PyMutex_Lock(&_mutex); }
    void unlock() { PyMutex_Unlock(&_mutex); }

  private:
    PyMutex _mutex{};
};

// Holds the lock of a Python object. Like the GIL, it is given up while the thread waits for another lock of
// Python's and inside without_gil(): values that were read before must be read again afterwards.
class object_lock_t
{
  public:
    explicit object_lock_t(PyObject *object) { PyCriticalSection_Begin(&_section, object); }
    ~object_lock_t() { PyCriticalSection_End(&_section); }
    object_lock_t(const object_lock_t &) = delete;
    object_lock_t &operator=(const object_lock_t &) = delete;

  private:
    PyCriticalSection _section;
};

// A pointer that is set once, under a lock, and read without it.
inline PyObject *load_once_set(PyObject *const &place)
{
    return __atomic_load_n(&place, __ATOMIC_ACQUIRE);
}
inline void set_once(PyObject *&place, PyObject *value)
{
    __atomic_store_n(&place, value, __ATOMIC_RELEASE);
}

// Claims an object that is for one thread at a time. False as a condition: another thread uses it.
class sole_user_t
{
  public:
    explicit sole_user_t(bool &in_use)
        : _in_use(in_use), _sole(!__atomic_exchange_n(&in_use, true, __ATOMIC_ACQUIRE))
    {
    }
    ~sole_user_t()
    {
        if (_sole)
            __atomic_store_n(&_in_use, false, __ATOMIC_RELEASE);
    }
    sole_user_t(const sole_user_t &) = delete;
    sole_user_t &operator=(const sole_user_t &) = delete;
    explicit operator bool() const { return _sole; }

  private:
    bool &_in_use;
    const bool _sole;
};
#else
inline constexpr bool gil_guards = true;

class python_mutex_t
{
  public:
    void lock() {}
    void unlock() {}
};

class object_lock_t
{
  public:
    explicit object_lock_t(PyObject *) {}
    ~object_lock_t() {}
    object_lock_t(const object_lock_t &) = delete;
    object_lock_t &operator=(const object_lock_t &) = delete;
};

class sole_user_t
{
  public:
    explicit sole_user_t(bool &) {}
    explicit operator bool() const { return true; }
};

inline PyObject *load_once_set(PyObject *const &place)
{
    return place;
}
inline void set_once(PyObject *&place, PyObject *value)
{
    place = value;
}
#endif
}
