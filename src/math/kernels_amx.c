/* The 8-bit kernels for AMX: tiles of 16 rows of 64 bytes, and AVX-512 for what surrounds them. */
#define NOMEN_SIMD_AVX512
#define NOMEN_SIMD_TILES
#define NOMEN_INT8_KERNELS nomen_int8_amx
#define NOMEN_KERNELS_NAME "amx"
#include "math/vmath.h"

#include "math/lanes.inc.h"

#include "math/int8.inc.h"
