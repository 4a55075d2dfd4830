#!/usr/bin/env bash
# Measures nomen beside the engines a user would otherwise take, in one run on this machine, and writes
# build/bench/results.md and results.json. README.md says how each is set up. Options are those of suite.py.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/setup.sh
. scripts/setup.sh
# shellcheck source=scripts/model.sh
. scripts/model.sh

usage() {
    cat <<END
usage: bench/run.sh [--quick] [--only ROW]... [--output DIR] [--no-install]

  --quick       fewer sentences and rounds: whether all works, in some ten minutes once the peers are installed
  --only ROW    train, share, seed, batch, single, tail, f1, tag, tokenize, memory, gemm or scaling
  --output DIR  where results.md and results.json go (default: build/bench)
  --no-install  install no packages of the system; say what is missing

Measure on a machine that does nothing else. The models and the peers' forms of them stay in build/bench.
END
}

options=()
while [ $# -gt 0 ]; do
    case $1 in
    --no-install) install=no ;;
    --quick) options+=("$1") ;;
    --only | --output)
        [ $# -gt 1 ] || die "$1 needs a value"
        options+=("$1" "$2")
        shift
        ;;
    -h | --help) usage; exit 0 ;;
    *) say "bench/run.sh: unknown argument $1"; usage >&2; exit 2 ;;
    esac
    shift
done

# shellcheck disable=SC2086 # a list
need_packages $build_packages ca-certificates curl git python3 python3-venv
say "== the peers (build/bench-venv)"
mkdir -p build
if ! { make_venv build/bench-venv && fill_venv build/bench-venv bench/requirements.txt; }; then
    tail -n 5 build/bench-venv/install.log >&2
    die "the packages of bench/requirements.txt could not be installed; the whole reason is in build/bench-venv/install.log"
fi
say "== nomen (build/release)"
log=build/bench-build.log
if ! { cmake --preset release && cmake --build --preset release --parallel "$(nproc)" --target nomen bench_engine bench_gemm; } \
    >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    die "the build failed; see $log"
fi
get_model build/models/all-MiniLM-L6-v2
exec build/bench-venv/bin/python bench/suite.py "${options[@]}"
