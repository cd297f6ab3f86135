#!/bin/bash
# Installs what the tests use beyond .NET: system packages, the official npm packages, the chroots of two Debian suites.
#   usage: prepare.sh CACHE_FOLDER [packages] [npm] [preload] [forky] [bookworm]      (all of these, where none is named; for benchmarks: bindfs)
# What cannot be had here leaves its reason in CACHE_FOLDER/NAME.reason; the tests that need it skip and say so.
set -uo pipefail

cache=${1:?usage: prepare.sh CACHE_FOLDER [WHAT...]}
shift
tests=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$cache" || exit 1

lacks_command() { ! command -v "$1" >/dev/null; }
lacks_library() { ! ldconfig -p 2>/dev/null | grep -q "$1" && ! ls /lib/*/"$1" /usr/lib/*/"$1" >/dev/null 2>&1; }
hash_of() { sha256sum <"$1" | cut -c1-12; }

prepare_packages() {
    local packages=()
    lacks_library libzstd.so.1 && packages+=(libzstd1)
    lacks_library libblosc.so.1 && packages+=(libblosc1)
    lacks_command zstd && packages+=(zstd)
    lacks_command fusermount3 && packages+=(fuse3)
    lacks_command gcc && packages+=(gcc libc6-dev)
    lacks_command mmdebstrap && packages+=(mmdebstrap)
    lacks_command node && packages+=(nodejs)
    lacks_command npm && packages+=(npm)
    lacks_command python3 && packages+=(python3)
    lacks_command rsync && packages+=(rsync)
    lacks_command vim && lacks_command vim.tiny && packages+=(vim-tiny)
    install "${packages[@]}"
}

prepare_bindfs() { lacks_command bindfs && install bindfs; }

install() {
    [ $# -eq 0 ] && return
    if [ "$(id -u)" != 0 ] || lacks_command apt-get; then
        echo "not installed and not installable here: $*"
        return
    fi
    echo "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >"$cache/apt.log" 2>&1 \
        || echo "apt-get failed: $(tail -n 1 "$cache/apt.log")"
}

# The official packages stand in npm-HASH, named after the lock file.
prepare_npm() {
    local target reason=$cache/npm.reason temporary
    target=$cache/npm-$(hash_of "$tests/interop/package-lock.json")
    if [ -d "$target" ]; then rm -f "$reason"; return; fi
    if lacks_command npm; then echo "npm is not installed" >"$reason"; return; fi
    temporary=$(mktemp -d "$cache/npm-build.XXXXXX")
    cp "$tests"/interop/package.json "$tests"/interop/package-lock.json "$temporary"
    if (cd "$temporary" && npm ci --no-audit --no-fund --ignore-scripts) >"$cache/npm.log" 2>&1; then
        mv -T "$temporary" "$target" 2>/dev/null
        rm -f "$reason"
    else
        echo "the official npm packages cannot be installed: $(grep -m1 'npm error' "$cache/npm.log")" >"$reason"
    fi
    rm -rf "$temporary"
}

# Only where glibc is older than 2.38.
prepare_preload() {
    local target version
    target=$cache/isoc23-$(hash_of "$tests/interop/isoc23.c").so
    version=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)
    [ -n "$version" ] && [ "$(printf '%s\n2.38\n' "$version" | sort -V | head -n 1)" != 2.38 ] || return
    [ -e "$target" ] && return
    gcc -std=gnu11 -O1 -shared -fPIC -o "$target.$$" "$tests/interop/isoc23.c" && mv "$target.$$" "$target"
}

prepare_chroot() {
    local reason
    if reason=$("$tests/mount/chroot.sh" "$1" "$cache" 2>&1 >/dev/null); then
        rm -f "$cache/$1.reason"
    else
        echo "$reason" >"$cache/$1.reason"
    fi
}

prepare_forky() { prepare_chroot forky; }
prepare_bookworm() { prepare_chroot bookworm; }

[ $# -gt 0 ] || set -- packages npm preload forky bookworm
for part; do "prepare_$part"; done
for reason in "$cache"/*.reason; do
    [ -e "$reason" ] && echo "$(cat "$reason")"
done
exit 0
