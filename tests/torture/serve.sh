#!/usr/bin/env bash
# The service under load that is stopped and reloaded again and again, deserted by its clients, and fuzzed.
#
#   tests/torture/serve.sh [BUILD] [ROUNDS] [MINUTES] [SEED]
#
# BUILD (default build/asan) holds `nomen` and tests/support/tiny_model; with one for sanitizers, what they find fails this.
# ROUNDS (default 100) stops under load and as many reloads, then 500 clients that are slow, half open or gone; then mutated
# requests for MINUTES (default 10), from SEED (default 1). CI runs the same with small numbers: serve_torture and serve_fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/asan}
rounds=${2:-100}
minutes=${3:-10}
seed=${4:-1}
[ -x "$build/nomen" ] || { echo "serve.sh: there is no $build/nomen; build it first, as by cmake --preset asan" >&2; exit 1; }
run() { tests/serve/run.sh "$build/nomen" "$build/tests/support/tiny_model" "$@"; }
run tests/serve/torture.py "$rounds" 500
run tests/serve/fuzz.py $((minutes * 60)) "$seed"
