#!/usr/bin/env bash
# From a bare Debian 12 or 13 or Ubuntu 24.04 machine to a trained model and tagged text: installs what is
# missing (and says what), builds nomen, gets a small BERT, fine-tunes it on examples/ or on your own
# CSV file, prints the scores, and tags a sentence.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat <<END
usage: ./demo.sh [--no-install] [FILE.csv [MODEL]]

  FILE.csv      labelled sentences of your own, with columns text,labels; they are split 80/10/10.
                Without it: the corpus in examples/
  MODEL         a Hugging Face model directory. Without it: all-MiniLM-L6-v2, which is downloaded
  --no-install  install nothing; say what is missing

The model and the commands that made it are left in demo-output/.
END
}

no_install=no operands=()
for argument; do
    case $argument in
    --no-install) no_install=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "./demo.sh: unknown option $argument" >&2; usage >&2; exit 2 ;;
    *) operands+=("$(realpath -m -- "$argument")") ;; # before the change of directory
    esac
done
[ ${#operands[@]} -le 2 ] || { usage >&2; exit 2; }
cd "$here"
# shellcheck source=scripts/setup.sh
. scripts/setup.sh
# shellcheck source=scripts/model.sh
. scripts/model.sh
[ "$no_install" = no ] || install=no
file=${operands[0]:-} model=${operands[1]:-}
[ -z "$file" ] || [ -r "$file" ] || die "$file: can't be read"
[ -z "$model" ] || [ -r "$model/config.json" ] || die "$model: not a model directory (no config.json in it)"

# shellcheck disable=SC2086 # a list
need_packages $build_packages
settings=()
if [ -z "$model" ]; then
    settings=(--epochs 4 --learning-rate 3e-4) # a small model: larger steps than the default, which is for BERT
    model=build/models/all-MiniLM-L6-v2
    if ! model_is_good "$model"; then
        need_packages ca-certificates curl
        get_model "$model"
    fi
fi

say "building (build/release)"
build_preset release || die "the build failed; the whole log is build/release.log"
nomen=build/release/nomen

output=demo-output
mkdir -p "$output"
commands=$output/commands.sh
{
    echo '#!/bin/sh'
    echo '# The commands that demo.sh ran. They give the same bytes again.'
    echo 'set -e'
    printf 'cd %q\n' "$here"
} >"$commands"
chmod +x "$commands"

run() { # shows a command, notes it, runs it
    local line
    line=$(printf '%q ' "$@")
    printf '\n$ %s\n' "${line% }"
    printf '%s\n' "${line% }" >>"$commands"
    "$@"
}

if [ -n "$file" ]; then
    data=(--train "$file" --split 80/10/10)
else
    data=(--train examples/train.csv --dev examples/dev.csv --test examples/test.csv)
fi
run "$nomen" train --model "$model" "${data[@]}" "${settings[@]}" -o "$output/model" --overwrite

sentence='Bill Gates is the founder of Microsoft'
printf '\n$ echo %s | %s\n' "${sentence@Q}" "$nomen tag --model $output/model"
printf 'echo %s | %s\n' "${sentence@Q}" "$nomen tag --model $output/model" >>"$commands"
echo "$sentence" | "$nomen" tag --model "$output/model"

say ''
say "the model is in $output/model, the commands are in $commands"
say "your own text: $nomen tag --model $output/model FILE"
say "a page to try it on: $nomen serve --model $output/model"
