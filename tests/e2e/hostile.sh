#!/usr/bin/env bash
# Whole commands on a machine that has no more threads or little memory: the same output as elsewhere, or a message and
# exit code 1. None may hang, abort or end by a signal.
#
#   hostile.sh NOMEN TINY_MODEL FEW_THREADS_SO
set -eu
nomen=$1 tiny=$2 few_threads=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
"$tiny" "$work/model"
cut -d' ' -f1 "$work/train.conll" | tr '\n' ' ' | sed 's/  /\n/g' >"$work/texts"
n=0

command_of() { # COMMAND: runs it; its output is in $work/out, and where it is a model, that model's hash
    case $1 in
    tag) timeout 60 "$nomen" tag --threads 4 --model "$work/model" --json "$work/texts" >"$work/out" 2>"$work/err" ;;
    eval) timeout 60 "$nomen" eval --threads 4 --model "$work/model" --json "$work/train.conll" >"$work/out" 2>"$work/err" ;;
    train)
        rm -rf "$work/trained"
        timeout 60 "$nomen" train --threads 4 --model "$work/model" --train "$work/train.conll" --dev "$work/dev.conll" \
            -o "$work/trained" --epochs 2 --batch-size 4 >"$work/progress" 2>"$work/err" || return
        sha256sum <"$work/trained/model.safetensors" >"$work/out"
        ;;
    esac
}
same_or_said() { # COMMAND WHAT: in the environment that the caller set
    n=$((n + 1))
    : >"$work/out"
    code=0
    command_of "$1" || code=$?
    case $code in
    0) cmp -s "$work/out" "$work/expected" || { echo "$1, $2: another output"; diff "$work/expected" "$work/out"; exit 1; } ;;
    1)
        grep -q '^nomen: ..*' "$work/err" || { echo "$1, $2: no message"; cat "$work/err"; exit 1; }
        [ ! -e "$work/trained" ] || { echo "$1, $2: a model is left"; exit 1; }
        ;;
    *) echo "$1, $2: exit code $code"; cat "$work/err"; exit 1 ;;
    esac
}

for command in tag eval train; do
    command_of "$command" || { echo "$command fails by itself"; cat "$work/err"; exit 1; }
    [ -s "$work/out" ] || { echo "$command has no output"; exit 1; }
    mv "$work/out" "$work/expected"

    # How many threads it makes where it may: products of a tiny model are cut by the width of the instruction set.
    rm -f "$work/seen"
    LD_PRELOAD="$few_threads" FEW_THREADS=99 FEW_THREADS_SEEN="$work/seen" command_of "$command"
    wanted=$(wc -c <"$work/seen")
    [ "$wanted" -ge 2 ] || { echo "$command made $wanted threads, besides its first, of 3"; exit 1; }

    most=0
    while :; do
        rm -f "$work/seen"
        export LD_PRELOAD="$few_threads" FEW_THREADS=$most FEW_THREADS_SEEN="$work/seen"
        same_or_said "$command" "$most threads"
        unset LD_PRELOAD FEW_THREADS FEW_THREADS_SEEN
        [ "$code" -eq 0 ] || { echo "$command, $most threads: a refused thread is no failure"; cat "$work/err"; exit 1; }
        [ "$(wc -c <"$work/seen")" -gt "$most" ] || break # none was refused
        most=$((most + 1))
    done
    [ "$most" -eq "$wanted" ] || { echo "$command made $most threads, besides its first, of the $wanted it should"; exit 1; }

    # A gibibyte is enough for all; then less and less, down to what starting a program takes. In subshells, as a limit can't
    # be taken back.
    kib=1048576 refused=0
    while (ulimit -v $kib; "$nomen" --version) >/dev/null 2>&1; do
        (ulimit -v $kib; same_or_said "$command" "$kib KiB of address space"; echo $code >"$work/code") || exit 1
        n=$((n + 1))
        if [ $kib -eq 1048576 ] && [ "$(cat "$work/code")" -ne 0 ]; then
            echo "$command needs more than 1 GiB of address space"
            exit 1
        fi
        refused=$((refused + $(cat "$work/code")))
        [ $kib -le 65536 ] || kib=66560
        kib=$((kib - 1024))
    done
    [ $refused -gt 0 ] || { echo "$command was never out of memory"; exit 1; }
done
echo "$n runs"
