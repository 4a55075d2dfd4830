#!/usr/bin/env bash
# Runs all tests on a bare Debian 12 or 13 or Ubuntu 24.04 machine: installs what is missing (and says
# what), builds every configuration, runs the tests under the sanitizers, then the whole suite on the
# release build with the live comparisons with Hugging Face. The closing count is that of ctest; after it
# stand the durations of the stages, and what failed before.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/setup.sh
. scripts/setup.sh
# shellcheck source=scripts/model.sh
. scripts/model.sh

usage() {
    cat <<END
usage: ./test.sh [--quick] [--no-install] [--no-parity]

  --quick       the release build and its tests alone, without the sanitizers
  --no-install  install nothing; say what is missing
  --no-parity   leave out the live comparisons with Hugging Face

With CI=true in the environment, a comparison or a sanitizer that can't run is a failure.
END
}

quick=no parity=yes
for argument; do
    case $argument in
    --quick) quick=yes ;;
    --no-install) install=no ;;
    --no-parity) parity=no ;;
    -h | --help) usage; exit 0 ;;
    *) say "./test.sh: unknown argument $argument"; usage >&2; exit 2 ;;
    esac
done
in_ci=no
[ "${CI:-}" = true ] && in_ci=yes
failed=()
skipped() { # WHAT WHY: one line, or a failure in CI
    say "skipped: $1: $2"
    [ "$in_ci" = no ] || failed+=("$1 (skipped)")
}

# Tests of checkpoints sync thousands of files, for which a busy disk takes minutes: they are in memory where there is room.
# (Some memory file systems let no program run, and some tests build one.)
in_memory() { # DIRECTORY
    local probe
    [ -d "$1" ] && [ -w "$1" ] && [ "$(df --output=avail -k "$1" | tail -n 1)" -gt 4000000 ] || return 1
    probe=$(mktemp "$1/nomen.XXXXXX") || return 1
    printf '#!/bin/sh\n' >"$probe"
    chmod +x "$probe"
    local code=0
    "$probe" 2>/dev/null || code=$?
    rm -f "$probe"
    return $code
}
if [ -z "${TMPDIR:-}" ] && in_memory /dev/shm; then export TMPDIR=/dev/shm; fi

# Several tests at a time share the processors, so waiting threads must not spin.
export OMP_WAIT_POLICY=passive
tests() { # PRESET [ctest's options]
    local preset=$1
    shift
    ctest --preset "$preset" --parallel "$(nproc)" "$@" || failed+=("tests of $preset")
}
# Labels that are left out: under sanitizers the comparisons, checks and speed, which say nothing there;
# besides, where the build is slow, the failing of every allocation (memory: asan and ubsan have it), and what trains in a
# child process (fork), as the thread sanitizer ends a child that starts threads; under the emulator what calls the program
# from a shell.
not_sanitized='parity|checks|aarch64|speed'
not_tsan="$not_sanitized|memory|fork"
not_emulated="$not_tsan|cli|e2e"

stage "packages"
# shellcheck disable=SC2086 # a list
need_packages $build_packages binutils g++ libcmocka-dev git shellcheck locales
if [ "$parity" = yes ]; then need_packages ca-certificates python3 python3-venv; fi
if [ "$parity" = yes ] && [ "$install" = yes ]; then
    (need_packages chromium chromium-driver) || skipped "the service's page" "chromium can't be installed"
fi
if [ "$install" = yes ]; then
    (need_packages libopenmpi-dev openmpi-bin) || skipped "many processes" "Open MPI can't be installed"
fi
if [ "$quick" = no ] && [ "$install" = yes ]; then (need_packages abigail-tools) || say "the ABI will not be checked"; fi
tsan=no aarch64=no
if [ "$quick" = no ]; then
    if [ "$install" = yes ]; then
        need_packages clang libclang-rt-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
    fi
    if have_aarch64; then aarch64=yes; else skipped "aarch64" "gcc-aarch64-linux-gnu and qemu-user are not both there"; fi
    if have_tsan; then tsan=yes; else skipped "tsan" "clang and libclang-rt-dev are not both there"; fi
fi

unset NOMEN_PYTHON
if [ "$parity" = yes ]; then
    stage "Python environment of the comparisons (build/venv)"
    mkdir -p build
    if make_venv build/venv && fill_venv build/venv tests/parity/requirements.txt; then
        export NOMEN_PYTHON=$PWD/build/venv/bin/python
        model=build/models/all-MiniLM-L6-v2 # real weights, for the comparison of logits and gradients
        if ! model_is_good "$model"; then
            need_packages ca-certificates curl
            (get_model "$model") || skipped "comparison on all-MiniLM's weights" "they can't be had"
        fi
    else
        skipped "comparisons with Hugging Face" \
            "no package index is reachable, or it lacks the pinned versions: $(tail -n 1 build/venv/install.log 2>/dev/null)"
        parity=no
    fi
fi
# Without it the comparisons are left out by name; a test never guesses why Python is missing. Speed is measured
# by bench/, on a quiet machine, not here.
release_options=(-LE speed)
[ "$parity" = yes ] || release_options=(-LE 'parity|speed')

if [ "$quick" = no ]; then
    stage "build, warnings are errors with the compilers that CI knows (dev)"
    build_preset dev || die "the build failed"
    scripts/check_abi . build/dev/libnomen.so || [ $? -eq 77 ] || failed+=("check_abi")
    stage "asan and ubsan in one program"
    build_preset asan-ubsan || die "the build failed"
    tests asan-ubsan -LE "$not_sanitized"
    if [ "$tsan" = yes ]; then
        stage "tsan, built by clang, whose warnings are errors, too"
        build_preset tsan || die "the build failed"
        # By itself the runtime sleeps a second at each program's end, to see races with what ends there: with all that the tests
        # run that was half of the stage. A fiftieth of a second lets other threads get there, too.
        tsan=(env "TSAN_OPTIONS=atexit_sleep_ms=20 ${TSAN_OPTIONS:-}")
        race=build/tsan/race
        clang -g -pthread -fsanitize=thread tests/tsan/race.c -o $race
        # The runtime can't place its shadow memory on kernels with wide address randomisation.
        if ! "${tsan[@]}" $race locked 2>/dev/null; then tsan+=(setarch --addr-no-randomize); fi
        if "${tsan[@]}" $race locked 2>/dev/null; then
            if "${tsan[@]}" $race 2>/dev/null; then failed+=("tsan, which misses the race of tests/tsan/race.c"); fi
            "${tsan[@]}" ctest --preset tsan --parallel "$(nproc)" -LE "$not_tsan" || failed+=("tests of tsan")
        else
            skipped "tsan" "its runtime does not start on this kernel"
        fi
    fi
    if [ "$aarch64" = yes ]; then
        stage "aarch64 under qemu"
        if scripts/aarch64_root.sh; then
            build_preset aarch64 || die "the build failed"
            tests aarch64 -LE "$not_emulated"
        else
            skipped "aarch64" "its libraries can't be had (see scripts/aarch64_root.sh)"
        fi
    fi
fi

stage "release"
build_preset release || die "the build failed"

stage "all tests (release)"
tests release "${release_options[@]}"
print_stages

if [ ${#failed[@]} -gt 0 ]; then
    say "FAILED: ${failed[*]}"
    exit 1
fi
