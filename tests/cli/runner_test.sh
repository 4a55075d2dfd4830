#!/bin/sh
# run.sh itself: it passes what is right, and names what is not.
set -eu
run=$(cd "$(dirname "$0")" && pwd)/run.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case=$work/case
printf '#!/bin/sh\necho "out $*"\necho "in $PWD" >&2\nexit 3\n' >"$work/program"
chmod +x "$work/program"

fresh() {
    rm -rf "$case"
    mkdir "$case"
    echo '"$NOMEN" a b' >"$case/cmd"
    echo 'out a b' >"$case/stdout"
    echo 3 >"$case/code"
}
expect() { # CODE TEXT
    code=0
    "$run" "$work/program" "$case" >"$work/output" 2>&1 || code=$?
    if [ "$code" -ne "$1" ] || ! grep -qF -e "$2" "$work/output"; then
        echo "expected exit code $1 and \"$2\"; found $code and:"
        cat "$work/output"
        exit 1
    fi
}
fresh; "$run" "$work/program" "$case"
fresh; echo 'in WORK' >"$case/stderr"; "$run" "$work/program" "$case"
fresh; echo 'other' >"$case/stderr"; expect 1 'stderr differs'
fresh; echo 'out a c' >"$case/stdout"; expect 1 '-out a c'
fresh; rm "$case/stdout"; expect 1 '+out a b'
fresh; rm "$case/code"; expect 1 'exit code 3, expected 0'
fresh; echo 'echo "skipped: no reason"; exit 77' >"$case/cmd"; expect 77 'skipped: no reason'
fresh; rm "$case/cmd"; expect 2 'no cmd there'
fresh; echo x >"$case/stdout"; rm "$case/code"; "$run" --accept "$work/program" "$case"; "$run" "$work/program" "$case"
[ "$(cat "$case/code" "$case/stdout")" = "3
out a b" ] || { echo "--accept wrote something else"; exit 1; }
