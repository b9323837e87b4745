// Python's signal handlers during a wait in the core.
#pragma once

namespace spot::binding
{
// Makes the core's waits ask whether Python wants to be somewhere else. Call while importing.
void install_interrupt_hook();

// After a wait ended with EINTR, with the GIL: true when a Python exception is set. False: some other signal
// arrived; go on waiting.
bool interrupted_by_exception();
}
