#!/bin/sh
# Runs a comparison with Hugging Face: with_python.sh SOURCE_DIR SCRIPT [ARGUMENT...]
# The interpreter is $NOMEN_PYTHON or SOURCE_DIR/build/venv/bin/python. Without one the test is
# skipped (77), except in CI, where a comparison that can't run is a failure.
set -eu
source_dir=$1
shift
python=${NOMEN_PYTHON:-$source_dir/build/venv/bin/python}
if ! "$python" -c 'import tokenizers, transformers, numpy' 2>/dev/null; then
    echo "skipped: no Python with tokenizers, transformers and numpy at $python (set NOMEN_PYTHON)"
    [ "${CI:-}" = true ] && exit 1
    exit 77
fi
exec "$python" "$@"
