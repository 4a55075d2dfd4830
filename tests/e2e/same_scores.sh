#!/bin/sh
# Scores in int8 have the same bits at 1, 2 and 4 threads and with every instruction set of this machine: of weights of 8
# bits and, by kernels of their own, of 7.
#
#   same_scores.sh NOMEN TINY_MODEL
set -eu
nomen=$1 tiny=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_WAIT_POLICY=passive

cat >"$work/texts" <<'END'
Bill Gates is the founder of Microsoft.
Anna Smith lives in New York and works at Acme Labs in the city of London, she said today!
x

United Nations met yesterday in San Francisco, they said: Maria Garcia went to Berlin from Paris.
END
runs=0
score() { # FILE MODEL [OPTION]
    "$nomen" tag --model "$2" ${3:+"$3"} --json --all-scores --threads $threads "$work/texts" >"$1" 2>"$work/log" ||
        { cat "$work/log"; exit 1; }
}
for hidden in 32 36 100; do # 36, 100: rows that no vector width divides
    "$tiny" "$work/model" hidden=$hidden layers=3 intermediate=$((hidden * 3))
    "$nomen" quantize --model "$work/model" -o "$work/seven" --weight-bits 7 --no-gate --quiet
    rm -f "$work/first" "$work/first7"
    for isa in '' plain avx2 avx2vnni avx512 avx512vnni amx neon neondot; do
        export NOMEN_ISA=$isa
        for threads in 1 2 4; do
            score "$work/scores" "$work/model" --int8
            # An instruction set that this machine lacks is replaced, with a warning: no news in that.
            if grep -q NOMEN_ISA "$work/log"; then continue 2; fi
            score "$work/scores7" "$work/seven"
            [ -e "$work/first" ] || { cp "$work/scores" "$work/first"; cp "$work/scores7" "$work/first7"; }
            cmp "$work/first" "$work/scores" || { echo "hidden size $hidden, '$isa', $threads threads"; exit 1; }
            cmp "$work/first7" "$work/scores7" || { echo "7 bits, hidden size $hidden, '$isa', $threads threads"; exit 1; }
            runs=$((runs + 1))
        done
    done
    export NOMEN_ISA=
    # In floats they are others, or sameness says nothing.
    score "$work/scores" "$work/model"
    if cmp -s "$work/first" "$work/scores"; then echo "--int8 changes nothing"; exit 1; fi
    if cmp -s "$work/first" "$work/first7"; then echo "--weight-bits 7 changes nothing"; exit 1; fi
    rm -r "$work/model" "$work/seven"
done
[ $runs -ge 18 ] || { echo "only $runs runs"; exit 1; }
echo "$runs runs, the same bits"
