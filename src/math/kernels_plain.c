/* The kernels in standard C, for any processor and as the reference implementation that tests compare with. */
#define NOMEN_SIMD_PLAIN
#define NOMEN_KERNELS nomen_kernels_plain
#define NOMEN_INT8_KERNELS nomen_int8_plain
#define NOMEN_KERNELS_NAME "plain"
#include "math/kernels.inc.h"
