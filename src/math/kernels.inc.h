/*
 * One instruction set's kernels: included by each kernels_*.c, which defines NOMEN_KERNELS and
 * NOMEN_INT8_KERNELS (the names of the tables), NOMEN_KERNELS_NAME and the NOMEN_SIMD_* that simd.h looks at.
 */
#include <math.h>

#include "math/kernels.h"
#include "math/simd.h"
#include "math/vmath.h"

#include "math/act.inc.h"
#include "math/lanes.inc.h"

#include "math/dropout.inc.h"
#include "math/norm.inc.h"
#include "math/rows.inc.h"
#include "math/small.inc.h"

#include "math/attention.inc.h"
#include "math/gemm_float.inc.h"
#include "math/int8.inc.h"

const nomen_kernels NOMEN_KERNELS = {
    .name = NOMEN_KERNELS_NAME,
    .exp = map_exp,
    .log = map_log,
    .erf = map_erf,
    .tanh = map_tanh,
    .act_forward = act_forward,
    .act_backward = act_backward,
    .norm_forward = norm_forward,
    .norm_backward = norm_backward,
    .dropout = dropout_row,
    .attention_forward = attention_forward,
    .attention_backward = attention_backward,
    .add3 = add3,
    .accumulate = accumulate,
    .softmax = softmax,
    .log_sum_exp = log_sum_exp,
    .cross_entropy = cross_entropy,
    .focal = focal,
    .sgd = sgd,
    .adamw = adamw,
    .sgd_momentum = sgd_momentum,
    .lion = lion,
    .scale = scale,
    .approach = approach,
    .square_add = square_add,
    .gemm = GEMM_KERNELS,
};
