#!/bin/sh
# The committed corpus is what its generator writes; the generator itself asserts that dev and test
# share no template and no name with train.
# Usage: examples.sh SOURCE_DIR
set -eu
command -v python3 >/dev/null || { echo "skipped: no python3 on this machine"; exit 77; }
cd "$1/examples"
python3 -B generate.py --check
# And it notices a change.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r generate.py source ./*.csv "$work"
sed -i '2s/^./x/' "$work/dev.csv"
if python3 -B "$work/generate.py" --check >"$work/output"; then
    echo "a changed dev.csv was not noticed"
    exit 1
fi
grep -q 'dev.csv is not what' "$work/output"
echo "$(cat ./*.csv | wc -l) lines are as generated"
