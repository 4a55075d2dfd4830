#!/bin/sh
# One cache for several runs at once, and runs that are killed while they make it: the weights are those without a cache, one
# run makes it, and nothing of a killed one stays.
#
#   cache.sh NOMEN TINY_MODEL
set -eu
nomen=$1 tiny=$2
work=$(mktemp -d)
pids=
trap 'for pid in $pids; do kill -9 "$pid" 2>/dev/null || true; done; rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
# Enough that making the cache takes a moment.
sentences=$(cat "$work/train.conll")
i=0
while [ $i -lt 2000 ]; do
    printf '%s\n\n' "$sentences"
    i=$((i + 1))
done >"$work/many.conll"
"$tiny" "$work/model" hidden=16 layers=1
fail() { echo "$*"; cat "$work"/*.log; exit 1; }
train() { # NAME [OPTION...]
    name=$1
    shift
    exec "$nomen" train --model "$work/model" --train "$work/many.conll" --dev "$work/dev.conll" --rows 6000 --epochs 1 \
        --batch-size 500 --max-tokens 20000 -o "$work/$name" "$@" >"$work/$name.log" 2>&1
}
same() { cmp "$work/plain/model.safetensors" "$work/$1/model.safetensors" || fail "$1: other weights"; }

(train plain) || fail "plain: failed"

# Killed after ever more time; at the end one run finds none or a whole one.
for moment in 0.02 0.05 0.1 0.15 0.2 0.3 0.4; do
    (train killed --overwrite --cache "$work/cache") &
    pids=$!
    sleep $moment
    kill -9 $pids 2>/dev/null || true
    wait $pids 2>/dev/null || true
    pids=
    rm -rf "$work"/killed*
done
(train after --cache "$work/cache" --verify-cache) || fail "after: failed"
same after
grep -q "is damaged" "$work/after.log" && fail "a killed run left a damaged cache"
[ "$(ls "$work/cache" | wc -l)" -eq 2 ] || fail "left in the cache: $(ls "$work/cache")"

# Three at once.
rm -rf "$work/cache"
for name in a b c; do
    (train $name --cache "$work/cache") &
    pids="$pids $!"
done
for pid in $pids; do wait "$pid" || fail "one of three failed"; done
pids=
for name in a b c; do same $name; done
[ "$(grep -l "is read and encoded into" "$work"/[abc].log | wc -l)" -eq 1 ] || fail "not made once"
[ "$(grep -l "encoded before" "$work"/[abc].log | wc -l)" -eq 2 ] || fail "not found twice"
[ "$(ls "$work/cache" | wc -l)" -eq 2 ] || fail "left in the cache: $(ls "$work/cache")"
