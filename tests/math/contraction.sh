#!/bin/sh
# Looks for fused multiply-adds in the machine code of the library: the kernels' files have them, and
# no other file has one, which would mean that the compiler contracts expressions by itself.
# Usage: contraction.sh LIBNOMEN_A OBJDUMP; 77 means skipped.
set -eu
[ $# -eq 2 ] || { echo "usage: $0 LIBNOMEN_A OBJDUMP" >&2; exit 2; }
command -v "$2" >/dev/null || { echo "skipped: no objdump"; exit 77; }
"$2" -d --no-show-raw-insn "$1" | awk '
    # GNU: "kernels_avx2.c.o:     file format ..."; LLVM: ".../libnomen.a(kernels_avx2.c.o):	file format ..."
    /[ \t]file format / { file = $1; sub(/\)?:$/, "", file); sub(/^.*[(\/]/, "", file) }
    # x86: vfmadd213ps...; AArch64: fmadd, fmla and their negated forms
    $2 ~ /^(vfn?m(add|sub)[0-9]|fn?m(add|sub)$|fml[as]$)/ { count[file]++ }
    END {
        for (file in count) {
            kernel = file ~ /^kernels_(avx2|avx2vnni|avx512|avx512vnni|amx|neon|neondot)\.c/
            if (!kernel) { print file ": " count[file] " fused multiply-adds outside the vector kernels"; bad = 1 }
            else { kernels++ }
        }
        if (!kernels) { print "no fused multiply-adds in any kernel"; bad = 1 }
        exit bad
    }'
