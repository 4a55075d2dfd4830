/*
 * Inside of weights: an open file of named tensors, whatever its container. The containers
 * (safetensors.c, torch_file.c) fill in where each tensor's elements lie; reading turns them into
 * one row-major array of reals.
 */
#ifndef NOMEN_MODEL_TENSOR_FILE_H
#define NOMEN_MODEL_TENSOR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "math/ops.h"

/* Stored types; the names are safetensors'. Only floating point ones can be read as reals. */
typedef enum nomen_dtype {
    NOMEN_DTYPE_F32 = 0,
    NOMEN_DTYPE_F16,
    NOMEN_DTYPE_BF16,
    NOMEN_DTYPE_F64,
    NOMEN_DTYPE_BOOL,
    NOMEN_DTYPE_U8,
    NOMEN_DTYPE_I8,
    NOMEN_DTYPE_I16,
    NOMEN_DTYPE_U16,
    NOMEN_DTYPE_I32,
    NOMEN_DTYPE_U32,
    NOMEN_DTYPE_I64,
    NOMEN_DTYPE_U64,
    NOMEN_DTYPE_F8_E4M3,
    NOMEN_DTYPE_F8_E5M2,
    NOMEN_DTYPE_C64
} nomen_dtype;

const char *nomen_dtype_name(nomen_dtype dtype);
size_t nomen_dtype_size(nomen_dtype dtype); /* bytes of an element */
bool nomen_dtype_find(const char *name, nomen_dtype *out);

/* PyTorch's own limit is 64; weights have at most 4. */
enum { NOMEN_TENSOR_DIMS = 8 };

/* No model has so many; bounds what a small hostile file can make nomen allocate. */
enum { NOMEN_TENSOR_MOST = 65536 };

typedef struct nomen_tensor {
    char *name; /* owned */
    nomen_dtype dtype;
    size_t n_dims;
    size_t shape[NOMEN_TENSOR_DIMS];
    size_t stride[NOMEN_TENSOR_DIMS]; /* elements */
    size_t storage;                   /* index of the storage that holds it */
    size_t offset;                    /* of its first element in the storage, in bytes */
} nomen_tensor;

/* Bytes that tensors lie in: a part of the mapping, or a member of an archive, read when asked for. */
typedef struct nomen_storage {
    const uint8_t *bytes; /* NULL for a member of an archive */
    size_t n_bytes;
    uint64_t member;
} nomen_storage;

typedef struct nomen_tensor_file nomen_tensor_file;

/* A container whose storages are members, read one at a time. */
typedef struct nomen_archive_ops {
    /* The member's bytes, checked and freed with nomen_mem_free. */
    nomen_status (*read_member)(nomen_tensor_file *file, const nomen_storage *storage, uint8_t **out, nomen_error *err);
    void (*close)(void *archive);
} nomen_archive_ops;

struct nomen_tensor_file {
    char *path;
    nomen_mapping mapping;
    nomen_tensor *tensors;
    size_t n_tensors;
    nomen_storage *storages;
    size_t n_storages;
    const nomen_archive_ops *archive_ops; /* NULL: the mapping holds all bytes */
    void *archive;
    uint8_t *member_bytes; /* the member read last */
    size_t member_storage; /* its storage */
};

/* Opens by container. The whole structure is checked; *out is to be closed. */
nomen_status nomen_tensor_file_open_safetensors(const char *path, nomen_tensor_file *out, nomen_error *err);
nomen_status nomen_tensor_file_open_torch(const char *path, nomen_tensor_file *out, nomen_error *err);

/* Writes all elements of a tensor, row-major, into `out`. */
nomen_status nomen_tensor_file_read(nomen_tensor_file *file, const nomen_tensor *tensor, nomen_real *out, nomen_error *err);

/* The same of a tensor stored as I8, row by row without gaps. */
nomen_status nomen_tensor_file_read_int8(nomen_tensor_file *file, const nomen_tensor *tensor, int8_t *out, nomen_error *err);

/* Frees what it holds and leaves {0}. */
void nomen_tensor_file_close(nomen_tensor_file *file);

/* For the containers: maps `path` into a fresh *file, and refuses a Git LFS pointer by name. */
nomen_status nomen_tensor_file_map(const char *path, nomen_tensor_file *file, nomen_error *err);

/* Whether a tensor has this shape. */
bool nomen_tensor_has_shape(const nomen_tensor *tensor, const size_t *shape, size_t n_dims);

/* For the containers: elements of a shape, or false when they are more than a size_t holds. */
bool nomen_tensor_elements(const size_t *shape, size_t n_dims, size_t *out);

#endif
