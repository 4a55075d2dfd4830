#!/bin/sh
# Fifty `nomen fetch` at once, each killed at a random moment, for many rounds: no file of the cache is ever corrupt, and
# nothing stays left over. `ctest -R fetch_kills` runs it in a short form.
# Usage: tests/torture/fetch_kills.sh [BUILD_DIR [ROUNDS [SEED]]]   (build/release, 100 rounds, five minutes)
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/release} rounds=${2:-100}
[ $# -lt 2 ] || shift
[ $# -lt 1 ] || shift
exec python3 tests/fetch/kills.py "$build/nomen" "$build/tests/support/tiny_model" "$rounds" "$@"
