#!/bin/sh
# Installs into a directory of its own, moves that, and builds a small program against it through
# pkg-config, with the shared library and with the static one, and through CMake's find_package; the program runs and
# prints the version.
# The same for the example of README.md.
# Usage: install.sh SOURCE_DIR BUILD_DIR CMAKE CC
set -eu
source=$1 build=$2 cmake=$3 cc=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/first" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
mv "$work/first" "$work/prefix"

for header in "$source"/include/nomen/*.h; do
    [ -e "$work/prefix/include/nomen/$(basename "$header")" ] || { echo "$header was not installed"; exit 1; }
done
pc=$(find "$work/prefix" -name nomen.pc)
[ -n "$pc" ] || { echo "nomen.pc was not installed"; exit 1; }
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
wanted=$(sed -n 's/^#define NOMEN_VERSION "\(.*\)"/\1/p' "$source/include/nomen/version.h")
[ "$(pkg-config --modversion nomen)" = "$wanted" ] || { echo "nomen.pc has another version than version.h"; exit 1; }

cat >"$work/use.c" <<'END'
#include <nomen/version.h>
#include <stdio.h>
int main(void) { return puts(nomen_version()) < 0 || nomen_version_number() != NOMEN_VERSION_NUMBER; }
END
lib=$(pkg-config --variable=libdir nomen)
# shellcheck disable=SC2046 # lists of flags
"$cc" -std=c11 "$work/use.c" $(pkg-config --cflags --libs nomen) -o "$work/shared"
# The archive with the shared libraries that it needs; --static would ask for the archives of those too.
# shellcheck disable=SC2046
"$cc" -std=c11 "$work/use.c" $(pkg-config --cflags nomen) "$lib/libnomen.a" \
    $(pkg-config --libs $(pkg-config --print-requires-private nomen)) -lcsv -pthread -lm -o "$work/static"
# What a program is bound to: until 1.0 the minor version, in the library's name and in its symbols' version.
case $wanted in
0.*) bound=${wanted%.*} ;;
*) bound=${wanted%%.*} ;;
esac
ldd "$work/shared" | grep -q "libnomen.so.$bound =>" || { echo "the program needs another name than libnomen.so.$bound"; exit 1; }
unversioned=$(nm -D --defined-only "$lib/libnomen.so" | awk -v v="@@NOMEN_${wanted%.*}" '$2 != "A" && index($3, v) == 0 { print $3 }')
[ -z "$unversioned" ] || { echo "without the version NOMEN_${wanted%.*}: $unversioned"; exit 1; }

# find_package, which asks for this version; the next one is refused.
mkdir "$work/cmake"
cp "$work/use.c" "$work/cmake"
cat >"$work/cmake/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(use LANGUAGES C)
find_package(nomen ${WANTED} REQUIRED)
add_executable(use use.c)
target_link_libraries(use PRIVATE nomen::nomen)
END
find_package() { # VERSION
    rm -rf "$work/cmake/build"
    "$cmake" -S "$work/cmake" -B "$work/cmake/build" -DWANTED="$1" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$work/prefix" \
        >"$work/log" 2>&1
}
find_package "$wanted" && "$cmake" --build "$work/cmake/build" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cp "$work/cmake/build/use" "$work/packaged"
! find_package 999 || { echo "version 999 was asked for, and find_package found $wanted"; exit 1; }

for kind in shared static packaged; do
    found=$(LD_LIBRARY_PATH=$lib "$work/$kind")
    [ "$found" = "$wanted" ] || { echo "$kind: version $found, expected $wanted"; exit 1; }
done
# The example of README, as a reader would build it. There is no model here, and it has to say that.
awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$source/README.md" >"$work/example.c"
# shellcheck disable=SC2046
"$cc" -std=c11 -Wall -Wextra $("$source/scripts/werror.sh" "$cc") "$work/example.c" $(pkg-config --cflags --libs nomen) -o "$work/example"
code=0
(cd "$work" && LD_LIBRARY_PATH=$lib ./example) >"$work/said" 2>&1 || code=$?
if [ $code -ne 1 ] || ! grep -q '^my-model: ' "$work/said"; then
    echo "the example of README.md, without a model, ends with $code and says:"
    cat "$work/said"
    exit 1
fi
if [ -e "$work/prefix/bin/nomen" ]; then
    found=$("$work/prefix/bin/nomen" --version)
    case $found in
    *"$wanted"*) ;;
    *) echo "the installed program says \"$found\", expected $wanted"; exit 1 ;;
    esac
fi
echo "installed, moved, and used as a shared and as a static library, by pkg-config and by CMake"
