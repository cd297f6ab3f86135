#!/bin/bash
# Runs a program of a chroot. Each run has a mount namespace of its own, so that nothing is left behind and runs at the same time do not meet.
#   usage: enter.sh CHROOT SHOWN SCRIPTS PROGRAM [ARGUMENT...]     the program sees SHOWN, with whatever is mounted below it, as /mnt, SCRIPTS as /srv
set -euo pipefail
if [ "${1:-}" != --inside ]; then exec unshare --mount --propagation slave -- bash "$0" --inside "$@"; fi
root=$2 shown=$3 scripts=$4
shift 4
mount --rbind "$shown" "$root/mnt"
mount --bind "$scripts" "$root/srv"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot "$root" env -i PATH=/usr/bin:/bin HOME=/tmp LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 "$@"
