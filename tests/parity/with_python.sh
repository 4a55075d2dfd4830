#!/bin/sh
# Runs a live comparison with the Python reference: with_python.sh SOURCE_DIR SCRIPT [ARGUMENT...]
# The interpreter is $NOMEN_PYTHON, or that of SOURCE_DIR/build/venv, which ./test.sh makes. Without one
# the test is skipped (77), except with CI=true, where a comparison that can't run is a failure.
set -eu
source_dir=$1
shift
python=${NOMEN_PYTHON:-$source_dir/build/venv/bin/python}
if [ ! -x "$python" ]; then
    echo "skipped: no Python with the reference libraries at $python (./test.sh makes one; or set NOMEN_PYTHON)"
    [ "${CI:-}" != true ] || exit 1
    exit 77
fi
exec "$python" "$@"
