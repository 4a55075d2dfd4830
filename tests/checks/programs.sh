#!/bin/sh
# Builds the example programs against an installed prefix, as a reader would, and runs them on a tiny model: those that tag
# print what the program nomen finds in the same lines, and score.c what `nomen eval` prints.
# Usage: programs.sh SOURCE_DIR BUILD_DIR CMAKE CC CXX TINY_MODEL   (CXX may be "none": then the one in C++ is left out, and said)
set -eu
source=$1 build=$2 cmake=$3 cc=$4 cxx=$5 tiny=$6
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name nomen.pc)")
export PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir nomen)
export LD_LIBRARY_PATH
"$tiny" "$work/model" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
i=0
while [ $i -lt 200 ]; do
    printf 'bill gates lives in london %d\nthe\n\nanna smith met john of acme labs in new york\n' $i
    i=$((i + 1))
done >"$work/lines"
# In the examples' form: the line, and a line for each entity.
"$work/prefix/bin/nomen" tag -q -m "$work/model" --format tsv "$work/lines" | sed 1d | cut -f 2-4 >"$work/wanted"

check() { # PROGRAM
    "$work/$1" "$work/model" "$work/lines" >"$work/$1.out"
    # type, score, start-end, text: back to start, end, type, in the order of the table
    sed -n 's/^    \([^ ]*\)  *[0-9.]*  \([0-9]*\)-\([0-9]*\)  .*/\2\t\3\t\1/p' "$work/$1.out" >"$work/$1.found"
    cmp "$work/wanted" "$work/$1.found" || { echo "$1 finds other entities than nomen tag"; exit 1; }
    [ "$(grep -c '^[^ ]\|^$' "$work/$1.out")" -eq 800 ] || { echo "$1 does not print all lines"; exit 1; }
    ! "$work/$1" "$work/nowhere" "$work/lines" 2>"$work/said" || { echo "$1: no model, and no failure"; exit 1; }
    grep -q "$work/nowhere" "$work/said" || { echo "$1 does not name the directory that is missing"; exit 1; }
}
# shellcheck disable=SC2046 # lists of flags
"$cc" -std=c11 -Wall -Wextra -Wpedantic $("$source/scripts/werror.sh" "$cc") "$source/examples/threads.c" -pthread \
    $(pkg-config --cflags --libs nomen) -o "$work/threads"
check threads
# shellcheck disable=SC2046
"$cc" -std=c11 -Wall -Wextra -Wpedantic $("$source/scripts/werror.sh" "$cc") "$source/examples/score.c" \
    $(pkg-config --cflags --libs nomen) -o "$work/score"
printf 'Bill B-per\nGates I-per\nmet O\nAnna B-org\n\nshe O\nlives O\nin O\nLondon B-geo\n' >"$work/gold.conll"
"$work/score" "$work/model" "$work/gold.conll" >"$work/score.out"
"$work/prefix/bin/nomen" eval -q -m "$work/model" --replicates 0 "$work/gold.conll" | grep -v '^F1 of plain text' >"$work/wanted.eval"
sed -e '1,/B-per.*I-per/d' -e '/^F1 /d' "$work/score.out" | sed -e '1d' -e '$d' >"$work/score.found"
cmp "$work/wanted.eval" "$work/score.found" || { echo "score.c prints another report than nomen eval"; exit 1; }
grep -q '^F1 0\.[0-9]' "$work/score.out" || { cat "$work/score.out"; exit 1; }
if [ "$cxx" = none ]; then
    echo "there is no C++ compiler: examples/queue.cpp is left out"
    exit 0
fi
# shellcheck disable=SC2046
"$cxx" -std=c++17 -Wall -Wextra -Wpedantic "$source/examples/queue.cpp" -pthread $(pkg-config --cflags --libs nomen) -o "$work/queue"
check queue
cmp "$work/threads.out" "$work/queue.out"
echo "the examples find what nomen tag and nomen eval find"
