// The end of the interpreter, for threads that it does not wait for: daemon threads in a call of ours.
//
// Before modules go, open nodes are closed, and such a call ends. If it came back with Closed, the thread
// would print a traceback, though nothing is wrong. So threads are held, without the GIL, until the
// interpreter is past the point from which on it gives them no more of it. For a second at most after the
// nodes were closed: somebody may be waiting for the thread.
#pragma once

namespace spot::binding
{
// Called by the thread that ends the interpreter. From then on stay_out_at_exit() holds other threads.
void begin_exit();
// The nodes are closed.
void exit_has_begun();

// With the GIL. Does not come back once the interpreter is ending: one that asks for the GIL then is unwound
// by Python, through frames that hold objects of Python's.
void stay_out_at_exit();
}
