#!/usr/bin/env bash
# Fuzzes the readers of data files with libFuzzer under the address and undefined-behaviour sanitizers.
#
#   tests/torture/fuzz_data.sh [SECONDS] [FORMAT...]
#
# Each FORMAT (default: all) runs for SECONDS (default 60) from the files of tests/data/exports and a corpus that stays in
# build/fuzz/corpus. What stops it is kept in build/fuzz/FORMAT-crash-*: strip its first two bytes (the choice of options)
# and put it into tests/data/crashers, where fuzz_data_replay tries it under every choice from then on. Needs clang with its
# compiler-rt (Debian: clang, libclang-rt-14-dev).
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
out=build/fuzz
mkdir -p $out

# Archives of data are read where these libraries are, as in the build.
have() { if pkg-config --exists "$1"; then echo 1; else echo 0; fi; }
archives="-DNOMEN_HAVE_ZLIB=$(have zlib) -DNOMEN_HAVE_LIBZIP=$(have libzip)"
for library in zlib libzip; do [ "$(have $library)" = 0 ] || archives="$archives $(pkg-config --cflags --libs $library)"; done

# shellcheck disable=SC2086 # a list of flags
${CC:-clang} -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -D_GNU_SOURCE -Isrc -Iinclude \
    tests/torture/fuzz_data.c src/base/[a-z]*.c src/text/[a-z]*.c src/data/[a-z]*.c \
    -lcsv -ljansson -lm $archives -o $out/fuzz_data

failed=
if [ $# = 0 ]; then
    mapfile -t all < <(NOMEN_FUZZ_LIST=1 $out/fuzz_data)
    set -- "${all[@]}"
fi
for format; do
    corpus=$out/corpus/$format
    if [ ! -d "$corpus" ]; then
        mkdir -p "$corpus"
        for seed in tests/data/exports/$format-*; do
            { printf '\0\0'; cat "$seed"; } >"$corpus/${seed##*/}" # two bytes for the choice of options
            { printf '\0\0'; gzip -nc "$seed"; } >"$corpus/${seed##*/}.gz"
            ! command -v zip >/dev/null || { printf '\0\0'; zip -qXj - "$seed" | cat; } >"$corpus/${seed##*/}.zip"
        done
    fi
    log=$out/$format.log
    if NOMEN_FUZZ_FORMAT=$format $out/fuzz_data -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=2048 -timeout=10 \
        -artifact_prefix=$out/$format- "$corpus" >"$log" 2>&1; then
        echo "$format: $(grep -oE '^Done [0-9]+ runs in [0-9]+ second' "$log")s, no fault"
    else
        echo "$format: FAULT, see $log"
        failed=yes
    fi
done
[ -z "$failed" ]
