#!/bin/sh
# What --resume passes over, and what it refuses: damaged checkpoints, other options, other data, a second run. And the command
# that an interrupted run prints goes on.
#
#   resume_refused.sh NOMEN TINY_MODEL FAILING_DISK_SO
set -eu
nomen=$1 tiny=$2 shim=$3
work=$(mktemp -d)
trap 'kill -9 ${pid:-} 2>/dev/null || true; rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
"$tiny" "$work/model" hidden=32 layers=2
broken= # what a run is to meet, as environment variables
out="$work/o'ut dir" # a name that a shell has to quote
fail() { echo "$*"; cat "$work/out.txt" "$work/err.txt"; exit 1; }
train() { # [OPTION...]; leaves the exit code in $code
    code=0
    env ${broken:-} "$nomen" train --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" --epochs 3 --batch-size 1 \
        --gradient-accumulation-steps 2 --learning-rate 2e-3 -o "$out" "$@" >"$work/out.txt" 2>"$work/err.txt" || code=$?
}
said() { grep -q -- "$1" "$work/err.txt" || fail "not said: $1"; } # TEXT
same() { cmp "$work/whole/model.safetensors" "$out/model.safetensors" || fail "other weights"; }
fresh() { rm -rf "$out"; cp -r "$work/whole" "$out"; }

train --save-steps 2
[ $code -eq 0 ] || fail "the whole run fails"
cp -r "$out" "$work/whole"

# Each kind of damage to the last checkpoint: the one before is taken, and the damage named.
last=$out/checkpoint-8
for damage in truncated flipped missing foreign manifest no_manifest best; do
    fresh
    case $damage in
    truncated) truncate -s -1 "$last/optimizer.safetensors" ;;
    flipped) printf '\377' | dd of="$last/model.safetensors" bs=1 seek=2000 conv=notrunc status=none ;;
    missing) rm "$last/marks.bin" ;;
    foreign) echo x >"$last/pytorch_model.bin" ;;
    manifest) printf '}' >"$last/manifest.json" ;;
    no_manifest) rm "$last/manifest.json" ;;
    best) rm "$last/best/model.safetensors" ;;
    esac
    train --save-steps 2 --resume "$out"
    [ $code -eq 0 ] || fail "$damage: can't go on"
    said "checkpoint-8 is damaged and passed over: .*checkpoint-8"
    said "going on from .*checkpoint-6: step 6 of 9"
    same
done
fresh
for step in 2 4 6 8; do rm "$out/checkpoint-$step/marks.bin"; done
train --resume "$out"
[ $code -eq 1 ] || fail "all damaged: exit code $code"
said "none of its checkpoints is whole"

# What has changed, by its name.
refused() { # TEXT [OPTION...]
    text=$1
    shift
    train --resume "$out" "$@"
    [ $code -ne 0 ] || fail "$text: not refused"
    said "$text"
}
fresh
refused "--learning-rate: is .* and was" --learning-rate 1e-3
refused "--epochs: is 4, and was 3" --epochs 4
refused "--seed: is" --seed 7
refused "--crf: is true" --crf true
refused "--gradient-checkpointing: is true" --gradient-checkpointing true
refused "--max-tokens: is" --max-tokens 100
refused "--uncased: is \"no\", and was \"auto\"" --cased
echo >>"$work/dev.conll"
refused "dev: this file has changed"
printf 'John B-per\nsaid O\nBerlin B-geo\n\nhe O\nmet O\nAnna B-per\nLee I-per\n' >"$work/dev.conll"
refused '--from: is "conll", and was "auto"' --from conll
refused "test: there was no such file when the run began; leave it out" --test "$work/dev.conll"
cp "$work/model/config.json" "$work/config"
echo >>"$work/model/config.json"
refused "config.json: this file of the model has changed"
cp "$work/config" "$work/model/config.json"
# Data that is no single file: what was read of it counts.
from() { # WHERE [OPTION...]: as train(), from a folder, from one of a pair of files, or through a pipe
    where=$1
    shift
    code=0
    "$nomen" train --model "$work/model" --train "$where" --dev "$work/dev.conll" --batch-size 2 -o "$work/other" "$@" \
        <"$work/piped" >"$work/out.txt" 2>"$work/err.txt" || code=$?
}
for where in "$work/folder" "$work/folder/1.txt" -; do
    rm -rf "$work/folder" "$work/other"
    "$nomen" convert --to brat "$work/train.conll" "$work/folder" 2>"$work/err.txt" || fail "no folder"
    [ -e "$work/folder/1.txt" ] || for text in "$work"/folder/*.txt; do
        mv "$text" "$work/folder/1.txt"
        mv "${text%.txt}.ann" "$work/folder/1.ann"
        break
    done
    cp "$work/train.conll" "$work/piped"
    from "$where" --epochs 1 --save-steps 1
    [ $code -eq 0 ] || fail "$where: can't be trained on"
    from "$where" --epochs 1 --resume "$work/other"
    [ $code -eq 0 ] || fail "$where: can't go on"
    sed -i 's/\([- \t]\)per\b/\1org/' "$work"/folder/*.ann "$work/piped"
    from "$where" --epochs 1 --resume "$work/other"
    [ $code -eq 1 ] || fail "$where: other labels are not refused"
    said "train: what was read has changed since the run began"
done
# What may change: threads, logging, saving, and where the directory is.
mv "$out" "$work/moved"
keep=$out out=$work/moved
train --resume "$out" --threads 2 --logging-steps 1 --save-steps 3 --save-total-limit 1
[ $code -eq 0 ] || fail "refused what may change"
same
out=$keep

# Nothing there to go on with; two names for the output.
rm -rf "$out"
train --resume "$out"
[ $code -eq 2 ] || fail "no directory: exit code $code"
said "is no directory"
train --resume "$work/model"
[ $code -eq 2 ] || fail "two outputs: exit code $code"
mkdir "$out"
train --resume "$out"
[ $code -eq 1 ] || fail "no checkpoint: exit code $code"
said "holds no checkpoint to go on from"

# What transformers would be given, and another spelling of the same directory.
fresh
train --resume "$out/checkpoint-2"
[ $code -eq 2 ] || fail "a checkpoint: exit code $code"
code=0
"$nomen" train --model "$work/model" --train "$work/train.conll" -o "$out" --resume "$out/checkpoint-2/" >"$work/out.txt" 2>"$work/err.txt" ||
    code=$?
[ $code -eq 2 ] || fail "two outputs: exit code $code"
(cd "$work" && "$nomen" train --model model --train train.conll --resume "$out/checkpoint-2" >out.txt 2>err.txt) && fail "a checkpoint"
said "checkpoint-2: is a checkpoint; give the directory that it is in"
echo mine >"$out/notes"
train --save-steps 2 --resume "$out/"
[ $code -eq 0 ] || fail "a slash at the end: exit code $code"
[ "$(cat "$out/notes")" = mine ] || fail "what was not the run's is gone"
same

# Interrupted once it has a checkpoint; the printed command goes on, to the same weights. The checkpoint of the signal goes.
rm -rf "$out"
broken="LD_PRELOAD=$shim DISK_AT=34 DISK_HOW=INT" # the first epoch's weights are kept by then
train
broken=
[ $code -eq 1 ] || fail "interrupted: exit code $code"
said "is in .*/checkpoint-"
command=$(sed -n "s/^to go on: //p" "$work/err.txt")
[ -n "$command" ] || fail "no command"
eval "$command" >"$work/out.txt" 2>"$work/err.txt" || fail "the printed command fails: $command"
same
[ -z "$(find "$out" -name 'checkpoint*' -o -name run.lock)" ] || fail "the checkpoint of the signal is left"

# A run that another process has, which waits in the middle of a checkpoint.
rm -rf "$out"
env LD_PRELOAD="$shim" DISK_AT=30 DISK_HOW=WAIT "$nomen" train --model "$work/model" --train "$work/train.conll" \
    --dev "$work/dev.conll" --epochs 3 --batch-size 1 --gradient-accumulation-steps 2 --learning-rate 2e-3 -o "$out" \
    --save-steps 2 >/dev/null 2>&1 &
pid=$!
n=0
until grep -q "^State:.*T" "/proc/$pid/status" 2>/dev/null; do
    n=$((n + 1))
    [ $n -lt 300 ] || fail "the first run does not come so far"
    sleep 0.1
done
train --resume "$out"
[ $code -eq 1 ] || fail "a second run: exit code $code"
said "another run, of process $pid, writes there"
train --save-steps 2 --overwrite
said "another run, of process $pid, writes there"
kill -CONT $pid
wait $pid || fail "the first run fails"
pid=
same
# One that was killed before its first checkpoint leaves nothing that is in the way.
rm -rf "$out"
mkdir "$out"
: >"$out/run.lock"
train --save-steps 2
[ $code -eq 0 ] || fail "the leavings of a killed run are in the way"
same

# A disk that is full for a moment: the run goes on, and says what to do; the checkpoint before stays good.
for at in 80 600; do
    rm -rf "$out"
    broken="LD_PRELOAD=$shim DISK_AT=$at DISK_HOW=ENOSPC"
    train --save-steps 2
    broken=
    [ $code -eq 0 ] || fail "a checkpoint that can't be saved ends the run"
    said "no checkpoint of step [0-9]* was saved: .*No space left"
    [ $at = 80 ] || said "checkpoint-[246] stays the last good one"
    said "A checkpoint takes [0-9]* MiB: free that in the file system of"
    same
done
echo "passed over, refused, said"
