#!/bin/sh
# Valgrind's memcheck over a run that saves, evaluates and resumes: nothing that was never set is written or decides anything, and
# no block is used out of its bounds. Skips where there is no valgrind.
#
#   memcheck_save.sh NOMEN TINY_MODEL
set -eu
nomen=$1 tiny=$2
command -v valgrind >/dev/null || { echo "skipped: no valgrind"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
"$tiny" "$work/model"
export NOMEN_ISA=avx2 # valgrind knows no AVX-512
checked="valgrind -q --error-exitcode=9 --trace-children=no $nomen"
run() { # NOMEN OUTPUT [OPTION...]
    program=$1 out=$2
    shift 2
    small_run "$program" "$work/model" "$work" "$out" "$@" --epochs 2 --threads 2 --save-steps 1 --eval-steps 1 --save-top-k 1 --early-stopping-patience 9 ||
        { cat "$work/log"; exit 1; }
}
run "$checked" "$work/out"
rm -r "$work/out/checkpoint-4" # the last; the one before is where it goes on
run "$checked" "$work/out" --resume "$work/out"
run "$nomen" "$work/plain"
cmp "$work/out/model.safetensors" "$work/plain/model.safetensors"
echo "nothing unset was written"
