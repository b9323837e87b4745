#!/usr/bin/env bash
# lint.sh [CHECK...]: runs the named checks, or all of them. It needs the Python tools that `make lint` installs in .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH

cpp_files() { find "$@" -name '*.[ch]pp' | sort; }
in_parallel() { xargs -P "$(nproc)" -n "$1" "${@:2}"; }

clang_format() { cpp_files cpp examples tests/cpp benchmarks | xargs clang-format --dry-run -Werror; }

configure() { # build/lint: the generated headers, and all sources of a layer in few files
    cmake -G Ninja -S . -B build/lint -DSPOT_BUILD_TESTS=OFF -DSPOT_BUILD_EXAMPLES=OFF -DCMAKE_UNITY_BUILD=ON \
        -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 -DSPOT_LIBZMQ_SOURCE_DIR="$(scripts/libzmq-source.sh || true)" >/dev/null
}

clang_tidy() { # checks many sources at once, because their common headers take most of the time
    configure
    find build/lint/CMakeFiles -path '*/Unity/*.cxx' | sort | in_parallel 1 clang-tidy --quiet -p build/lint \
        --checks=-bugprone-suspicious-include --extra-arg=-Xclang --extra-arg=-analyzer-opt-analyze-headers 2>&1 |
        { grep -vE '^[0-9]+ warnings? generated\.$' || true; }
}

thread_safety() {
    configure
    cpp_files cpp/spot | grep '\.cpp$' | in_parallel 4 clang++ -std=c++17 -fsyntax-only \
        -Wall -Wextra -Wpedantic -Wthread-safety -Werror -Icpp -Ibuild/lint/generated
}

ruff_check() { ruff check; }
ruff_format() { ruff format --check; }
mypy_strict() { mypy --strict && mypy --strict examples tests benchmarks/guard.py; }

stubs_are_true() { # the stubs agree with the compiled module
    python -m mypy.stubtest spotmq --mypy-config-file pyproject.toml --concise \
        --allowlist tests/typing/stubtest-allowlist.txt --ignore-unused-allowlist
}

pyright_types() { # the package and its users' code; then every public name has a type
    local options=(--project pyproject.toml --pythonpath "$(command -v python)")
    pyright "${options[@]}" && PYTHONPATH=python pyright "${options[@]}" --verifytypes spotmq --ignoreexternal
}

checks=("$@")
[ $# -gt 0 ] || checks=(clang-format thread-safety clang-tidy ruff-check ruff-format mypy-strict stubs-are-true pyright-types)
failed=0
for check in "${checks[@]}"; do
    started=$SECONDS
    if "${check//-/_}"; then verdict=ok; else verdict=FAILED failed=1; fi
    echo "lint: $check: $verdict ($((SECONDS - started)) s)"
done
exit $failed
