/*
 * One instruction set's kernels: included by each kernels_*.c, which defines NOMEN_KERNELS (the
 * name of the table), NOMEN_KERNELS_NAME and the NOMEN_SIMD_* that simd.h looks at.
 */
#include "math/kernels.h"
#include "math/simd.h"
#include "math/vmath.h"

#include "math/act.inc.h"

const nomen_kernels NOMEN_KERNELS = {
    .name = NOMEN_KERNELS_NAME,
    .exp = map_exp,
    .log = map_log,
    .erf = map_erf,
    .tanh = map_tanh,
    .act_forward = act_forward,
    .act_backward = act_backward,
};
