/*
 * The safetensors container: eight bytes of header length, a JSON header, and the tensors' bytes one
 * after the other. What is accepted is what the safetensors library accepts, less a few spellings
 * that no writer uses; the bytes are read where they are mapped.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/tensor_file.h"

/* The library's own limit on the header. */
enum { MOST_HEADER = 100000000 };

/* What a scan of the header has seen outside of strings. */
typedef struct header_scan {
    size_t depth;
    size_t n_objects;
    size_t n_items; /* commas in the innermost array or object */
} header_scan;

/*
 * Reads one byte outside of strings. A header is objects in one object, with arrays of whole
 * numbers: anything else has no meaning there (and spellings such as -0 or 1.0, which JSON parsers
 * read in different ways, are no sizes).
 */
static bool scan_byte(header_scan *scan, char byte) {
    switch (byte) {
    case '{': scan->n_objects++; return ++scan->depth <= 2;
    case '[': scan->n_items = 0; return ++scan->depth == 3;
    case '}':
    case ']': return scan->depth-- > 0;
    case ',': return scan->depth < 3 || ++scan->n_items < NOMEN_TENSOR_DIMS;
    case ':':
    case ' ':
    case '\t':
    case '\n':
    case '\r': return true;
    default: return byte >= '0' && byte <= '9' && scan->depth == 3;
    }
}

/* Refuses, before a JSON tree is made, headers whose tree could be far larger than their text. */
static nomen_status scan_header(const char *path, const char *header, size_t n, nomen_error *err) {
    header_scan scan = {0};
    bool in_string = false;
    if (n == 0 || header[0] != '{') {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: the header does not begin with '{', so this is not a safetensors file", path);
    }
    for (size_t i = 0; i < n; i++) {
        if (header[i] == '"') {
            in_string = !in_string;
        } else if (in_string) {
            i += header[i] == '\\';
        } else if (!scan_byte(&scan, header[i])) {
            return nomen_error_set(
                err, NOMEN_ERROR_FORMAT,
                "%s: byte %zu of the header is not allowed in a safetensors header (tensors have at most %d dimensions)", path, i,
                NOMEN_TENSOR_DIMS);
        }
    }
    if (scan.n_objects > NOMEN_TENSOR_MOST) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "%s: the header names more than %d tensors", path, NOMEN_TENSOR_MOST);
    }
    return NOMEN_OK;
}

/* Whole numbers of an array into out[most]; false when it is anything else. */
static bool get_sizes(const json_t *array, size_t most, size_t *out, size_t *n) {
    if (!json_is_array(array) || json_array_size(array) > most) { return false; }
    *n = json_array_size(array);
    for (size_t i = 0; i < *n; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_integer(item) || json_integer_value(item) < 0) { return false; }
        out[i] = (size_t)json_integer_value(item);
    }
    return true;
}

/* Reads one tensor's entry; the name is filled in by the caller. */
static nomen_status parse_entry(const char *path, const char *name, const json_t *entry, nomen_tensor *tensor, size_t offsets[2],
                                nomen_error *err) {
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    size_t n_offsets = 0;
    if (!json_is_object(entry) || json_object_size(entry) != 3 || dtype == NULL ||
        !get_sizes(json_object_get(entry, "shape"), NOMEN_TENSOR_DIMS, tensor->shape, &tensor->n_dims) ||
        !get_sizes(json_object_get(entry, "data_offsets"), 2, offsets, &n_offsets) || n_offsets != 2) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: tensor \"%s\" needs a dtype, a shape and two data_offsets, and nothing else", path, name);
    }
    if (!nomen_dtype_find(dtype, &tensor->dtype)) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: tensor \"%s\" has the unknown dtype \"%s\"", path, name, dtype);
    }
    size_t n = 0;
    if (!nomen_tensor_elements(tensor->shape, tensor->n_dims, &n) ||
        __builtin_mul_overflow(n, nomen_dtype_size(tensor->dtype), &n) || offsets[1] < offsets[0] ||
        offsets[1] - offsets[0] != n) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: tensor \"%s\": data_offsets %zu to %zu do not match its shape and dtype %s", path, name,
                               offsets[0], offsets[1], dtype);
    }
    tensor->offset = offsets[0];
    size_t stride = 1;
    for (size_t d = tensor->n_dims; d-- > 0;) {
        tensor->stride[d] = stride;
        stride *= tensor->shape[d];
    }
    return NOMEN_OK;
}

/* __metadata__ holds text only; transformers asks for it, nomen does not. */
static nomen_status check_metadata(const char *path, const json_t *metadata, nomen_error *err) {
    const char *key;
    json_t *value;
    bool fine = json_is_object(metadata);
    json_object_foreach((json_t *)(uintptr_t)metadata, key, value) {
        fine = fine && json_is_string(value);
    }
    if (fine) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"__metadata__\" must be an object of strings", path);
}

/* A tensor's place, for the check that together they fill the file. */
typedef struct extent {
    size_t start, end;
    const char *name;
} extent;

static int compare_extents(const void *a, const void *b) {
    const extent *x = a;
    const extent *y = b;
    if (x->start != y->start) { return x->start < y->start ? -1 : 1; }
    return x->end == y->end ? 0 : x->end < y->end ? -1 : 1;
}

/* The library allows neither gaps nor overlaps nor bytes after the last tensor. */
static nomen_status check_extents(const char *path, extent *extents, size_t n, size_t n_bytes, nomen_error *err) {
    size_t at = 0;
    qsort(extents, n, sizeof *extents, compare_extents);
    for (size_t i = 0; i < n; i++) {
        if (extents[i].start != at) {
            return nomen_error_set(
                err, NOMEN_ERROR_FORMAT,
                "%s: tensor \"%s\" begins at byte %zu of the data, expected %zu: tensors overlap or leave a gap", path,
                extents[i].name, extents[i].start, at);
        }
        at = extents[i].end;
    }
    if (at != n_bytes) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: the header describes %zu bytes of data, but the file has %zu; it was cut off or damaged",
                               path, at, n_bytes);
    }
    return NOMEN_OK;
}

/* Turns the parsed header into the file's tensors. */
static nomen_status read_tensors(nomen_tensor_file *file, const json_t *header, size_t n_data, nomen_error *err) {
    const char *name;
    json_t *entry;
    size_t most = json_object_size(header);
    extent *extents = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(extents, most, err));
    NOMEN_TRY(NOMEN_NEW(file->tensors, most, err));
    json_object_foreach((json_t *)(uintptr_t)header, name, entry) {
        if (strcmp(name, "__metadata__") == 0) {
            NOMEN_TRY(check_metadata(file->path, entry, err));
            continue;
        }
        nomen_tensor tensor = {0};
        size_t offsets[2] = {0};
        NOMEN_TRY(parse_entry(file->path, name, entry, &tensor, offsets, err));
        if ((tensor.name = nomen_mem_copy(name, strlen(name))) == NULL) { NOMEN_FAIL(nomen_error_memory(err, strlen(name), 1)); }
        extents[file->n_tensors] = (extent){offsets[0], offsets[1], tensor.name};
        file->tensors[file->n_tensors++] = tensor;
    }
    status = check_extents(file->path, extents, file->n_tensors, n_data, err);
done:
    nomen_mem_free(extents);
    return status;
}

/* Finds the header's text; *data_start is where the tensors' bytes begin. */
static nomen_status find_header(const nomen_tensor_file *file, size_t *data_start, nomen_error *err) {
    uint64_t n = 0;
    size_t size = file->mapping.size;
    if (size < 8) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has %zu bytes, too few for a safetensors file", file->path, size);
    }
    memcpy(&n, file->mapping.data, 8);
    if (n > MOST_HEADER || n > size - 8) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: states a header of %llu bytes, but the file has %zu; it was cut off, or is not safetensors",
                               file->path, (unsigned long long)n, size);
    }
    *data_start = 8 + (size_t)n;
    return NOMEN_OK;
}

nomen_status nomen_tensor_file_open_safetensors(const char *path, nomen_tensor_file *out, nomen_error *err) {
    nomen_tensor_file file;
    json_t *header = NULL;
    size_t start = 0;
    nomen_status status;
    NOMEN_TRY(nomen_tensor_file_map(path, &file, err));
    NOMEN_TRY(find_header(&file, &start, err));
    const char *text = (const char *)file.mapping.data + 8;
    NOMEN_TRY(scan_header(path, text, start - 8, err));
    NOMEN_TRY(nomen_json_parse(text, start - 8, path, &header, err));
    NOMEN_TRY(NOMEN_NEW(file.storages, 1, err));
    file.n_storages = 1;
    file.storages[0] = (nomen_storage){file.mapping.data + start, file.mapping.size - start, 0};
    NOMEN_TRY(read_tensors(&file, header, file.mapping.size - start, err));
    *out = file;
    file = (nomen_tensor_file){0};
done:
    json_decref(header);
    nomen_tensor_file_close(&file);
    return status;
}
