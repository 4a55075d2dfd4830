#!/bin/sh
# A training run that is killed after random times and resumed until it is done, again and again. After each kill every
# checkpoint that is there by name loads, and none but the steps since the last one that was due are lost; each finished
# directory is that of a run that was not killed. Early stopping, evaluation within epochs and the best checkpoints are on.
#
#   tests/torture/train_random_kills.sh NOMEN TINY_MODEL [KILLS]
set -eu
nomen=$1 tiny=$2 kills=${3:-1000}
work=$(mktemp -d)
trap 'kill -9 ${pid:-} 2>/dev/null || true; rm -rf "$work"' EXIT
. "$(dirname "$0")/../e2e/small_run.sh"
make_data "$work"
"$tiny" "$work/model" hidden=32 layers=2
out=$work/out interval=5
fail() { echo "after $n kills: $*"; cat "$work/out.txt" "$work/err.txt"; exit 1; }
# The run itself, in place of the shell. An evaluation after each step tells how far it has come, in a line that is flushed.
train() { # DIRECTORY [OPTION...]
    to=$1
    shift
    exec nice "$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" --epochs 40 --batch-size 1 \
        --learning-rate 2e-4 --threads 1 --eval-steps 1 --metric-for-best-model loss --early-stopping-patience 60 \
        --early-stopping-threshold 1e-5 --save-top-k 2 --save-steps $interval --save-total-limit 2 -o "$to" "$@"
}
no_times() { LC_ALL=C sed -E 's/"(seconds|epoch_start)": ?[-+.0-9e]+,?//g' "$1"; }
last_checkpoint() { ls "$out" 2>/dev/null | sed -n 's/^checkpoint-\([0-9]*\)$/\1/p' | sort -n | tail -n 1; }
last_step() { # of this part of the run: its last line, of an evaluation or of an epoch of five steps
    sed -n 's/^Step: \([0-9]*\) .*/\1/p; s/^Epochs: \([0-9]*\) .*/\1*5/p' "$work/out.txt" | tail -n 1
}
n=0 n_runs=0 n_early=0
start=$(date +%s%N)
(train "$work/whole" --quiet >"$work/out.txt" 2>"$work/err.txt") || fail "the whole run fails"
length=$((($(date +%s%N) - start) / 1000000)) # ms
grep -q '"stopped_early": true' "$work/whole/nomen.json" || fail "the run does not stop early, so less is shown"
reached=0
while [ $n -lt "$kills" ]; do
    resume=
    [ -z "$(last_checkpoint)" ] || resume="--resume $out"
    before=$(last_checkpoint)
    # shellcheck disable=SC2086
    (train "$out" $resume >"$work/out.txt" 2>"$work/err.txt") &
    pid=$!
    sleep "$(awk -v seed="$(od -An -N4 -tu4 /dev/urandom)" -v ms="$length" 'BEGIN { srand(seed); printf "%.3f", rand() * ms / 1000 }')"
    code=0
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || code=$? # the shell would say that it was killed
    pid=
    ! grep -q "damaged" "$work/err.txt" || fail "a checkpoint was damaged"
    if [ $code -eq 0 ] || [ -e "$out/model.safetensors" ]; then
        [ $code -eq 0 ] || n=$((n + 1)) # killed past its end
        for file in model.safetensors nomen.json trainer_state.json README.md; do
            no_times "$work/whole/$file" >"$work/a"
            no_times "$out/$file" >"$work/b"
            cmp "$work/a" "$work/b" || fail "$file is another"
        done
        [ "$(ls "$work/whole")" = "$(ls --ignore=run.lock "$out")" ] || fail "other files: $(ls "$out")"
        n_runs=$((n_runs + 1)) reached=0
        rm -rf "$out" "$out".????????
        continue
    fi
    [ $code -eq 137 ] || fail "exit code $code"
    n=$((n + 1))
    now=$(last_checkpoint)
    step=$(($(last_step)+0))
    if [ "$step" -gt 0 ]; then reached=$step; elif [ -n "$resume" ]; then reached=$before; else reached=0; fi
    [ "$reached" -le $((${now:-0} + interval)) ] || fail "step $reached was done, and the last checkpoint is ${now:-none}"
    [ "${now:-0}" -ge "${before:-0}" ] || fail "checkpoint $before is gone"
    [ -z "$now" ] || n_early=$((n_early + 1))
    for checkpoint in "$out"/checkpoint-*; do
        case ${checkpoint##*/checkpoint-} in *[!0-9]*) continue ;; esac
        [ -e "$checkpoint/manifest.json" ] || fail "$checkpoint has no manifest"
        echo "Bill" | "$nomen" tag --model "$checkpoint" --quiet >/dev/null 2>"$work/tag.txt" || { cat "$work/tag.txt"; fail "$checkpoint does not load"; }
    done
done
[ "$kills" -lt 40 ] || [ $n_early -gt $((kills / 4)) ] || fail "only $n_early kills came after a checkpoint"
echo "$n kills, $n_early of them after a checkpoint, and $n_runs finished runs with the same bytes"
