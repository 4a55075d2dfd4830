/* The kernels for NEON of AArch64. */
#define NOMEN_SIMD_NEON
#define NOMEN_KERNELS nomen_kernels_neon
#define NOMEN_INT8_KERNELS nomen_int8_neon
#define NOMEN_KERNELS_NAME "neon"
#include "math/kernels.inc.h"
