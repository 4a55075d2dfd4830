#!/bin/sh
# The same training run gives the same bytes of weights: at 1, 2 and 4 threads, twice each, with every
# instruction set of this machine, and however often it is repeated. Dropout is on, sentences are cut
# into windows, steps are put together from batches that are themselves cut. The same with a CRF. Nor do the weights change where
# activations are computed twice to save memory.
#
#   same_weights.sh NOMEN TINY_MODEL
set -eu
nomen=$1 tiny=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
export OMP_WAIT_POLICY=passive

same() { # NAME DIRECTORY: the weights are those of the first run of this name
    if [ ! -e "$work/first-$1" ]; then
        cp "$2/model.safetensors" "$work/first-$1"
    elif ! cmp -s "$work/first-$1" "$2/model.safetensors"; then
        echo "$2: other weights than the first run of hidden size $1"
        exit 1
    fi
}
runs=0
for hidden in 32 24; do # 24: rows that no vector width divides
    "$tiny" "$work/model-$hidden" hidden=$hidden layers=3
    for isa in '' plain avx2 avx512 neon; do
        for threads in 1 2 4; do
            for again in 1 2; do
                [ "$hidden" = 32 ] || [ $again = 1 ] || continue
                out=$work/out-$hidden-$isa-$threads-$again
                NOMEN_ISA=$isa small_run "$nomen" "$work/model-$hidden" "$work" "$out" --threads $threads ||
                    { cat "$work/log"; exit 1; }
                # An instruction set that this machine lacks is replaced, with a warning: no news in that.
                if grep -q NOMEN_ISA "$work/log"; then continue 3; fi
                same $hidden "$out"
                runs=$((runs + 1))
            done
        done
    done
done
for hidden in 32 24; do
    out=$work/out-$hidden-checkpointing
    small_run "$nomen" "$work/model-$hidden" "$work" "$out" --gradient-checkpointing true || { cat "$work/log"; exit 1; }
    same $hidden "$out"
    runs=$((runs + 1))
done
# With a CRF, which class weights don't go with: its own file too.
for isa in '' plain avx2 avx512 neon; do
    for threads in 1 2 4; do
        out=$work/out-crf-$isa-$threads
        NOMEN_ISA=$isa small_run "$nomen" "$work/model-24" "$work" "$out" --threads $threads --class-weight none \
            --crf true --crf-learning-rate 0.05 || { cat "$work/log"; exit 1; }
        if grep -q NOMEN_ISA "$work/log"; then continue 2; fi
        same crf "$out"
        [ -e "$work/first-crf-file" ] || cp "$out/crf.safetensors" "$work/first-crf-file"
        cmp "$work/first-crf-file" "$out/crf.safetensors"
        runs=$((runs + 1))
    done
done
# A part of the model alone: adapters at every dense layer, kept and merged, and frozen layers.
for isa in '' plain avx2 avx512 neon; do
    for threads in 1 3; do
        out=$work/out-lora-$isa-$threads
        NOMEN_ISA=$isa small_run "$nomen" "$work/model-24" "$work" "$out" --threads $threads --lora-rank 3 --lora-dropout 0.1 \
            --lora-target query,key,value,attention.output.dense,intermediate.dense,output.dense || { cat "$work/log"; exit 1; }
        if grep -q NOMEN_ISA "$work/log"; then continue 2; fi
        same lora "$out"
        NOMEN_ISA=$isa small_run "$nomen" "$work/model-24" "$work" "$out-frozen" --threads $threads --freeze-layers 2 ||
            { cat "$work/log"; exit 1; }
        same frozen "$out-frozen"
        runs=$((runs + 2))
    done
done
if cmp -s "$work/first-lora" "$work/model-24/model.safetensors"; then echo "LoRA moved nothing"; exit 1; fi
if cmp -s "$work/first-24" "$work/first-crf"; then echo "the CRF changes nothing"; exit 1; fi
# The run must have moved the weights, or sameness says nothing.
if cmp -s "$work/first-32" "$work/model-32/model.safetensors"; then echo "training moved nothing"; exit 1; fi
[ $runs -ge 31 ] || { echo "only $runs runs"; exit 1; }
echo "$runs runs, the same bytes"
