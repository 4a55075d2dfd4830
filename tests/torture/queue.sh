#!/usr/bin/env bash
# A queue under load for SECONDS (default 600): 32 threads, texts of 1 to LONGEST (default 200,000) words; see queue.c.
#
#   tests/torture/queue.sh [MODEL] [SECONDS] [LONGEST]
#
# MODEL (default demo-output/model, which ./demo.sh makes) is a fine-tuned model directory; the library is that of
# build/release. CI runs test_queue, the short form.
set -euo pipefail
cd "$(dirname "$0")/../.."
model=${1:-demo-output/model}
seconds=${2:-600}
longest=${3:-200000}
library=build/release/libnomen.a
[ -f $library ] || { echo "queue.sh: there is no $library; build it by ./demo.sh or ./test.sh" >&2; exit 1; }
# shellcheck disable=SC2046 # lists of flags
${CC:-cc} -O2 -std=gnu11 -Wall -Wextra -Iinclude -Isrc -Itests tests/torture/queue.c tests/support/tiny_model.c $library -pthread \
    $(pkg-config --libs jansson) $(pkg-config --libs libzip zlib 2>/dev/null || true) -lcsv -lm -o build/torture_queue
exec build/torture_queue "$model" "$seconds" "$longest"
