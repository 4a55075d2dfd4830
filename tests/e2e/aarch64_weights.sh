#!/bin/sh
# A training run under qemu-aarch64 gives the same bytes of weights as this machine's.
#
#   aarch64_weights.sh SOURCE_DIR NOMEN TINY_MODEL
#
# It uses the build of the preset aarch64 (see scripts/aarch64_root.sh), and makes it where the cross tools
# and the root are there; otherwise it skips.
set -eu
source=$1 nomen=$2 tiny=$3
skip() {
    echo "skipped: $*"
    exit 77
}
command -v qemu-aarch64 >/dev/null || skip "qemu-aarch64 is not installed (qemu-user)"
command -v aarch64-linux-gnu-gcc >/dev/null || skip "aarch64-linux-gnu-gcc is not installed (gcc-aarch64-linux-gnu)"
root=${NOMEN_AARCH64_ROOT:-$source/build/aarch64-root}
[ -e "$root/.packages" ] || skip "the arm64 libraries are not there; scripts/aarch64_root.sh gets them"
export NOMEN_AARCH64_ROOT="$root"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
build=$source/build/aarch64
if ! { cmake -S "$source" --preset aarch64 && cmake --build "$build" --target nomen; } >"$work/build.log" 2>&1; then
    tail -n 20 "$work/build.log"
    exit 1
fi
foreign=$(find "$build" -name nomen -type f | head -n 1)
make_data "$work"
for hidden in 32 24; do
    "$tiny" "$work/model-$hidden" hidden=$hidden
    small_run "$nomen" "$work/model-$hidden" "$work" "$work/here-$hidden" || { cat "$work/log"; exit 1; }
    for threads in 1 2; do
        out=$work/there-$hidden-$threads
        small_run "qemu-aarch64 -L $root $foreign" "$work/model-$hidden" "$work" "$out" --threads $threads ||
            { cat "$work/log"; exit 1; }
        cmp "$work/here-$hidden/model.safetensors" "$out/model.safetensors"
    done
done
echo "the same bytes"
