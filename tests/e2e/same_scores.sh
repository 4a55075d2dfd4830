#!/bin/sh
# Scores in int8 have the same bits at 1, 2 and 4 threads and with every instruction set of this machine.
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
for hidden in 32 36 100; do # 36, 100: rows that no vector width divides
    "$tiny" "$work/model" hidden=$hidden layers=3 intermediate=$((hidden * 3))
    rm -f "$work/first"
    for isa in '' plain avx2 avx512 neon; do
        for threads in 1 2 4; do
            NOMEN_ISA=$isa "$nomen" tag --model "$work/model" --int8 --json --all-scores --threads $threads \
                "$work/texts" >"$work/scores" 2>"$work/log" || { cat "$work/log"; exit 1; }
            # An instruction set that this machine lacks is replaced, with a warning: no news in that.
            if grep -q NOMEN_ISA "$work/log"; then continue 2; fi
            [ -e "$work/first" ] || cp "$work/scores" "$work/first"
            cmp "$work/first" "$work/scores" || { echo "hidden size $hidden, '$isa', $threads threads"; exit 1; }
            runs=$((runs + 1))
        done
    done
    # In floats they are others, or sameness says nothing.
    "$nomen" tag --model "$work/model" --json --all-scores "$work/texts" >"$work/scores"
    if cmp -s "$work/first" "$work/scores"; then echo "--int8 changes nothing"; exit 1; fi
    rm -r "$work/model"
done
[ $runs -ge 18 ] || { echo "only $runs runs"; exit 1; }
echo "$runs runs, the same bits"
