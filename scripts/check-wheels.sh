#!/usr/bin/env bash
# check-wheels.sh: checks that the sdist holds exactly the project's files, and builds, installs and uses a wheel of it on
# each supported Python that this machine has.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find_python() { # find_python VERSION: prints a working interpreter, on the PATH or of pyenv; 3.13t has no GIL
    local candidate number=${1%t} suffix=${1##*[0-9]}
    for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$number".*"$suffix"/bin/python; do
        if "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] + sys.abiflags != '$1')" \
            2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

"$root/.venv/bin/python" -m build --quiet --sdist --outdir "$work" "$root"
strays=$(comm -13 <(git -C "$root" ls-files --cached --others --exclude-standard | sort) \
    <(tar -tzf "$work"/spotmq-*.tar.gz | cut -d/ -f2- | grep -vx PKG-INFO | sort))
if [ -n "$strays" ]; then
    printf 'Not of the project, but in its sdist:\n%s\n' "$strays" >&2
    exit 1
fi

# The core includes nothing of Python, so that the first of these builds compiles it for all of them. pip unpacks
# the sdist into another directory each time: paths are compared relative to the build's directory.
export CCACHE_DIR=$work/ccache CCACHE_BASEDIR=/ CCACHE_NOHASHDIR=1

tested=0
for version in 3.10 3.11 3.12 3.13 3.14 3.13t 3.14t; do
    python=$(find_python $version)
    if [ -z "$python" ]; then
        echo "Python $version: not on this machine"
        continue
    fi
    echo "Python $version: sdist -> wheel -> one message"
    "$python" -m venv "$work/build-$version"
    "$work/build-$version/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$work/$version" \
        --config-settings cmake.define.SPOT_LTO=OFF \
        --config-settings cmake.define.CMAKE_CXX_COMPILER_LAUNCHER=ccache "$work"/spotmq-*.tar.gz
    "$root/scripts/smoke-wheel.sh" "$python" "$work/$version"/*.whl "$work/use-$version"
    tested=$((tested + 1))
done
[ $tested -gt 0 ]
