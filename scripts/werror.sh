#!/bin/sh
# Prints -Werror for a compiler whose warnings CI has seen, and nothing for another: a new compiler's new warning
# must not stop anybody's tests. Then it says so on stderr.
# Usage: werror.sh CC
set -eu
known='gcc 12, gcc 14, clang 14, clang 19'
version=$(printf '#ifdef __clang__\nclang __clang_major__\n#else\ngcc __GNUC__\n#endif\n' | "$1" -E -P -x c - | grep . | tail -n 1)
case ", $known," in
*", $version,"*) echo -Werror ;;
*) echo "warnings are shown and are no errors: $version is none of the compilers that CI knows ($known)" >&2 ;;
esac
