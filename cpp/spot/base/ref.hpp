// An intrusive reference count and its pointer. A ref_t is one pointer wide, and an object with its count is
// one allocation, also where thousands of messages share it.
//
// Thread safety: any thread may copy and release a ref_t of its own; the last release deletes the object. One
// ref_t is not safe for two threads at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace spot
{
template <typename T> class ref_counted_t
{
  public:
    void retain(std::uint64_t count = 1) const { _refs.fetch_add(count, std::memory_order_relaxed); }
    // There is one reference, and the caller has it or holds the lock that guards it: no other thread can
    // copy it.
    bool unique() const { return _refs.load(std::memory_order_acquire) == 1; }
    void release(std::uint64_t count = 1) const
    {
        if (_refs.fetch_sub(count, std::memory_order_acq_rel) == count)
            delete static_cast<const T *>(this);
    }

  protected:
    ref_counted_t() = default;
    ~ref_counted_t() = default;
    ref_counted_t(const ref_counted_t &) = delete;
    ref_counted_t &operator=(const ref_counted_t &) = delete;

  private:
    mutable std::atomic<std::uint64_t> _refs{1};
};

template <typename T> class ref_t
{
  public:
    ref_t() = default;
    ref_t(std::nullptr_t) {}
    // Takes over the reference with which an object is born.
    static ref_t adopt(T *pointer)
    {
        ref_t ref;
        ref._pointer = pointer;
        return ref;
    }
    ref_t(const ref_t &other) : _pointer(other._pointer)
    {
        if (_pointer)
            _pointer->retain();
    }
    ref_t(ref_t &&other) noexcept : _pointer(std::exchange(other._pointer, nullptr)) {}
    ref_t &operator=(ref_t other) noexcept
    {
        std::swap(_pointer, other._pointer);
        return *this;
    }
    ~ref_t()
    {
        if (_pointer)
            _pointer->release();
    }

    T *get() const { return _pointer; }
    T *operator->() const { return _pointer; }
    T &operator*() const { return *_pointer; }
    explicit operator bool() const { return _pointer != nullptr; }
    // Gives up the reference without releasing it; the caller must.
    T *detach() { return std::exchange(_pointer, nullptr); }
    void reset() { ref_t().swap(*this); }
    void swap(ref_t &other) noexcept { std::swap(_pointer, other._pointer); }

  private:
    T *_pointer = nullptr;
};
}
