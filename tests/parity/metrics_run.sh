#!/bin/sh
# metrics_run.sh SOURCE_DIR SCRIPT.py ARGUMENTS...: runs a live comparison with the Python of
# NOMEN_PYTHON, or of the venv in build/venv. Without one it skips (77), or fails where CI=true.
source=$1
script=$2
shift 2
python=${NOMEN_PYTHON:-$source/build/venv/bin/python}
if [ ! -x "$python" ]; then
  echo "no Python with the reference libraries at $python (set NOMEN_PYTHON): $script not run"
  [ "$CI" = true ] && exit 1
  exit 77
fi
exec "$python" "$source/tests/parity/$script" "$@"
