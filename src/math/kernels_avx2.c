/* The kernels for AVX2 and FMA. */
#define NOMEN_SIMD_AVX2
#define NOMEN_KERNELS nomen_kernels_avx2
#define NOMEN_INT8_KERNELS nomen_int8_avx2
#define NOMEN_KERNELS_NAME "avx2"
#include "math/kernels.inc.h"
