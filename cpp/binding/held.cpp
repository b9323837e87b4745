#include "binding/held.hpp"

#include <new>

#include "binding/buffers.hpp"
#include "spot/data/frame.hpp"

namespace spot::binding
{
std::atomic<held_t *> detail::let_go_list{nullptr};

held_t *hold(PyObject *object)
{
    auto *held = new (std::nothrow) held_t;
    if (!held) {
        PyErr_NoMemory();
        return nullptr;
    }
    held->object = Py_NewRef(object);
    return held;
}

held_t *hold_buffer(PyObject *object)
{
    auto *held = new (std::nothrow) held_t;
    if (!held) {
        PyErr_NoMemory();
        return nullptr;
    }
    if (!get_bytes(object, held->buffer)) {
        delete held;
        return nullptr;
    }
    return held;
}

void release(held_t *held)
{
    Py_XDECREF(held->object);
    if (held->buffer.obj)
        PyBuffer_Release(&held->buffer);
    delete held;
}

void let_go(held_t *held)
{
    if (!held)
        return;
    held_t *head = detail::let_go_list.load(std::memory_order_relaxed);
    do {
        held->next = head;
    } while (!detail::let_go_list.compare_exchange_weak(head, held, std::memory_order_release,
                                                        std::memory_order_relaxed));
}

void let_go_of(void *, void *held)
{
    let_go(static_cast<held_t *>(held));
}

void detail::release_let_go()
{
    held_t *held = let_go_list.exchange(nullptr, std::memory_order_acquire);
    while (held) {
        held_t *const next = held->next;
        // This may run a finaliser that publishes and thereby comes here again; it then takes a list of its
        // own.
        release(held);
        held = next;
    }
}

void install_release_hook()
{
    match_t::release_hook().store([](void *attachment) { let_go(static_cast<held_t *>(attachment)); });
}
}
