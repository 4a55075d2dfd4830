#!/usr/bin/env bash
# What demo.sh and test.sh do before they build: finding out what is missing, refusing, installing
# with and without sudo, and getting a model whose sums are right. apt-get, sudo and id are stand-ins
# that write down how they were called; nothing is installed and nothing leaves the machine.
# Usage: setup.sh SOURCE_DIR
set -euo pipefail
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/there"
for tool in bash sh env mktemp tail rm cat mkdir mv cp grep sed sha256sum curl python3 uname dirname basename touch; do
    path=$(command -v "$tool") && ln -s "$path" "$work/bin/$tool"
done
stub() { # NAME SCRIPT
    printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
user() { stub id "echo $1"; }
# apt-get install makes what was asked for be there, unless told to fail.
# shellcheck disable=SC2016
with_apt() {
    stub apt-get 'echo "apt-get $* ($DEBIAN_FRONTEND)" >>"'"$work"'/calls"
[ ! -e "'"$work"'/apt-fails" ] || { echo "E: no such package"; exit 100; }
if [ "$1" = install ]; then for p; do case $p in install | -*) ;; *) touch "'"$work"'/there/$p" ;; esac; done; fi'
}
# shellcheck disable=SC2016
with_sudo() { stub sudo 'echo "sudo $*" >>"'"$work"'/calls"; exec "$@"'; }

n=0
expect() { # CODE TEXT SCRIPT: runs it after setup.sh and model.sh, with only the stand-ins in PATH
    n=$((n + 1))
    local code=0
    : >"$work/calls"
    (cd "$work" && PATH=$work/bin HF_HUB_OFFLINE=0 bash -c '
        set -euo pipefail
        . "$1/scripts/setup.sh"
        . "$1/scripts/model.sh"
        there=$2
        package_is_there() { [ -e "$there/$1" ]; }
        eval "$3"' test "$source" "$work/there" "$3") >"$work/output" 2>&1 || code=$?
    if [ "$code" -ne "$1" ] || { [ -n "$2" ] && ! grep -qF -e "$2" "$work/output" "$work/calls"; }; then
        echo "$3: expected exit code $1 and \"$2\"; found $code and:"
        cat "$work/output" "$work/calls"
        exit 1
    fi
}
never() { if grep -qF -e "$1" "$work/output" "$work/calls"; then echo "found: $1"; cat "$work/calls"; exit 1; fi; }

# Packages.
user 0
expect 1 'no apt-get on this machine: install what Debian has as: cmake gcc' 'need_packages cmake gcc'
with_apt
expect 1 '--no-install was given, and these Debian packages are missing: cmake gcc' 'install=no; need_packages cmake gcc'
never 'apt-get install'
expect 0 'installing with apt: cmake gcc' 'need_packages cmake gcc'
grep -qF 'apt-get install -y --no-install-recommends cmake gcc (noninteractive)' "$work/calls"
expect 0 '' 'need_packages cmake gcc'
never apt-get
user 1000
expect 1 'neither root nor sudo' 'need_packages make'
with_sudo
expect 0 'sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends make' 'need_packages cmake make'
user 0
expect 0 'installing with apt: curl' 'need_packages curl'
never sudo
touch "$work/apt-fails"
expect 1 'E: no such package' 'need_packages unzip'
rm "$work/apt-fails"

# torch, by a Python that is a stand-in for pip: the CPU build first, and the size before anything larger comes.
mkdir -p "$work/venv/bin"
printf '# torch for CUDA: 9 GB\ntorch==1.2\nnumpy==3.4\n' >"$work/requirements.txt"
with_pip() { # SCRIPT: what it does with its last argument, as $what
    printf '#!/bin/sh\necho "pip $*" >>"%s"\nfor what; do :; done\n%s\n' "$work/calls" "$1" >"$work/venv/bin/python"
    chmod +x "$work/venv/bin/python"
    rm -f "$work/venv/installed"
}
fill="fill_venv '$work/venv' '$work/requirements.txt'"
with_pip 'exit 0'
expect 0 'torch==1.2+cpu' "$fill"
never 'GB'
[ "$(grep -c ' install ' "$work/calls")" -eq 2 ] # torch, then all
expect 0 '' "$fill"
never 'pip'
# shellcheck disable=SC2016
with_pip 'case $what in *+cpu) echo "ERROR: Could not find it (from versions: 1.1, 1.2)"; exit 1 ;; esac
grep -q "that is 9 GB" "'"$work"'/output" || exit 1'
expect 0 'that is 9 GB' "$fill"
grep -q 'pip .* torch==1.2$' "$work/calls"
with_pip 'echo "ERROR: Could not find it (from versions: none)"; exit 1'
expect 1 '' "$fill || exit 1"
never 'GB'
[ "$(grep -c ' install ' "$work/calls")" -eq 1 ]
with_pip 'if [ "$what" = freeze ]; then echo torch==1.2+cu9; fi'
expect 0 ' -r ' "$fill"
[ "$(grep -c ' install ' "$work/calls")" -eq 1 ]

# The model: from a hub that is a folder, whose files have the sums, or have not.
hub=$work/hub/sentence-transformers/all-MiniLM-L6-v2/resolve/main
mkdir -p "$hub"
for file in config.json special_tokens_map.json tokenizer_config.json tokenizer.json vocab.txt model.safetensors; do
    echo "$file" >"$hub/$file"
done
sums=$(cd "$hub" && sha256sum model.safetensors vocab.txt)
with_sums="model_sums='$sums'; model_from_package() { echo 'asked for the package'; return 1; }; HF_ENDPOINT=file://$work/hub"
expect 0 'getting sentence-transformers/all-MiniLM-L6-v2' "$with_sums; get_model '$work/model'"
cmp "$hub/model.safetensors" "$work/model/model.safetensors"
[ ! -e "$work/model.part" ]
expect 0 '' "$with_sums; get_model '$work/model'"
never getting
echo damaged >>"$work/model/vocab.txt"
expect 0 'getting' "$with_sums; get_model '$work/model'"
cmp "$hub/vocab.txt" "$work/model/vocab.txt"
rm -r "$work/model"
echo other >"$hub/model.safetensors"
expect 1 'has other SHA-256 sums' "$with_sums; get_model '$work/model'"
grep -q 'asked for the package' "$work/output"
[ ! -e "$work/model" ] && [ ! -e "$work/model.part" ]
rm "$hub/tokenizer.json"
expect 1 'could not be had' "$with_sums; get_model '$work/model'"
expect 1 'asked for the package' "$with_sums; HF_HUB_OFFLINE=1; get_model '$work/model'"

# Wrong use of the two commands.
wrong() { # CODE TEXT COMMAND...
    n=$((n + 1))
    local code=0 wanted=$1 text=$2
    shift 2
    "$@" >"$work/output" 2>&1 || code=$?
    [ "$code" -eq "$wanted" ] && grep -qF -e "$text" "$work/output" || { echo "$*: code $code"; cat "$work/output"; exit 1; }
}
wrong 2 'unknown argument --fast' "$source/test.sh" --fast
wrong 2 'unknown option --fast' "$source/demo.sh" --fast
wrong 2 'usage:' "$source/demo.sh" a b c
wrong 1 "no/such/file.csv: can't be read" "$source/demo.sh" --no-install no/such/file.csv
wrong 1 'not a model directory' "$source/demo.sh" --no-install "$source/examples/dev.csv" "$work"
wrong 0 'usage: ./demo.sh' "$source/demo.sh" --help
wrong 0 'usage: ./test.sh' "$source/test.sh" --help

echo "$n cases"
