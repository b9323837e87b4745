#!/usr/bin/env bash
# without-aslr.sh COMMAND...: runs it without address space randomisation where that is allowed. Older
# ThreadSanitizers stop at start on kernels that randomise more bits than they know.
set -euo pipefail

if command -v setarch >/dev/null && setarch -R true 2>/dev/null; then
    exec setarch -R "$@"
fi
exec "$@"
