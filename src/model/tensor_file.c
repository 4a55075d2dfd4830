/* Types, widening and strided reading of stored tensors. */
#include "model/tensor_file.h"

#include <string.h>

#include "base/mem.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "weight files are little-endian and are read without conversion, but this machine is big-endian"
#endif

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [NOMEN_DTYPE_F32] = {"F32", 4}, [NOMEN_DTYPE_F16] = {"F16", 2},         [NOMEN_DTYPE_BF16] = {"BF16", 2},
    [NOMEN_DTYPE_F64] = {"F64", 8}, [NOMEN_DTYPE_BOOL] = {"BOOL", 1},       [NOMEN_DTYPE_U8] = {"U8", 1},
    [NOMEN_DTYPE_I8] = {"I8", 1},   [NOMEN_DTYPE_I16] = {"I16", 2},         [NOMEN_DTYPE_U16] = {"U16", 2},
    [NOMEN_DTYPE_I32] = {"I32", 4}, [NOMEN_DTYPE_U32] = {"U32", 4},         [NOMEN_DTYPE_I64] = {"I64", 8},
    [NOMEN_DTYPE_U64] = {"U64", 8}, [NOMEN_DTYPE_F8_E4M3] = {"F8_E4M3", 1}, [NOMEN_DTYPE_F8_E5M2] = {"F8_E5M2", 1},
    [NOMEN_DTYPE_C64] = {"C64", 8},
};

const char *nomen_dtype_name(nomen_dtype dtype) {
    return dtypes[dtype].name;
}

size_t nomen_dtype_size(nomen_dtype dtype) {
    return dtypes[dtype].size;
}

bool nomen_dtype_find(const char *name, nomen_dtype *out) {
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(dtypes[i].name, name) == 0) {
            *out = (nomen_dtype)i;
            return true;
        }
    }
    return false;
}

static float from_bits(uint32_t bits) {
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* IEEE binary16 to binary32: exact, NaN payloads kept. */
static float from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 31u;
    uint32_t fraction = half & 1023u;
    if (exponent == 31) { return from_bits(sign | 0x7f800000u | fraction << 13); }
    if (exponent != 0) { return from_bits(sign | (exponent + 112) << 23 | fraction << 13); }
    float magnitude = (float)fraction * 0x1p-24f; /* subnormal or zero */
    return sign ? -magnitude : magnitude;
}

/* One element as a real. memcpy, as a tensor may lie at any byte. */
static nomen_real element(const uint8_t *bytes, nomen_dtype dtype) {
    uint16_t half;
    float single;
    double wide;
    switch (dtype) {
    case NOMEN_DTYPE_F16: memcpy(&half, bytes, sizeof half); return (nomen_real)from_half(half);
    case NOMEN_DTYPE_BF16: memcpy(&half, bytes, sizeof half); return (nomen_real)from_bits((uint32_t)half << 16);
    case NOMEN_DTYPE_F64: memcpy(&wide, bytes, sizeof wide); return (nomen_real)wide;
    default: memcpy(&single, bytes, sizeof single); return (nomen_real)single;
    }
}

bool nomen_tensor_elements(const size_t *shape, size_t n_dims, size_t *out) {
    size_t n = 1;
    for (size_t i = 0; i < n_dims; i++) {
        if (__builtin_mul_overflow(n, shape[i], &n)) { return false; }
    }
    *out = n;
    return true;
}

bool nomen_tensor_has_shape(const nomen_tensor *tensor, const size_t *shape, size_t n_dims) {
    bool same = tensor->n_dims == n_dims;
    for (size_t d = 0; same && d < n_dims; d++) { same = tensor->shape[d] == shape[d]; }
    return same;
}

/* Whether the elements lie one after the other in row-major order. */
static bool contiguous(const nomen_tensor *tensor) {
    size_t expected = 1;
    for (size_t i = tensor->n_dims; i-- > 0;) {
        if (tensor->shape[i] != 1 && tensor->stride[i] != expected) { return false; }
        expected *= tensor->shape[i];
    }
    return true;
}

static void read_contiguous(nomen_real *out, const uint8_t *bytes, nomen_dtype dtype, size_t n) {
    size_t size = nomen_dtype_size(dtype);
    for (size_t i = 0; i < n; i++) { out[i] = element(bytes + i * size, dtype); }
}

/* Whether the elements' bytes are those of reals as they lie in memory. */
static bool needs_no_change(const nomen_tensor *tensor) {
    return tensor->dtype == NOMEN_DTYPE_F32 && sizeof(nomen_real) == sizeof(float) && contiguous(tensor);
}

/* Counts an index through the shape, last dimension fastest. n > 0. */
static void read_strided(nomen_real *out, const uint8_t *bytes, const nomen_tensor *tensor, size_t n) {
    size_t size = nomen_dtype_size(tensor->dtype);
    size_t index[NOMEN_TENSOR_DIMS] = {0};
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = element(bytes + at * size, tensor->dtype);
        for (size_t d = tensor->n_dims; d-- > 0;) {
            at += tensor->stride[d];
            if (++index[d] < tensor->shape[d]) { break; }
            at -= tensor->stride[d] * tensor->shape[d];
            index[d] = 0;
        }
    }
}

/* The bytes of a storage; an archive's member is kept until another one is asked for. */
static nomen_status storage_bytes(nomen_tensor_file *file, size_t index, const uint8_t **out, nomen_error *err) {
    const nomen_storage *storage = &file->storages[index];
    *out = storage->bytes;
    if (storage->bytes != NULL || file->archive_ops == NULL) { return NOMEN_OK; }
    if (file->member_bytes == NULL || file->member_storage != index) {
        nomen_mem_free(file->member_bytes);
        file->member_bytes = NULL;
        nomen_status status = file->archive_ops->read_member(file, storage, &file->member_bytes, err);
        if (status != NOMEN_OK) { return status; }
        file->member_storage = index;
    }
    *out = file->member_bytes;
    return NOMEN_OK;
}

/* The bytes of a contiguous tensor as they lie. */
static nomen_status read_bytes(nomen_tensor_file *file, const nomen_tensor *tensor, void *out, size_t n_bytes, nomen_error *err) {
    const uint8_t *bytes = file->storages[tensor->storage].bytes;
    if (bytes != NULL) {
        size_t offset = (size_t)(bytes - file->mapping.data) + tensor->offset;
        return nomen_mapping_read(&file->mapping, offset, out, n_bytes, file->path, err);
    }
    nomen_status status = storage_bytes(file, tensor->storage, &bytes, err);
    if (status == NOMEN_OK) { memcpy(out, bytes + tensor->offset, n_bytes); }
    return status;
}

nomen_status nomen_tensor_file_read(nomen_tensor_file *file, const nomen_tensor *tensor, nomen_real *out, nomen_error *err) {
    size_t n = 0;
    if (tensor->dtype > NOMEN_DTYPE_F64) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "%s: tensor \"%s\" is stored as %s; weights must be F32, F16, BF16 or F64", file->path,
                               tensor->name, nomen_dtype_name(tensor->dtype));
    }
    if (!nomen_tensor_elements(tensor->shape, tensor->n_dims, &n) || n == 0) { return NOMEN_OK; }
    if (needs_no_change(tensor)) { return read_bytes(file, tensor, out, n * sizeof *out, err); } /* as nearly all */
    const uint8_t *bytes = NULL;
    nomen_status status = storage_bytes(file, tensor->storage, &bytes, err);
    if (status != NOMEN_OK) { return status; }
    bytes += tensor->offset;
    if (contiguous(tensor)) {
        read_contiguous(out, bytes, tensor->dtype, n);
    } else {
        read_strided(out, bytes, tensor, n);
    }
    return NOMEN_OK;
}

nomen_status nomen_tensor_file_read_int8(nomen_tensor_file *file, const nomen_tensor *tensor, int8_t *out, nomen_error *err) {
    size_t n = 0;
    if (tensor->dtype != NOMEN_DTYPE_I8 || !contiguous(tensor) || !nomen_tensor_elements(tensor->shape, tensor->n_dims, &n)) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: tensor \"%s\" is not stored as I8 in row-major order",
                               file->path, tensor->name);
    }
    return n > 0 ? read_bytes(file, tensor, out, n, err) : NOMEN_OK;
}

nomen_status nomen_tensor_file_map(const char *path, nomen_tensor_file *file, nomen_error *err) {
    static const char pointer[] = "version https://git-lfs";
    *file = (nomen_tensor_file){0};
    file->path = nomen_mem_copy(path, strlen(path));
    if (file->path == NULL) { return nomen_error_memory(err, strlen(path), 1); }
    nomen_status status = nomen_mapping_open(path, &file->mapping, err);
    if (status != NOMEN_OK) { return status; }
    if (file->mapping.size >= sizeof pointer && memcmp(file->mapping.data, pointer, sizeof pointer - 1) == 0) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: is a Git LFS pointer, not the weights themselves; run \"git lfs pull\" there", path);
    }
    return NOMEN_OK;
}

void nomen_tensor_file_close(nomen_tensor_file *file) {
    for (size_t i = 0; i < file->n_tensors; i++) { nomen_mem_free(file->tensors[i].name); }
    nomen_mem_free(file->tensors);
    nomen_mem_free(file->storages);
    nomen_mem_free(file->member_bytes);
    if (file->archive_ops != NULL) { file->archive_ops->close(file->archive); }
    nomen_mapping_close(&file->mapping);
    nomen_mem_free(file->path);
    *file = (nomen_tensor_file){0};
}
