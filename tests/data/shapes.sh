#!/bin/sh
# Files as people have them: each must be read right, or be refused with a message that helps.
#
#   shapes.sh PROGRAM [NAME...]    all of tests/data/shapes/, or those named
#
# A shape is a folder with
#   input.*   the file (or a folder `input`); it is read from inside the folder, so that messages name it alone
#   options   more options for the command line, on one line (absent: none)
#   expected  the words and tags, as `convert --to conll` prints them; documents count only where it has -DOCSTART-
#   stderr    strings that must each stand in what is reported (absent: not compared)
#   error     strings that must each stand in the message by which the file is refused
#   stdin     where it is there, the file is given on standard input
#   note      why the shape is as it is
# A shape with both `expected` and `error` may be read right or be refused; one with `stderr` alone must be read, and only
# the report is compared. Other files lie beside the input, as they do in life.
set -u
[ $# -ge 1 ] || { echo "usage: $0 PROGRAM [NAME...]" >&2; exit 2; }
program=$(realpath "$1")
shapes=$(realpath "$(dirname "$0")")/shapes
shift
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
export LC_ALL=C.UTF-8 NO_COLOR=1 COLUMNS=80
tab=$(printf '\t')
mark="-DOCSTART-${tab}O"

# Whether each line of the file $1 stands in $output/stderr; those that do not are added to $output/why.
all_said() {
    complete=0
    while IFS= read -r wanted; do
        if ! grep -qF -e "$wanted" "$output/stderr"; then
            echo "  not reported: $wanted" >>"$output/why"
            complete=1
        fi
    done <"$1"
    return $complete
}

is_read() { # FOLDER CODE
    if [ "$2" -ne 0 ]; then
        echo "  exit code $2 instead of 0" >>"$output/why"
        return 1
    fi
    if [ -e "$1/expected" ] && ! cmp -s "$1/expected" "$output/stdout"; then
        if grep -qxF -e "$mark" "$1/expected"; then
            cp "$output/stdout" "$output/found"
        else
            sed "/^$mark\$/{N;d;}" "$output/stdout" >"$output/found"
        fi
        if ! cmp -s "$1/expected" "$output/found"; then
            echo "  - expected, + found:" >>"$output/why"
            diff -u "$1/expected" "$output/found" | tail -n +3 | sed 's/^/  /' >>"$output/why"
            return 1
        fi
    fi
    if [ -e "$1/stderr" ]; then all_said "$1/stderr"; fi
}

is_refused() { # FOLDER CODE
    if [ "$2" -ne 1 ]; then
        echo "  exit code $2 instead of 1" >>"$output/why"
        return 1
    fi
    if [ -s "$output/stdout" ]; then
        echo "  refused, but something was printed" >>"$output/why"
        return 1
    fi
    all_said "$1/error"
}

run() { # FOLDER
    options=
    if [ -e "$1/options" ]; then IFS= read -r options <"$1/options"; fi
    for input in "$1"/input "$1"/input.*; do
        [ -e "$input" ] && break
    done
    input=${input##*/}
    if [ -e "$1/stdin" ]; then
        # shellcheck disable=SC2086 # the options are words
        (cd "$1" && exec "$program" convert - --to conll $options <"$input") >"$output/stdout" 2>"$output/stderr"
    else
        # shellcheck disable=SC2086
        (cd "$1" && exec "$program" convert "$input" --to conll $options </dev/null) >"$output/stdout" 2>"$output/stderr"
    fi
    code=$?
    : >"$output/why"
    if [ -e "$1/error" ] && [ ! -e "$1/expected" ]; then
        is_refused "$1" "$code"
    elif [ -e "$1/error" ] && [ "$code" -ne 0 ]; then
        is_refused "$1" "$code"
    else
        is_read "$1" "$code"
    fi
}

if [ $# -eq 0 ]; then
    set -- "$shapes"/*/
fi
n=0 n_failed=0
for name in "$@"; do
    name=${name%/}
    name=${name##*/}
    [ -d "$shapes/$name" ] || { echo "$0: there is no shape $name" >&2; exit 2; }
    n=$((n + 1))
    if ! run "$shapes/$name"; then
        n_failed=$((n_failed + 1))
        echo "$name:"
        cat "$output/why"
        sed 's/^/  | /' "$output/stderr"
    fi
done
echo "$n shapes, $n_failed failed"
[ "$n_failed" -eq 0 ]
