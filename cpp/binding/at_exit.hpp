// The end of the interpreter for daemon threads, which Python does not wait for, in a call of this module.
//
// When the interpreter ends, open nodes are closed, which ends such a call. If the call raised Closed, the
// thread would print a traceback though nothing is wrong. So the thread is held, without the GIL, until the
// interpreter has passed the point from which on it gives threads no GIL. It is held for a second at most
// after the nodes were closed, because another thread may wait for it.
#pragma once

namespace spot::binding
{
// Called by the thread that ends the interpreter. From then on stay_out_at_exit() holds other threads.
void begin_exit();
// Called by the same thread when it has closed all nodes.
void exit_has_begun();

// Call it with the GIL. Holds the calling thread if the interpreter is ending, and does not return once
// Python would unwind the thread on asking for the GIL: its frames may hold Python objects.
void stay_out_at_exit();
}
