#!/bin/sh
# Training by several processes: 2 and 4 of them leave the very bytes of one that accumulates as many batches, with each
# optimiser, a CRF, steps in which some have nothing to do, evaluations that end the run and choose what is kept, a cache that
# they share; a run goes on with another number of them; a signal to one of them stops all at one step, or in one evaluation;
# where one dies, or falls silent, all end, and the run goes on; what differs between them, and what they can't share, is named before any work.
#
#   spread.sh NOMEN TINY_MODEL
set -eu
nomen=$1 tiny=$2
command -v mpirun >/dev/null || { echo "mpirun is missing (Debian: openmpi-bin)"; exit 77; }
[ -e "$(dirname "$nomen")/nomen_mpi.so" ] || { echo "nomen was built without MPI (Debian: libopenmpi-dev)"; exit 77; }
work=$(mktemp -d)
trap 'kill -9 ${pid:-} 2>/dev/null || true; rm -rf "$work"' EXIT
. "$(dirname "$0")/small_run.sh"
make_data "$work"
"$tiny" "$work/model" hidden=32 layers=2
# More processes than processors, as any user, without a network.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
    OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl=self,vader OMPI_MCA_orte_tmpdir_base="$work" TMPDIR="$work"
fail() { echo "$variant: $*"; cat "$work/out.txt" "$work/err.txt" 2>/dev/null; exit 1; }
data="$work/train.conll" dev="$work/dev.conll"
variant=plain

options_of() { # VARIANT
    case $1 in
    plain) echo --class-weight auto --warmup-ratio 0.3 ;;
    crf) echo --crf true --context 6 ;;
    sgd) echo --optimizer sgd --gradient-checkpointing true --load-best-model-at-end false ;;
    evaluated)
        # It stalls before the last step, with a rate that has changed on the way, and repeats sentences.
        echo --epochs 30 --eval-steps 1 --early-stopping-patience 6 --ema-decay 0.8 --save-top-k 1 \
            --lr-scheduler-type reduce_lr_on_plateau --lr-scheduler-kwargs '{"patience":1}' --oversample-threshold 0.36
        ;;
    long) echo --epochs 60 ;;
    evaluating) echo --epochs 3 --eval-steps 1 --early-stopping-patience 1000 --ema-decay 0.9 ;;
    esac
}
# Five sentences in batches of one: in the second step of an epoch some of four processes have nothing to do.
train() { # PROCESSES ROUNDS OUTPUT [OPTION...]; leaves the exit code in $code
    processes=$1 rounds=$2 out=$3 code=0 launch=
    shift 3
    [ "$processes" = 0 ] || launch="timeout 120 mpirun -np $processes"
    # shellcheck disable=SC2046,SC2086 # words without spaces
    $launch "$nomen" train --model "$work/model" --train "$data" --dev "$dev" --epochs 3 --batch-size 1 \
        --gradient-accumulation-steps "$rounds" --max-length 20 --max-tokens 24 --learning-rate 2e-3 --logging-steps 2 \
        --threads 1 -o "$out" $(options_of $variant) "$@" >"$work/out.txt" 2>"$work/err.txt" || code=$?
}
trained() { train "$@"; [ $code -eq 0 ] || fail "exit code $code"; }
no_times() { LC_ALL=C sed -E 's/"(seconds|epoch_start)": ?[-+.0-9e]+,?//g' "$1"; }
same_file() { # FILE ONE OTHER
    no_times "$2/$1" >"$work/a"
    no_times "$3/$1" >"$work/b"
    cmp "$work/a" "$work/b" || fail "$1 is not that of one process"
}
same_run() { # ONE OTHER
    for file in model.safetensors nomen.json trainer_state.json; do same_file $file "$1" "$2"; done
    [ $variant != crf ] || same_file crf.safetensors "$1" "$2"
    for checkpoint in "$1"/checkpoint-*; do
        [ -e "$checkpoint" ] || continue
        name=${checkpoint##*/}
        for file in model.safetensors optimizer.safetensors marks.bin nomen_state.json; do same_file "$name/$file" "$1" "$2"; done
        [ ! -e "$checkpoint/ema.safetensors" ] || same_file "$name/ema.safetensors" "$1" "$2"
    done
}

for variant in plain crf sgd; do
    for product in 2 4; do
        trained 0 $product "$work/one-$product-$variant" --reduce-by-batch true --save-steps 2
        trained $product 1 "$work/many" --save-steps 2
        same_run "$work/one-$product-$variant" "$work/many"
        [ "$(wc -l <"$work/out.txt")" -ge 3 ] || fail "no epochs were reported"
        [ "$(grep -c '^Epochs: 3 ' "$work/out.txt")" -eq 1 ] || fail "more than one process speaks"
        rm -rf "$work/many"
    done
done

# Evaluations within epochs decide what is kept and when the run ends; a run that goes on reads their state everywhere.
variant=evaluated
trained 0 2 "$work/one-evaluated" --reduce-by-batch true --save-steps 4 --log-csv "$work/one.csv"
grep -q "stopped early at step [0-9]* of" "$work/err.txt" || fail "does not end early"
ls "$work/one-evaluated"/checkpoint-*/ema.safetensors >/dev/null || fail "keeps no average"
trained 2 1 "$work/many" --save-steps 4 --log-csv "$work/many.csv"
grep -q "stopped early at step [0-9]* of" "$work/err.txt" || fail "does not end early"
same_run "$work/one-evaluated" "$work/many"
cmp "$work/one.csv" "$work/many.csv" || fail "the CSV log is not that of one process"
for checkpoint in "$work/many"/checkpoint-*; do
    [ "${checkpoint##*-}" -le 4 ] || rm -rf "$checkpoint"
done
[ -e "$work/many/checkpoint-4" ] || fail "no checkpoint of step 4"
trained 2 1 "$work/many" --save-steps 4 --resume "$work/many" --log-csv "$work/many.csv"
same_run "$work/one-evaluated" "$work/many"
cmp "$work/one.csv" "$work/many.csv" || fail "the CSV log of the run that went on is not that of one process"
rm -rf "$work/many"

# A cache is made by the first process and found by the second, then by both.
variant=plain
trained 2 1 "$work/many" --save-steps 2 --cache "$work/cache"
same_run "$work/one-2-plain" "$work/many"
rm -rf "$work/many"
trained 2 1 "$work/many" --save-steps 2 --cache "$work/cache"
same_file model.safetensors "$work/one-2-plain" "$work/many"
rm -rf "$work/many"

trained 1 4 "$work/alone" --reduce-by-batch true --save-steps 2
same_run "$work/one-4-plain" "$work/alone"
# The order of the sums is another one than without the option, so the bits are.
trained 0 4 "$work/default"
! cmp -s "$work/default/model.safetensors" "$work/one-4-plain/model.safetensors" || fail "--reduce-by-batch changes nothing"

# From four processes to two with two rounds each, to one with four: the run of one process.
cp -r "$work/one-4-plain" "$work/moved"
rm -rf "$work/moved/checkpoint-4" "$work/moved/checkpoint-6" # goes on at step 2 of 6
for shape in "4 1" "2 2" "0 4"; do
    rm -rf "$work/on"
    cp -r "$work/moved" "$work/on"
    # shellcheck disable=SC2086 # two numbers
    trained $shape "$work/on" --reduce-by-batch true --save-steps 2 --resume "$work/on"
    same_run "$work/one-4-plain" "$work/on"
done
train 2 1 "$work/moved" --save-steps 2 --resume "$work/moved"
[ $code -ne 0 ] || fail "another product is not refused"
grep -q "gradient-accumulation-steps: is 2, and was 4" "$work/err.txt" || fail "another product is not named"

# What differs.
differ() { # TEXT [OPTION OF THE SECOND PROCESS...]: a run of two
    text=$1 code=0
    shift
    timeout 60 mpirun -np 1 --wdir "$work/a-side" "$nomen" train --model "$work/model" --train data.conll -o "$work/never" \
        : -np 1 --wdir "$work/b-side" "$nomen" train --model "$work/model" --train data.conll -o "$work/never" "$@" \
        >"$work/out.txt" 2>"$work/err.txt" || code=$?
    [ $code -ne 0 ] || fail "$text: trains"
    grep -q -- "nomen: process 1 on .*: $text" "$work/err.txt" || fail "not said: $text"
    [ "$(grep -c '^nomen: .*process 1 on' "$work/err.txt")" -eq 1 ] || fail "said by more than one"
    [ ! -e "$work/never" ] || fail "something was written"
}
rm -f "$work/a" "$work/b"
mkdir "$work/a-side" "$work/b-side"
cp "$data" "$work/a-side/data.conll"
{ cat "$data"; printf '\nhere O\n'; } >"$work/b-side/data.conll"
differ "the file of train differs"
cp "$data" "$work/b-side/data.conll"
differ "the option seed differs" --seed 7
rm "$work/b-side/data.conll"
differ "the file of train is not there"

# What is of one process.
alone() { # TEXT COMMAND [OPTION...]
    text=$1 code=0
    shift
    timeout 60 mpirun -np 2 "$nomen" "$@" --model "$work/model" --train "$data" >"$work/out.txt" 2>"$work/err.txt" || code=$?
    [ $code -ne 0 ] || fail "$text: is done"
    grep -q "nomen: $text is of one process, and mpirun started 2" "$work/err.txt" || fail "not said: $text"
    ! grep -q "sentences" "$work/err.txt" || fail "$text: data was read"
}
alone "a search for a learning rate" train --find-lr
alone "a sweep" sweep --try learning-rate=1e-4,2e-4 -o "$work/never"
[ ! -e "$work/never" ] || fail "something was written"

# A signal to one process.
child() { # RANK: its process
    for p in $(cat "/proc/$pid/task/$pid/children"); do
        for q in $p $(cat /proc/"$p"/task/"$p"/children); do # timeout comes between
            if tr '\0' '\n' <"/proc/$q/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then echo "$q"; return 0; fi
        done
    done
    fail "no process $1"
}
wait_for() { # FILE TEXT
    n=0
    until grep -q "$2" "$1" 2>/dev/null; do
        n=$((n + 1))
        [ $n -lt 300 ] || fail "no \"$2\" in half a minute"
        sleep 0.1
    done
}
broken_off() { # SIGNAL: a run of two processes whose second one gets it in the second epoch; USR1 goes to mpirun
    rm -rf "$work/broken"
    : >"$work/out.txt"
    train 2 1 "$work/broken" --save-steps 20 --save-total-limit 1 & # one epoch has two of them
    shell=$!
    wait_for "$work/out.txt" "Epochs: 1 "
    pid=$(cat /proc/$shell/task/$shell/children | tr -d ' ')
    case $1 in
    USR1) kill -USR1 "$(tr -d ' ' <"/proc/$pid/task/$pid/children")" ;;
    *) kill -"$1" "$(child 1)" ;;
    esac
    started=$(date +%s)
    wait $shell || true
    pid=
    [ $(($(date +%s) - started)) -lt 60 ] || fail "not ended within a minute"
}
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat "$data"; echo; done >"$work/longer.conll"
data="$work/longer.conll" variant=long
trained 0 2 "$work/long" --reduce-by-batch true
for signal in TERM USR1; do
    broken_off $signal
    grep -q "interrupted: .*; step [0-9]* of 2400 is in $work/broken/checkpoint-" "$work/err.txt" || fail "not said"
    [ "$(grep -c interrupted "$work/err.txt")" -eq 1 ] || fail "said by more than one"
    grep -q "^to go on, by mpirun as before: .* --resume $work/broken$" "$work/err.txt" || fail "not said how to go on"
    trained 2 1 "$work/broken" --resume "$work/broken"
    same_run "$work/long" "$work/broken"
done
dev="$data" variant=evaluating # most of the time is spent in evaluations
trained 0 2 "$work/evaluating" --reduce-by-batch true
broken_off TERM
[ "$(grep -c interrupted "$work/err.txt")" -eq 1 ] || fail "said by more than one, or by none"
trained 2 1 "$work/broken" --resume "$work/broken"
same_run "$work/evaluating" "$work/broken"
dev="$work/dev.conll" variant=long
broken_off KILL
grep -q "exited on signal 9" "$work/err.txt" || fail "mpirun does not say what happened"
[ ! -e "$work/broken/model.safetensors" ] || fail "it had ended before"
trained 0 2 "$work/broken" --reduce-by-batch true --resume "$work/broken"
same_run "$work/long" "$work/broken"
broken_off STOP # as if its machine were gone without a word
grep -q "process 1 on .* was not heard of for 4[0-9] seconds: it is dead" "$work/err.txt" || fail "not said who is silent"
[ ! -e "$work/broken/model.safetensors" ] || fail "it had ended before"
trained 2 1 "$work/broken" --resume "$work/broken"
same_run "$work/long" "$work/broken"

# Without the plug-in there are not two runs in silence.
variant=plain data="$work/train.conll"
cp "$nomen" "$work/nomen"
nomen="$work/nomen"
if [ ! -e /usr/local/lib/nomen/nomen_mpi.so ]; then
    train 2 1 "$work/without"
    [ $code -ne 0 ] || fail "trains without nomen_mpi.so"
    grep -q "mpirun started 2 processes, but nomen_mpi.so can't be loaded (no such file): install Open MPI" "$work/err.txt" ||
        fail "not said what is missing"
fi
echo "2 and 4 processes: the bytes of one"
