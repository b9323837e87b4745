#!/usr/bin/env bash
# without-aslr.sh COMMAND...: runs the command without address space randomisation where the system allows that. Older
# ThreadSanitizers refuse to start on kernels that randomise more bits than they support.
set -euo pipefail

if command -v setarch >/dev/null && setarch -R true 2>/dev/null; then
    exec setarch -R "$@"
fi
exec "$@"
