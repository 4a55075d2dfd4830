/*
 * Sixteen virtual lanes: the one vector type that every kernel of src/math is written over.
 *
 * How it works. A kernel is written once, over nomen_v16 (16 floats), nomen_i16 (16 int32) and
 * nomen_m16 (16 truth values), as static functions in a *.inc.h file. kernels.inc.h includes all of
 * those files and puts the functions into a table (struct nomen_kernels of kernels.h). Each of
 * kernels_avx512.c, _avx2.c, _neon.c and _plain.c compiles kernels.inc.h once, with flags of its own
 * (see CMakeLists.txt), and isa.c picks one table at run time. Everything outside calls
 * nomen_kernels_get()->something(...).
 *
 * To add an operation: write my_op.inc.h over v16_*, declare a member in struct nomen_kernels, name
 * the function in the table of kernels.inc.h. Kernels are serial and work on a range; the driver in
 * an ordinary .c file cuts the range and shares it out (base/threads.h).
 *
 * Every instruction set gives the same bits, because each operation here is either exact or rounded
 * once as IEEE 754 says: there are no approximate reciprocals, v16_fma is a true fused
 * multiply-add (in software where need be), sums over lanes use one tree, and maxima treat NaN and
 * signed zero alike. Two things to keep in mind: never let the number of lanes of the machine show
 * (a row of n elements is n/16 vectors and a v16_load_n tail, padded with what is neutral), and
 * never include this file outside a kernels_*.c, since it is compiled for one instruction set.
 * (The payload and sign of a NaN result are the processor's own; no promise is made for them.)
 *
 * Vector math functions (exp, erf, tanh...) over these types are in vmath.h.
 */
#ifndef NOMEN_MATH_SIMD_H
#define NOMEN_MATH_SIMD_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Sums in a wider format than float would give other bits. */
#if FLT_EVAL_METHOD != 0
#error "nomen needs float arithmetic in float (on 32-bit x86: -msse2 -mfpmath=sse)"
#endif

/* How operations and helpers on lanes are declared. */
#if defined(NOMEN_SIMD_PLAIN)
#define SIMD static inline __attribute__((unused)) /* always_inline costs minutes of compiling there */
#else
#define SIMD static inline __attribute__((always_inline, unused))
#endif

enum { V16 = 16 }; /* lanes; part of the format of results, so never another number */

/* One header for each instruction set. All define the same names, so a file includes exactly one of them, from here. */
#if defined(NOMEN_SIMD_AVX512)
#include "math/simd_avx512.h"
#elif defined(NOMEN_SIMD_AVX2)
#include "math/simd_avx2.h"
#elif defined(NOMEN_SIMD_NEON)
#include "math/simd_neon.h"
#elif defined(NOMEN_SIMD_PLAIN)
#include "math/simd_plain.h"
#else
#error "simd.h belongs in kernels_*.c alone, which say which instruction set they are for"
#endif

/*
 * What simd_*.h define (all static inline):
 *
 *   memory     v16_load(p) v16_store(p, a): 16 floats, any alignment
 *              v16_load_n(p, n) v16_store_n(p, a, n): the first n (0..16); the others read as 0 and
 *              are not touched in memory
 *              v16_load_quads(p0, p1, p2, p3): 4 floats from each address
 *              i16_load(p) i16_store(p, a): 16 int32
 *   floats     v16_set1(x) v16_zero() v16_add v16_sub v16_mul v16_div v16_sqrt
 *              v16_fma(a, b, c) = a b + c, v16_fnma(a, b, c) = c - a b, each rounded once
 *              v16_max(a, b) = a > b ? a : b, v16_min(a, b) = a < b ? a : b (so b where one is NaN)
 *              v16_abs v16_neg, v16_sign_of(a, s): a with the sign bit of s flipped in
 *              v16_transpose4(v): v[4] seen as four 4x4 blocks (quad q of v[0..3]), each transposed
 *   masks      v16_lt v16_le v16_eq (a, b) (false where one is NaN), i16_gt i16_eq (a, b),
 *              m16_and m16_or, m16_first(n): lanes 0..n-1,
 *              v16_select(m, a, b): a where m is true, else b; m16_bits(m): lane i as bit i
 *   integers   i16_set1 i16_add i16_sub i16_and i16_or i16_xor i16_shl(a, n) i16_shr(a, n) (logical)
 *              i16_mullo(a, b), i16_mulhi(a, b): low and high halves of unsigned 32x32 products,
 *              i16_iota(): 0..15
 *              i16_max(a, b) (signed), i16_store_bytes(p, a): the low byte of each lane
 *              i16_dot4(sum, a, w): sum + the four products of each lane's signed bytes, exact for
 *              bytes in [-127, 127]
 *   between    v16_to_i16 (rounds to nearest even; |a| < 2^31), i16_to_v16,
 *              v16_bits(a), v16_from_bits(i): the same bits
 *   lanes      v16_sum(a): ((l0+l8)+(l4+l12)) + ((l2+l10)+(l6+l14)) + the same of the odd lanes, that
 *              is halves added to halves: 8, 4, 2, 1 apart
 *              v16_hmax(a): the largest by v16_max in the same tree
 */

/* Fetches a cache line: into the nearest cache, or into the second. Never faults. */
#define NOMEN_PREFETCH(p) __builtin_prefetch((p), 0, 3)
#define NOMEN_PREFETCH_FAR(p) __builtin_prefetch((p), 0, 2)

/*
 * How far ahead kernels fetch what they walk through once, in floats: rows of activations that were
 * written a layer or a pass ago come from the last cache or from memory, and the processor's own
 * fetching stays too close ahead.
 */
enum { AHEAD_FLOATS = 512 };

#endif
