/* The kernels for AVX-512 (F, VL, DQ, BW). */
#define NOMEN_SIMD_AVX512
#define NOMEN_KERNELS nomen_kernels_avx512
#define NOMEN_INT8_KERNELS nomen_int8_avx512
#define NOMEN_KERNELS_NAME "avx512"
#include "math/kernels.inc.h"
