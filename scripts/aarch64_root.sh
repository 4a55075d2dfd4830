#!/usr/bin/env bash
# Makes a directory with the arm64 libraries that nomen needs, for building with the cross compiler
# and running under qemu's user emulation. It needs no root, and adds no foreign architecture to the
# system: apt is given a state of its own, and the packages are unpacked, not installed.
#
#   scripts/aarch64_root.sh [DIR]        DIR: build/aarch64-root
#   cmake --preset aarch64 && cmake --build --preset aarch64
#   ctest --preset aarch64
#
# The machine's own apt sources are used. Where those have no arm64 packages (Ubuntu keeps them on
# another host), name a sources.list of your own in NOMEN_ARM64_SOURCES.
set -euo pipefail
cd "$(dirname "$0")/.."
root=${1:-build/aarch64-root}
packages='libc6-dev libgcc-s1 libjansson-dev libcsv-dev libzip-dev zlib1g-dev libcmocka-dev'
stamp="one /lib: $packages" # changes with what this script makes, so that an older root is made again

if [ "$(cat "$root/.packages" 2>/dev/null)" = "$stamp" ]; then
    echo "$root is there already" >&2
    exit 0
fi
for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null || { echo "$0: needs $tool" >&2; exit 1; }
done

rm -rf "$root"
mkdir -p "$root"
root=$(realpath "$root")
apt=$root/.apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/log"
: >"$apt/status"
options=(
    -o "APT::Architecture=arm64" -o "APT::Architectures::=arm64" -o "Dir::State=$apt" -o "Dir::State::lists=$apt/lists"
    -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives"
    -o "Dir::Log=$apt/log" -o "Debug::NoLocking=1" -o "Acquire::Languages=none" -o "APT::Sandbox::User=$(id -un)"
    -o "Binary::apt-get::APT::Keep-Downloaded-Packages=1" -o "DPkg::Post-Invoke=" -o "APT::Update::Post-Invoke="
)
if [ -n "${NOMEN_ARM64_SOURCES:-}" ]; then
    options+=(-o "Dir::Etc::sourcelist=$(realpath "$NOMEN_ARM64_SOURCES")" -o "Dir::Etc::sourceparts=-")
fi
echo "getting the arm64 packages: $packages" >&2
{
    apt-get "${options[@]}" update
    # shellcheck disable=SC2086 # a list
    apt-get "${options[@]}" install --yes --no-install-recommends --download-only $packages
} >"$apt/log/all" 2>&1 </dev/null || { tail -n 15 "$apt/log/all" >&2; exit 1; }

n=0
for package in "$apt"/archives/*.deb; do
    dpkg-deb --extract "$package" "$root"
    n=$((n + 1))
done
rm -rf "$apt"
# Debian 12 unpacks into /lib and /usr/lib, Debian 13 into /usr/lib alone, where the loader's path /lib/ld-linux-…
# is there only by the link that an installed system has. The root has it, and with it one folder of libraries.
if [ -d "$root/lib" ]; then
    cp -a "$root/lib/." "$root/usr/lib/"
    rm -rf "${root:?}/lib"
fi
ln -s usr/lib "$root/lib"
[ -e "$root/lib/ld-linux-aarch64.so.1" ] || { echo "$0: libc6 brought no /lib/ld-linux-aarch64.so.1" >&2; exit 1; }
printf '%s\n' "$stamp" >"$root/.packages"
echo "$n packages unpacked in $root" >&2
