#!/bin/sh
# A run that is killed, interrupted, or whose disk fails, at any of the calls by which it changes the disk, goes on to the very
# bytes of one that was not: weights, optimiser, marks, nomen.json but for times, trainer_state.json, the card, the CSV log
# (which a disk that fails may end early). So does one whose last checkpoint is damaged. What has changed is refused by its
# name, and so is a second run in the same directory.
#
#   resume.sh NOMEN TINY_MODEL FAILING_DISK_SO [KILLS [VARIANTS]]
set -eu
nomen=$1 tiny=$2 shim=$3 kills=${4:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
"$tiny" "$work/model" hidden=32 layers=2
out=$work/out
fail() { echo "$variant: $*"; cat "$work/out.txt" "$work/err.txt" 2>/dev/null; exit 1; }

options_of() { # VARIANT: together they have everything that the state depends on
    case $1 in
    plain) echo --class-weight auto --warmup-ratio 0.3 ;;
    crf) echo --crf true --context 6 ;;
    sgd) echo --optimizer sgd --gradient-checkpointing true --context 4 --load-best-model-at-end false --ema-decay 0.8 ;;
    stop) echo --eval-steps 1 --metric-for-best-model loss --early-stopping-patience 5 --save-top-k 2 ;;
    lora) echo --crf true --lora-rank 3 --lora-dropout 0.1 --lora-target query,output.dense ;;
    esac
}
# Three steps an epoch, nine in all, seven where it stops early; a checkpoint every two, so that some are within an epoch.
train() { # [OPTION...], as $variant has them; leaves the exit code in $code
    code=0
    # shellcheck disable=SC2046 # words without spaces
    "$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" --epochs 3 --batch-size 1 \
        --gradient-accumulation-steps 2 --max-length 20 --max-tokens 24 --learning-rate 2e-3 --logging-steps 2 --threads 1 \
        -o "$out" --log-csv "$work/log.csv" --tensorboard "$work/board" --report "$work/report.html" \
        $(options_of $variant) "$@" >"$work/out.txt" 2>"$work/err.txt" || code=$?
}
broken_train() { # AT HOW FOR [OPTION...]: with the disk's call number AT failing
    export DISK_AT=$1 DISK_HOW=$2 DISK_FOR=$3 DISK_SEEN="$work/seen" LD_PRELOAD="$shim"
    shift 3
    train "$@"
    unset DISK_AT DISK_HOW DISK_FOR DISK_SEEN LD_PRELOAD
}
no_times() { LC_ALL=C sed -E 's/"(seconds|epoch_start)": ?[-+.0-9e]+,?//g' "$1"; }
same_file() { # FILE DIRECTORY: as in the whole run of this variant
    no_times "$work/whole-$variant/$1" >"$work/a"
    no_times "$2/$1" >"$work/b"
    cmp "$work/a" "$work/b" || fail "$1 is not that of the run that was never stopped"
}
same_top() { # the checkpoints of the best evaluations are there
    for step in $(tr -d ' \n' <"$out/nomen.json" | sed -n 's/.*"top_checkpoints":\[\([^]]*\)\].*/\1/p' | grep -o '"step":[0-9]*' | cut -d : -f 2); do
        [ -e "$out/checkpoint-$step/manifest.json" ] || fail "checkpoint $step is one of the best, and missing"
    done
}
weights_of() { # VARIANT, in its checkpoints
    case $1 in
    lora) echo adapter_model.safetensors ;;
    *) echo model.safetensors ;;
    esac
}
same_run() { # after WHAT: the directory is that of the whole run
    for file in model.safetensors nomen.json trainer_state.json README.md config.json; do same_file $file "$out"; done
    case $variant in crf | lora) same_file crf.safetensors "$out" ;; esac
    for checkpoint in "$out"/checkpoint-*; do
        [ -e "$checkpoint" ] || continue
        name=${checkpoint##*/}
        [ -e "$work/whole-$variant/$name" ] || continue # an interrupted step's own
        [ $variant != sgd ] || same_file $name/ema.safetensors "$out"
        for file in "$(weights_of $variant)" optimizer.safetensors marks.bin nomen_state.json; do same_file $name/$file "$out"; done
    done
    if ! grep -q "the log of the run (CSV) ends here" "$work/err.txt"; then
        cmp "$work/log.csv" "$work/whole-$variant.csv" || fail "log.csv is not that of the run that was never stopped"
    fi
    case $how in ENOSPC | EIO) ;; *) same_top ;; esac # what could not be saved is missing
    [ ! -e "$out/run.lock" ] || fail "the lock is left"
    [ -z "$(find "$work" -maxdepth 1 -name 'out.????????')" ] || fail "something is left beside the output"
}
reset() { rm -rf "$out" "$out".???????? "$work/log.csv" "$work/log.csv".???????? "$work/board" "$work/report.html"*; }
# Goes on as often as it takes. A run that was ended before its first checkpoint begins anew, as its message says.
go_on() { # [OPTION...]
    rounds=0
    while :; do
        rounds=$((rounds + 1))
        [ $rounds -le 4 ] || fail "does not come to an end"
        train "$@" --resume "$out"
        [ $code -ne 0 ] || return 0
        if ! grep -q "no checkpoint to go on from\|is no directory" "$work/err.txt"; then fail "can't go on"; fi
        if [ -e "$out/model.safetensors" ]; then return 0; fi # it was finished, but for what follows the last rename
        reset
        train "$@"
        [ $code -eq 0 ] || fail "can't begin anew"
        return 0
    done
}

variants=${5:-plain crf sgd stop lora}
how=none
for variant in $variants; do
    reset
    broken_train 0 none 0 --save-steps 2
    [ $code -eq 0 ] || fail "the whole run fails"
    mv "$work/seen" "$work/calls-$variant"
    echo "$variant: $(cat "$work/calls-$variant") changes of the disk"
    last=8
    [ $variant != stop ] || last=6
    for step in $(seq 2 2 $last); do [ -e "$out/checkpoint-$step/manifest.json" ] || fail "no checkpoint $step"; done
    mv "$out" "$work/whole-$variant"
    mv "$work/log.csv" "$work/whole-$variant.csv"
    reset
    # Without checkpoints: the same model, and nothing beside it.
    train
    [ $code -eq 0 ] || fail "fails without checkpoints"
    same_run
    [ $variant = stop ] || [ -z "$(find "$out" -name 'checkpoint*')" ] || fail "checkpoints that nobody asked for"
    [ $variant != stop ] || [ "$(find "$out" -name 'checkpoint*' | wc -l)" = 2 ] || fail "not the best two checkpoints"
    same_file tokenizer_config.json "$out"
done

# At every n-th of the calls, so that there are so many of all kinds and variants together.
n_done=0
for how in KILL INT ENOSPC EIO; do
    for variant in $variants; do
        calls=$(cat "$work/calls-$variant")
        share=$((kills / 16 + 1))
        [ $how != KILL ] || share=$((kills / 4 + 1))
        i=0
        while [ $i -lt $share ] && [ $i -lt $calls ]; do
            at=$((1 + (i * calls + calls / 2) / (share < calls ? share : calls)))
            i=$((i + 1))
            [ $at -le "$calls" ] || continue
            reset
            many=1
            [ $how != ENOSPC ] || many=40 # long enough for the attempt at a whole checkpoint
            broken_train $at $how $many --save-steps 2 --save-total-limit $((i % 3))
            n_done=$((n_done + 1))
            case $how in
            KILL) [ $code -eq 137 ] || fail "killed at $at: exit code $code" ;;
            INT) if [ $code -ne 0 ] && ! grep -q "^to go on: \|nothing was written" "$work/err.txt"; then fail "interrupted at $at"; fi ;;
            *) if [ $code -ne 0 ]; then
                   left=$(sed -n -E 's/.*(it was|were) left at ([^:]*).*/\2/p' "$work/err.txt")
                   [ -z "$left" ] || rm -rf "$left"
                   grep -q "No space left\|Input/output error" "$work/err.txt" || fail "$how at $at: not said"
               fi ;;
            esac
            if [ $code -eq 0 ]; then same_run; continue; fi
            go_on --save-steps 2 --save-total-limit $((i % 3))
            same_run
        done
    done
done
echo "$n_done runs broken off, the same bytes"
