#!/bin/sh
# Runs one case of the command line's tests and compares.
#
#   run.sh PROGRAM CASE_DIR           compares
#   run.sh --accept PROGRAM CASE_DIR  writes what came as what is expected; read the diff before a commit
#
# A case is a folder with
#   cmd      a shell script; it runs in an empty folder, with $NOMEN the program and $CASE this folder
#   stdout   what it must print, byte for byte (absent: nothing)
#   stderr   the same for words and errors (absent: not compared)
#   code     the exit code (absent: 0)
# $TINY is the program that makes a tiny model directory: "$TINY" DIR (see tests/support/tiny_model_main.c); where it is not
# set, the one that was built with PROGRAM.
# A script that exits with 77 skips, with a line that says why. In what is printed, the paths of the
# program and of the folders are replaced by NOMEN, CASE and WORK, so that results hold anywhere.
set -u
accept=no
if [ "${1:-}" = --accept ]; then
    accept=yes
    shift
fi
[ $# -eq 2 ] || { echo "usage: $0 [--accept] PROGRAM CASE_DIR" >&2; exit 2; }
NOMEN=$(realpath "$1") CASE=$(realpath "$2")
[ -r "$CASE/cmd" ] || { echo "$CASE: no cmd there" >&2; exit 2; }
output=$(mktemp -d) WORK=$(mktemp -d)
trap 'rm -rf "$output" "$WORK"' EXIT
TINY=${TINY:-$(dirname "$NOMEN")/tests/support/tiny_model}
export NOMEN CASE TINY
# One look everywhere: no colour, no terminal, the same language.
export LC_ALL=C.UTF-8 NO_COLOR=1 COLUMNS=80
# A cache of the hub that holds nothing, wherever the machine has one; and no connections.
export HF_HUB_CACHE=/nonexistent/hub HF_HUB_OFFLINE=1

(cd "$WORK" && exec sh "$CASE/cmd") >"$output/stdout.raw" 2>"$output/stderr.raw" </dev/null
code=$?
if [ "$code" -eq 77 ]; then
    cat "$output/stdout.raw" "$output/stderr.raw"
    exit 77
fi
for stream in stdout stderr; do
    sed -e "s|$NOMEN|NOMEN|g" -e "s|$CASE|CASE|g" -e "s|$WORK|WORK|g" "$output/$stream.raw" >"$output/$stream"
done

if [ "$accept" = yes ]; then
    cp "$output/stdout" "$CASE/stdout"
    [ -s "$CASE/stdout" ] || rm "$CASE/stdout"
    if [ -e "$CASE/stderr" ]; then cp "$output/stderr" "$CASE/stderr"; fi
    if [ "$code" -eq 0 ]; then rm -f "$CASE/code"; else echo "$code" >"$CASE/code"; fi
    exit 0
fi

failed=0
compare() { # STREAM EXPECTED
    if ! cmp -s "$2" "$output/$1"; then
        echo "$CASE: $1 differs (- expected, + found):"
        diff -u "$2" "$output/$1" | tail -n +3
        failed=1
    fi
}
if [ -e "$CASE/stdout" ]; then compare stdout "$CASE/stdout"; else compare stdout /dev/null; fi
if [ -e "$CASE/stderr" ]; then compare stderr "$CASE/stderr"; fi
wanted=0
if [ -e "$CASE/code" ]; then wanted=$(cat "$CASE/code"); fi
if [ "$code" -ne "$wanted" ]; then
    echo "$CASE: exit code $code, expected $wanted; standard error was:"
    cat "$output/stderr"
    failed=1
fi
exit "$failed"
