/* The 8-bit kernels for NEON with the dot product of ARMv8.2: four products and their sum at once. */
#define NOMEN_SIMD_NEON
#define NOMEN_INT8_KERNELS nomen_int8_neondot
#define NOMEN_KERNELS_NAME "neondot"
#include "math/vmath.h"

#include "math/lanes.inc.h"

SIMD int32x4_t simd_dot(int32x4_t sum, int32x4_t a, int32x4_t w) {
    return vdotq_s32(sum, vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(w));
}
SIMD nomen_i16 i16_dot4_whole(nomen_i16 sum, nomen_i16 a, nomen_i16 w) {
    return (nomen_i16){{simd_dot(sum.q[0], a.q[0], w.q[0]), simd_dot(sum.q[1], a.q[1], w.q[1]),
                        simd_dot(sum.q[2], a.q[2], w.q[2]), simd_dot(sum.q[3], a.q[3], w.q[3])}};
}

#define INT8_DOT i16_dot4_whole
#define INT8_FLIP 0
#include "math/int8.inc.h"
