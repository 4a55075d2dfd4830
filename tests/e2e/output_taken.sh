#!/bin/sh
# An output that another run has, or that is not the run's own any more: nothing of anybody is removed, and what was trained is
# left where the message says.
#
#   output_taken.sh NOMEN TINY_MODEL FAILING_DISK_SO
set -eu
nomen=$1 tiny=$2 shim=$3
work=$(mktemp -d)
trap 'kill -9 ${pid:-} 2>/dev/null || true; rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
"$tiny" "$work/model" hidden=32 layers=2
out=$work/out
fail() { echo "$*"; cat "$work/out.txt" "$work/err.txt" "$work/first.txt" 2>/dev/null; exit 1; }
said() { grep -q "$1" "$work/err.txt" || fail "not said: $1"; }
train() { # [OPTION...]; leaves the exit code in $code
    code=0
    "$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" --epochs 3 --batch-size 1 \
        --learning-rate 2e-3 -o "$out" "$@" >"$work/out.txt" 2>"$work/err.txt" || code=$?
}
wait_for() { # COMMAND...
    n=0
    until "$@" 2>/dev/null; do
        n=$((n + 1))
        [ $n -lt 600 ] || fail "in a minute not true: $*"
        sleep 0.1
    done
}
# A run that stops at a change of the disk until it is continued: `nomen train` or `nomen sweep` with the options given.
begin() { # CALL COMMAND [OPTION...]
    call=$1 command=$2
    shift 2
    env --default-signal=INT,TERM LD_PRELOAD="$shim" DISK_AT="$call" DISK_HOW=WAIT "$nomen" "$command" --model "$work/model" \
        --train "$work/train.conll" --dev "$work/dev.conll" --batch-size 1 --learning-rate 2e-3 -o "$out" "$@" \
        >"$work/first.txt" 2>&1 &
    pid=$!
    wait_for grep -q "^State:.*T" "/proc/$pid/status"
}
go_on() { # leaves its exit code in $code
    code=0
    kill -CONT $pid
    wait $pid || code=$?
    pid=
    cp "$work/first.txt" "$work/err.txt"
}
loads() { "$nomen" tag --model "$1" --format conll "$work/dev.conll" >/dev/null || fail "$1 is no model"; }
left_at() { # leaves the directory that the message names in $left
    left=$(sed -n 's/.*it was left at \([^:]*\).*/\1/p' "$work/err.txt")
    [ -n "$left" ] || fail "not said where the model was left"
    loads "$left"
    rm -rf "$left"
}

# Another run is under way there: whoever would replace it is refused, though it saves no checkpoints itself.
begin 40 train --epochs 3 --save-steps 2
train --overwrite
[ $code -eq 1 ] || fail "exit code $code"
said "another run, of process $pid, writes there"
go_on
[ $code -eq 0 ] || fail "the first run fails"
loads "$out"

# What it began is moved away, and something else stands there: no checkpoint goes into that, and it is not replaced.
rm -rf "$out"
begin 40 train --epochs 3 --save-steps 2
mv "$out" "$work/moved"
mkdir "$out"
echo dear >"$out/diary"
go_on
[ $code -eq 1 ] || fail "exit code $code"
said "no checkpoint of step [0-9]* was saved: .*is not there any more, or not what this run began"
left_at
[ "$(ls "$out")" = diary ] || fail "something is in what is not the run's"
rm -rf "$out" "$work/moved"

# A run by the defaults has the place from its start on: a second one is refused before it has trained. What it began is moved
# away, and something else stands there: Ctrl-C loses no finished epoch.
: >"$work/first.txt"
env --default-signal=INT,TERM "$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" \
    --batch-size 1 -o "$out" --epochs 1000000 >"$work/first.txt" 2>&1 &
pid=$!
wait_for grep -q "^Epochs: 2 " "$work/first.txt"
for how in "" --overwrite; do
    train $how
    [ $code -eq 1 ] || fail "exit code $code"
    said "another run, of process $pid, writes there"
done
mv "$out" "$work/moved"
mkdir "$out"
echo dear >"$out/diary"
kill -INT $pid
go_on
[ $code -eq 1 ] || fail "exit code $code"
left_at
[ "$(ls "$out")" = diary ] || fail "something is in what is not the run's"
rm -rf "$out" "$work/moved"

# One that is killed leaves nothing for good: the next run there takes its place, and removes what it left.
: >"$work/first.txt"
"$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" --batch-size 1 -o "$out" \
    --epochs 1000000 >"$work/first.txt" 2>&1 &
pid=$!
wait_for grep -q "^Epochs: 2 " "$work/first.txt"
kill -KILL $pid
go_on 2>/dev/null || true
[ "$(ls -d "$out".???????? | wc -l)" -eq 1 ] || fail "what a killed run leaves: $(ls "$work")"
train
[ $code -eq 0 ] || fail "exit code $code"
! ls -d "$out".???????? 2>/dev/null || fail "what a killed run left is there still"
loads "$out"
rm -rf "$out"

# A disk that fails once an epoch is kept: that is written, and it is said why the run ended.
found=no
for at in $(seq 40 4 80); do
    rm -rf "$out" "$out".????????
    code=0
    env LD_PRELOAD="$shim" DISK_AT="$at" DISK_HOW=EIO "$nomen" train --model "$work/model" --train "$work/train.conll" \
        --dev "$work/dev.conll" --batch-size 1 --epochs 12 --load-best-model-at-end false -o "$out" >"$work/out.txt" 2>"$work/err.txt" || code=$?
    if [ $code -ne 1 ] || ! grep -q "the best finished epoch, [0-9]* of 12, is in $out" "$work/err.txt"; then continue; fi
    found=yes
    said "Input/output error"
    loads "$out"
done
[ $found = yes ] || fail "the best epoch was kept by no run whose disk failed"
rm -rf "$out" "$out".????????

# A disk that fails when all is trained: what was trained is left, as a model that loads, and its scores are printed; so are, with
# LoRA, the adapters that could not be merged.
"$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" --epochs 1 --quiet -o "$work/base" \
    >"$work/out.txt" 2>"$work/err.txt" || fail "no model to train adapters of"
for lora in "" "--lora-rank 2"; do
    found=0
    for at in $(seq 40 110); do
        rm -rf "$out" "$out".????????
        code=0
        env LD_PRELOAD="$shim" DISK_AT="$at" DISK_FOR=1000 DISK_HOW=ENOSPC "$nomen" train --model "$work/base" --train "$work/train.conll" \
            --dev "$work/dev.conll" --batch-size 2 --epochs 1 $lora -o "$out" >"$work/out.txt" 2>"$work/err.txt" || code=$?
        [ $code -ne 0 ] || continue
        left=$(sed -n 's/.*can be used, were left at //p' "$work/err.txt")
        [ -n "$left" ] || continue
        found=$((found + 1))
        loads "$left"
        grep -q "^all (micro)" "$work/out.txt" || fail "no scores"
    done
    [ $found -ge 5 ] || fail "what was trained was left by $found runs whose disk failed at the end"
done
rm -rf "$out" "$out".????????

# Checkpoints of a run with save-steps stay where it goes on without, and may end without them.
small() { code=0; "$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" --batch-size 2 \
    --epochs 2 -o "$out" "$@" >"$work/out.txt" 2>"$work/err.txt" || code=$?; }
small --save-steps 2
small --resume "$out"
[ $code -eq 0 ] || fail "exit code $code"
[ "$(find "$out" -maxdepth 1 -name 'checkpoint-*' | wc -l)" -eq 3 ] || fail "checkpoints of before are gone: $(ls "$out")"
rm -rf "$out"

# A terminal that closes is told of by two signals: the checkpoint is saved all the same.
: >"$work/first.txt"
env --default-signal=INT,TERM,HUP "$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" \
    --batch-size 1 -o "$out" --epochs 1000000 >"$work/first.txt" 2>&1 &
pid=$!
wait_for grep -q "^Epochs: 2 " "$work/first.txt"
kill -HUP $pid
kill -HUP $pid 2>/dev/null || true
go_on
[ $code -eq 1 ] || fail "exit code $code"
said "is in $out/checkpoint-"
rm -rf "$out"

# A sweep that is under way is not removed by one that would replace it.
begin 60 sweep --try seed=1,2 --epochs 2
code=0
"$nomen" sweep --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" -o "$out" --overwrite --try seed=3,4 \
    >"$work/out.txt" 2>"$work/err.txt" || code=$?
[ $code -eq 1 ] || fail "exit code $code"
said "another run, of process $pid, writes there"
go_on
[ $code -eq 0 ] || fail "the first sweep fails"
loads "$out/best"
"$nomen" sweep --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" -o "$out" --overwrite --try seed=3,4 \
    --epochs 1 >"$work/out.txt" 2>"$work/err.txt" || fail "a finished sweep can't be replaced"
grep -q 'seed' "$work/out.txt" || fail "no table"
echo "what others have stays"
