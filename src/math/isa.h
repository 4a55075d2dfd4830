/*
 * Which table of kernels is in use: chosen at the first call, from what the processor and the operating system can do
 * and from NOMEN_ISA. Threads may call these functions at the same time.
 */
#ifndef NOMEN_MATH_ISA_H
#define NOMEN_MATH_ISA_H

#include "math/kernels.h"

const nomen_kernels *nomen_kernels_get(void);
const nomen_int8_kernels *nomen_int8_kernels_get(void);

/* NULL where there are none: nomen_math_has_bf16. */
const nomen_gemm_kernels *nomen_bf16_kernels_get(void);

/* Whether the processor is one of AMD's, which want memory asked for in another way (gemm.c); no result depends on it. */
bool nomen_isa_is_amd(void);

/*
 * For tests alone: uses the named tables from now on and returns true, or returns false where the
 * processor (or the build) does not have them. NULL goes back to the choice of the first call. Packed
 * weights are not portable between tables.
 */
bool nomen_kernels_test_use(const char *name);

#endif
