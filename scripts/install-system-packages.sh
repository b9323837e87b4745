#!/usr/bin/env bash
# install-system-packages.sh GROUP...: makes sure that the machine has the packages of the groups (build, test, interop,
# lint, wheel, peers). It calls apt-get only for those that are missing.
set -euo pipefail

python=${PYTHON:-python3}
missing=()

need() { # need PACKAGE CHECK...: the package is missing if the check fails
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

has_python_headers() {
    "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
}

has_header() {
    echo "#include <$1>" | c++ -x c++ -fsyntax-only -
}

has_server() { # not every user's PATH leads to servers
    PATH=$PATH:/usr/sbin:/sbin command -v "$1"
}

for group in "$@"; do
    case $group in
    build)
        need g++ command -v g++
        need cmake command -v cmake
        need ninja-build command -v ninja
        need pkg-config command -v pkg-config
        need libzmq3-dev pkg-config --atleast-version=4.3.4 libzmq
        need python3-venv "$python" -c 'import ensurepip, venv'
        need python3-dev has_python_headers
        ;;
    test)
        need doctest-dev has_header doctest/doctest.h
        need iproute2 command -v ss
        ;;
    interop)
        need nodejs command -v node
        need npm command -v npm
        need default-jdk-headless command -v javac
        need libjeromq-java test -e /usr/share/java/jeromq.jar
        ;;
    lint)
        need clang command -v clang++
        need clang-format command -v clang-format
        need clang-tidy command -v clang-tidy
        ;;
    wheel)
        need binutils command -v nm
        need ccache command -v ccache
        ;;
    peers)
        need g++ command -v g++
        need pkg-config command -v pkg-config
        need libzmq3-dev pkg-config --exists libzmq
        need nats-server has_server nats-server
        need redis-server has_server redis-server
        ;;
    *)
        echo "$0: no group '$group' (build, test, interop, lint, wheel, peers)" >&2
        exit 2
        ;;
    esac
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Missing system packages: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "There is no apt-get here: please install the equivalent of these Debian packages." >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Neither root nor sudo: please install them and try again." >&2
        exit 1
    fi
    as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}"; then
    echo "apt-get could not install: ${missing[*]}" >&2
    exit 1
fi
