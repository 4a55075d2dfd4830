#!/bin/sh
# A thousand training runs that are killed, interrupted or out of disk, each at another call, and go on to the same bytes: plain
# AdamW, a CRF, SGD with an average, early stopping with the best checkpoints kept, adapters (LoRA). tests/e2e/resume.sh has 20
# of them. By hand: some minutes.
#
#   tests/torture/train_kills.sh BUILD_DIRECTORY [RUNS [VARIANTS]]
set -eu
build=$(cd "$1" && pwd)
shim=$(find "$build" -name 'libfailing_disk.so' | head -n 1)
tiny=$(find "$build" -type f -name tiny_model | head -n 1)
[ -n "$shim" ] && [ -n "$tiny" ] || { echo "$build: build the tests first"; exit 1; }
exec "$(dirname "$0")/../e2e/resume.sh" "$build/nomen" "$tiny" "$shim" "${2:-1000}" "${3:-plain crf sgd stop lora}"
