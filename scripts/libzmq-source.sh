#!/usr/bin/env bash
# libzmq-source.sh: prints the directory of a libzmq source tree, for SPOT_LIBZMQ_SOURCE_DIR. The tree is that of the
# source package of Debian or Ubuntu. It is found through the machine's package sources, which do not change, and kept in
# build/. The script fails where there is none; CMake can then download the release.
set -euo pipefail

if [ -n "${SPOT_LIBZMQ_SOURCE_DIR:-}" ]; then
    echo "$SPOT_LIBZMQ_SOURCE_DIR"
    exit
fi

root=$(cd "$(dirname "$0")/.." && pwd)
kept=$root/build/libzmq
if [ ! -e "$kept/src/zmq.cpp" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/lists/partial" "$work/package"
    for origin in Debian Ubuntu; do
        apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' \
            'Created-By: Packages' "Origin: $origin" 2>/dev/null || true
    done | sort -u >"$work/sources.list"
    [ -s "$work/sources.list" ] || { echo "No package sources to take libzmq's source from" >&2; exit 1; }
    options=(-q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$work/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
        -o APT::Sandbox::User=)
    (cd "$work/package" &&
        apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only zeromq3) >&2
    rm -rf "$kept"
    mkdir -p "$kept"
    tar -xf "$work"/package/*.orig.tar.* -C "$kept" --strip-components=1
fi
echo "$kept"
