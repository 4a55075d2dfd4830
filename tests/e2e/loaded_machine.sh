#!/bin/sh
# Beside a program that takes every core it can get, a run gives the same bytes at 1 to 4 threads, however often it is repeated.
# And one that is killed with one instruction set and number of threads, and resumed with others, gives them, too.
#
#   loaded_machine.sh NOMEN TINY_MODEL FAILING_DISK_SO [REPEATS]
set -eu
nomen=$1 tiny=$2 shim=$3 repeats=${4:-2}
work=$(mktemp -d)
busy=
trap 'kill $busy 2>/dev/null || true; rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
"$tiny" "$work/model" hidden=24 layers=3 # rows that no vector width divides
export OMP_WAIT_POLICY=passive
for _ in 1 2; do
    sh -c 'while :; do :; done' &
    busy="$busy $!"
done
fail() { echo "$*"; cat "$work/log"; exit 1; }
run() { # OUTPUT [OPTION...]
    small_run "$nomen" "$work/model" "$work" "$@" --crf true --class-weight none --eval-steps 1 --save-steps 2
}
same() { # OUTPUT WHAT
    for file in model.safetensors crf.safetensors; do cmp "$work/first/$file" "$1/$file" || fail "$2: other bytes"; done
}
run "$work/first" --threads 1 || fail "the first run fails"
n_runs=1
for again in $(seq "$repeats"); do
    for threads in 1 2 3 4; do
        run "$work/out" --overwrite --threads "$threads" || fail "run $again at $threads threads fails"
        same "$work/out" "run $again at $threads threads"
        n_runs=$((n_runs + 1))
    done
done

sets=
for isa in plain avx2 avx512 neon; do
    NOMEN_ISA=$isa run "$work/out" --overwrite --threads 1 || fail "$isa fails"
    # One that this machine lacks is replaced, with a warning.
    grep -q NOMEN_ISA "$work/log" || sets="$sets $isa"
done
DISK_SEEN="$work/seen" LD_PRELOAD=$shim run "$work/out" --overwrite || fail "the counted run fails"
calls=$(cat "$work/seen")
n_resumed=0
for from in $sets; do
    for to in $sets; do
        [ "$from" != "$to" ] || continue
        rm -rf "$work/out"
        code=0
        NOMEN_ISA=$from LD_PRELOAD=$shim DISK_AT=$((calls * (50 + 8 * (n_resumed % 6)) / 100)) DISK_HOW=KILL run "$work/out" \
            --threads $((1 + n_resumed % 4)) || code=$?
        [ $code -eq 137 ] || fail "not killed: exit code $code"
        NOMEN_ISA=$to run "$work/out" --threads $((1 + (n_resumed + 2) % 4)) --resume "$work/out" || fail "does not go on"
        grep -q "going on from" "$work/log" || fail "does not go on from a checkpoint"
        same "$work/out" "killed with $from, resumed with $to"
        n_resumed=$((n_resumed + 1))
    done
done
echo "$n_runs runs, and $n_resumed resumed with another instruction set ($sets ): the same bytes"
