#!/bin/sh
# A test of the service on a tiny model: run.sh NOMEN TINY_MODEL SCRIPT [ARGUMENT...] runs SCRIPT NOMEN MODEL ARGUMENT...
# Needs nothing but python3's own library; without python3 the test is skipped (77).
set -eu
nomen=$1
tiny=$2
script=$3
shift 3
python=$(command -v python3) || { echo "skipped: there is no python3"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$tiny" "$scratch/tiny"
PYTHONDONTWRITEBYTECODE=1 "$python" "$script" "$nomen" "$scratch/tiny" "$@"
