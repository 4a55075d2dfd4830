#!/usr/bin/env bash
# Makes a clean Debian (or Ubuntu) root, puts a fresh clone into it, and runs what README promises
# there: ./demo.sh, ./demo.sh again (it must be quick), and ./test.sh. Needs root and mmdebstrap.
#
#   tests/torture/bare_root.sh [--keep] [--only-demo] [SUITE]     SUITE: bookworm (the default), trixie
#
# What reaches the network is taken from the environment, never from this file:
#   NOMEN_ROOT_MIRROR  a mirror or a file of apt sources for mmdebstrap, which the root keeps; default: what
#                      mmdebstrap takes for the suite and, if the machine is of that suite, its own apt sources
#   NOMEN_ROOT_COPY    further paths of the machine to copy into the root, separated by spaces
#                      (apt's configuration, certificates, pip's configuration)
#   NOMEN_ROOT_BIND    folders of the machine to show in the root, read-only, without copying (a package
#                      index on disk)
#   NOMEN_ROOT_ENV     names of variables to pass on, separated by spaces, besides the usual proxies
# The root is made in TMPDIR and removed at the end, unless --keep.
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
keep=no only_demo=no suite=bookworm
for argument; do
    case $argument in
    --keep) keep=yes ;;
    --only-demo) only_demo=yes ;;
    -*) echo "usage: $0 [--keep] [--only-demo] [SUITE]" >&2; exit 2 ;;
    *) suite=$argument ;;
    esac
done
[ "$(id -u)" -eq 0 ] || { echo "$0: needs root, for chroot" >&2; exit 1; }
command -v mmdebstrap >/dev/null || { echo "$0: needs mmdebstrap" >&2; exit 1; }

root=$(mktemp -d "${TMPDIR:-/tmp}/nomen-root.XXXXXX")
leave() {
    local mounted
    for mounted in $(awk -v root="$root/" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -r); do
        umount "$mounted" || :
    done
    if [ "$keep" = yes ]; then
        echo "kept: $root"
    elif grep -qF " $root/" /proc/mounts; then
        echo "something is still mounted in $root; it is left there" >&2
    else
        rm -rf --one-file-system "$root"
    fi
}
trap leave EXIT

echo "== a clean $suite in $root"
mirror=()
[ -z "${NOMEN_ROOT_MIRROR:-}" ] || mirror=("$NOMEN_ROOT_MIRROR")
own_suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
if [ ${#mirror[@]} -eq 0 ] && [ -z "${NOMEN_ROOT_COPY:-}" ] && [ "$suite" = "$own_suite" ]; then
    NOMEN_ROOT_COPY='/etc/apt/sources.list /etc/apt/sources.list.d'
fi
# apt and nothing else: no compiler, no curl, no Python, no certificates.
mmdebstrap --quiet --variant=apt "$suite" "$root" "${mirror[@]}"
for path in ${NOMEN_ROOT_COPY:-}; do
    [ -e "$path" ] || continue
    mkdir -p "$root/$(dirname "$path")"
    cp -aLT "$path" "$root/$path"
done
for path in /etc/resolv.conf /etc/hosts /etc/nsswitch.conf; do
    cp -L "$path" "$root$path" 2>/dev/null || :
done
mkdir -p "$root/proc" "$root/dev"
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" # some tests look at what a terminal is shown
[ -e "$root/dev/ptmx" ] || ln -s pts/ptmx "$root/dev/ptmx"
for device in null urandom; do
    [ -e "$root/dev/$device" ] || { : >"$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; }
done

for path in ${NOMEN_ROOT_BIND:-}; do
    mkdir -p "$root/$path"
    mount --bind -o ro "$path" "$root/$path"
done
# The corpora and vocabularies beside the tree, where they are: without them a dozen comparisons are left out.
if [ -d "$source/../shared" ]; then
    mkdir -p "$root/shared"
    mount --bind -o ro "$source/../shared" "$root/shared"
fi

git clone --quiet --no-hardlinks "$source" "$root/nomen"

environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY HF_ENDPOINT CI ${NOMEN_ROOT_ENV:-}; do
    [ -z "${!name:-}" ] || environment+=("$name=${!name}")
done
inside() {
    echo "== $*"
    local started=$SECONDS
    chroot "$root" /usr/bin/env -i "${environment[@]}" /bin/sh -c 'cd /nomen && exec "$@"' sh "$@"
    took=$((SECONDS - started))
    echo "== $* took $took s"
}

if chroot "$root" /bin/sh -c 'cd /nomen && exec ./demo.sh --no-install' >"$root/refused" 2>&1; then
    echo "./demo.sh --no-install did not refuse on a bare root" >&2
    exit 1
fi
grep -q 'are missing: .*cmake' "$root/refused" || { cat "$root/refused" >&2; exit 1; }
inside ./demo.sh
first=$took
inside ./demo.sh
[ "$took" -le "$first" ] || echo "the second run took longer than the first"
# The very model of the first run: the demo is reproducible.
[ "$only_demo" = yes ] || inside ./test.sh
echo "== done: a clean $suite runs what README says"
