#!/bin/sh
# Ctrl-C: in the first epoch a checkpoint alone is written, once there is a step; later the best finished epoch is kept, and said. Every wait is
# bounded: a run that does not get where it should, or does not end, fails the test.
#
#   interrupt.sh NOMEN TINY_MODEL
set -eu
nomen=$1 tiny=$2
work=$(mktemp -d)
trap 'kill -9 ${pid:-} 2>/dev/null || true; rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
"$tiny" "$work/model"
fail() { echo "$*"; cat "$work/out.txt" "$work/err.txt"; exit 1; }

# Waits until FILE holds TEXT, 60 s at most.
wait_for() { # FILE TEXT
    n=0
    until grep -q "$2" "$1"; do
        n=$((n + 1))
        [ $n -lt 600 ] || fail "no \"$2\" in a minute"
        sleep 0.1
    done
}
# Interrupts the run once a file holds a text; leaves its exit code in $code.
interrupt_at() { # FILE TEXT SIGNAL [OPTION...]
    file=$1 text=$2 signal=$3
    shift 3
    : >"$work/out.txt"
    : >"$work/err.txt"
    # `env` undoes what a shell does to the interrupts of what it puts into the background.
    env --default-signal=INT,TERM "$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" -o "$work/kept" \
        "$@" >"$work/out.txt" 2>"$work/err.txt" &
    pid=$!
    wait_for "$work/$file" "$text"
    kill -"$signal" $pid
    (sleep 60; kill -9 $pid) >/dev/null 2>&1 & # its sleep outlives it, and must not hold this script's output open
    guard=$!
    code=0
    wait $pid || code=$?
    kill $guard 2>/dev/null || true
    pid=
}

# A first epoch that would last for hours.
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do cat "$work/train.conll"; echo; done >"$work/more"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat "$work/more"; done >"$work/long"
for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$work/long"; done >"$work/longer"
mv "$work/train.conll" "$work/short"
mv "$work/longer" "$work/train.conll"
interrupt_at err.txt "labels (words" INT --batch-size 1
[ $code -eq 1 ] || fail "exit code $code, expected 1"
if grep -q "interrupted before the first epoch was finished; nothing was written" "$work/err.txt"; then
    [ -z "$(find "$work" -maxdepth 1 -name 'kept*')" ] || fail "something is left"
else
    grep -q "interrupted before the first epoch was finished; step [0-9]* of [0-9]* is in $work/kept/checkpoint-" "$work/err.txt" ||
        fail "not said"
    grep -q "^to go on: .*nomen train .* --resume $work/kept$" "$work/err.txt" || fail "not said how to go on"
    [ "$(find "$work" -maxdepth 1 -name 'kept*' | wc -l)" -eq 1 ] || fail "something is left"
    [ "$(find "$work/kept" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ] || fail "more than a checkpoint is left"
    "$nomen" tag --model "$work"/kept/checkpoint-* --format conll "$work/dev.conll" >/dev/null || fail "it can't be used"
    rm -r "$work/kept"
fi

mv "$work/short" "$work/train.conll"
for signal in INT TERM; do
    interrupt_at out.txt "Epochs: 2 " $signal --epochs 1000000
    [ $code -eq 1 ] || fail "exit code $code, expected 1"
    grep -q "interrupted: the best finished epoch, [0-9]* of 1000000, is in $work/kept" "$work/err.txt" || fail "not said"
    "$nomen" tag --model "$work/kept" --format conll "$work/dev.conll" >/dev/null || fail "what is kept can't be used"
    [ "$(find "$work" -maxdepth 1 -name 'kept*' | wc -l)" -eq 1 ] || fail "something is left"
    rm -r "$work/kept"
done
