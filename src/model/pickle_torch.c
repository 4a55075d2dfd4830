/*
 * The names a pickled state dict may use, and what they stand for. The list is closed: a name that
 * is not on it is refused, so a file can't make nomen do anything but describe tensors.
 */
#include "model/pickle_torch.h"

#include <string.h>

#include "base/mem.h"

typedef enum name_use { USE_ORDERED_DICT, USE_TENSOR, USE_PARAMETER, USE_STORAGE } name_use;

static const struct {
    const char *module, *name;
    name_use use;
    nomen_dtype dtype; /* of USE_STORAGE */
} names[] = {
    {"collections", "OrderedDict", USE_ORDERED_DICT, 0},      {"torch._utils", "_rebuild_tensor_v2", USE_TENSOR, 0},
    {"torch._utils", "_rebuild_tensor", USE_TENSOR, 0}, /* before torch 0.4 */
    {"torch._utils", "_rebuild_parameter", USE_PARAMETER, 0}, {"torch", "FloatStorage", USE_STORAGE, NOMEN_DTYPE_F32},
    {"torch", "HalfStorage", USE_STORAGE, NOMEN_DTYPE_F16},   {"torch", "BFloat16Storage", USE_STORAGE, NOMEN_DTYPE_BF16},
    {"torch", "DoubleStorage", USE_STORAGE, NOMEN_DTYPE_F64}, {"torch", "LongStorage", USE_STORAGE, NOMEN_DTYPE_I64},
    {"torch", "IntStorage", USE_STORAGE, NOMEN_DTYPE_I32},    {"torch", "ShortStorage", USE_STORAGE, NOMEN_DTYPE_I16},
    {"torch", "CharStorage", USE_STORAGE, NOMEN_DTYPE_I8},    {"torch", "ByteStorage", USE_STORAGE, NOMEN_DTYPE_U8},
    {"torch", "BoolStorage", USE_STORAGE, NOMEN_DTYPE_BOOL},
};
enum { N_NAMES = sizeof names / sizeof *names };

static bool equals(const char *text, size_t n, const char *other) {
    return n == strlen(other) && memcmp(text, other, n) == 0;
}

/* A name from the file for a message: at most 80 characters, anything odd as '?'. */
static void printable(char out[81], const char *text, size_t n) {
    size_t used = n < 80 ? n : 80;
    for (size_t i = 0; i < used; i++) { out[i] = text[i] > ' ' && text[i] <= '~' ? text[i] : '?'; }
    out[used] = '\0';
}

static nomen_status find(nomen_pickle *p, const char *module, size_t n_module, const char *name, size_t n_name,
                         nomen_pickle_value *out, nomen_error *err) {
    for (size_t i = 0; i < N_NAMES; i++) {
        if (equals(module, n_module, names[i].module) && equals(name, n_name, names[i].name)) {
            *out = (nomen_pickle_value){.kind = NOMEN_PICKLE_GLOBAL, .integer = (int64_t)i};
            return NOMEN_OK;
        }
    }
    char shown_module[81], shown_name[81];
    printable(shown_module, module, n_module);
    printable(shown_name, name, n_name);
    return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                           "%s: the pickle uses \"%s.%s\", which a state dict does not need; nomen runs no code from files; save "
                           "the model's state_dict, or convert it to safetensors",
                           p->path, shown_module, shown_name);
}

static const nomen_pickle_value *item(const nomen_pickle *p, const nomen_pickle_value *tuple, size_t i) {
    return &p->values[p->items[tuple->first + i]];
}

/* Items of a tuple of whole numbers from 0 on; false when it is anything else. */
static bool get_sizes(const nomen_pickle *p, const nomen_pickle_value *tuple, size_t *out, size_t *n) {
    if (tuple->kind != NOMEN_PICKLE_TUPLE || tuple->last > NOMEN_TENSOR_DIMS) { return false; }
    *n = tuple->last;
    for (size_t i = 0; i < *n; i++) {
        const nomen_pickle_value *size = item(p, tuple, i);
        if (size->kind != NOMEN_PICKLE_INTEGER || size->integer < 0) { return false; }
        out[i] = (size_t)size->integer;
    }
    return true;
}

/* Whether every element of a view with this first element lies inside n_elements. */
static bool view_fits(const nomen_tensor *tensor, size_t first, size_t n_elements) {
    size_t n = 0;
    if (!nomen_tensor_elements(tensor->shape, tensor->n_dims, &n)) { return false; }
    if (n == 0) { return true; }
    size_t last = first;
    for (size_t d = 0; d < tensor->n_dims; d++) {
        size_t reach = 0;
        if (__builtin_mul_overflow(tensor->shape[d] - 1, tensor->stride[d], &reach) ||
            __builtin_add_overflow(last, reach, &last)) {
            return false;
        }
    }
    return last < n_elements;
}

/* _rebuild_tensor_v2(storage, first element, shape, strides, ...): a view of a storage. */
static nomen_status rebuild_tensor(nomen_pickle *p, const nomen_pickle_value *arguments, uint32_t *result, nomen_error *err) {
    nomen_tensor tensor = {0};
    size_t n_strides = 0;
    if (arguments->last < 4) { return nomen_pickle_bad(p, "a tensor has too few properties", err); }
    const nomen_pickle_value *storage = item(p, arguments, 0);
    const nomen_pickle_value *offset = item(p, arguments, 1);
    if (storage->kind != NOMEN_PICKLE_STORAGE || offset->kind != NOMEN_PICKLE_INTEGER || offset->integer < 0 ||
        !get_sizes(p, item(p, arguments, 2), tensor.shape, &tensor.n_dims) ||
        !get_sizes(p, item(p, arguments, 3), tensor.stride, &n_strides) || n_strides != tensor.n_dims) {
        return nomen_pickle_bad(p, "a tensor's storage, offset, shape or strides are not valid", err);
    }
    const nomen_pickle_storage *holder = &p->storages[storage->first];
    size_t first = 0;
    if (__builtin_add_overflow((size_t)offset->integer, (size_t)storage->integer, &first) ||
        !view_fits(&tensor, first, holder->n_elements)) {
        return nomen_pickle_bad(p, "a tensor reaches beyond its storage", err);
    }
    tensor.dtype = holder->dtype;
    tensor.storage = storage->first;
    tensor.offset = first * nomen_dtype_size(holder->dtype);
    if (p->n_tensors >= NOMEN_TENSOR_MOST) { return nomen_pickle_bad(p, "too many tensors", err); }
    nomen_status status = NOMEN_RESERVE(p->tensors, p->tensors_capacity, p->n_tensors + 1, err);
    if (status != NOMEN_OK) { return status; }
    nomen_pickle_value value = {.kind = NOMEN_PICKLE_TENSOR, .first = (uint32_t)p->n_tensors};
    p->tensors[p->n_tensors++] = tensor;
    return nomen_pickle_add(p, value, result, err);
}

static nomen_status call(nomen_pickle *p, const nomen_pickle_value *callable, const nomen_pickle_value *arguments,
                         uint32_t *result, nomen_error *err) {
    switch (names[callable->integer].use) {
    case USE_ORDERED_DICT:
        if (arguments->last != 0) { return nomen_pickle_bad(p, "an OrderedDict has arguments", err); }
        return nomen_pickle_add(p, (nomen_pickle_value){.kind = NOMEN_PICKLE_DICT}, result, err);
    case USE_TENSOR: return rebuild_tensor(p, arguments, result, err);
    case USE_PARAMETER:
        if (arguments->last < 1 || item(p, arguments, 0)->kind != NOMEN_PICKLE_TENSOR) {
            return nomen_pickle_bad(p, "a parameter has no tensor", err);
        }
        *result = p->items[arguments->first];
        return NOMEN_OK;
    case USE_STORAGE: break;
    }
    return nomen_pickle_bad(p, "a storage type is called as a function", err);
}

/* The storage with this key, added when it is new; one key means one type and size. */
static nomen_status intern_storage(nomen_pickle *p, nomen_pickle_storage wanted, uint32_t *index, nomen_error *err) {
    /* Backwards: a tensor mostly has a storage of its own, or shares the one just seen. */
    for (size_t i = p->n_storages; i-- > 0;) {
        const nomen_pickle_storage *known = &p->storages[i];
        if (known->n_key != wanted.n_key || memcmp(known->key, wanted.key, wanted.n_key) != 0) { continue; }
        if (known->dtype != wanted.dtype || known->n_elements != wanted.n_elements) {
            return nomen_pickle_bad(p, "one storage is described in two ways", err);
        }
        *index = (uint32_t)i;
        return NOMEN_OK;
    }
    if (p->n_storages >= NOMEN_TENSOR_MOST) { return nomen_pickle_bad(p, "too many storages", err); }
    nomen_status status = NOMEN_RESERVE(p->storages, p->storages_capacity, p->n_storages + 1, err);
    if (status != NOMEN_OK) { return status; }
    *index = (uint32_t)p->n_storages;
    p->storages[p->n_storages++] = wanted;
    return NOMEN_OK;
}

/*
 * ("storage", type, key, device, number of elements[, view]): files before torch 1.6 add None, or
 * (key, first element, elements) for a storage that is a part of this one.
 */
static nomen_status find_persistent(nomen_pickle *p, const nomen_pickle_value *id, nomen_pickle_value *out, nomen_error *err) {
    bool shaped = id->kind == NOMEN_PICKLE_TUPLE && (id->last == 5 || id->last == 6);
    const nomen_pickle_value *type = shaped ? item(p, id, 1) : NULL;
    const nomen_pickle_value *key = shaped ? item(p, id, 2) : NULL;
    const nomen_pickle_value *n = shaped ? item(p, id, 4) : NULL;
    const nomen_pickle_value *kind = shaped ? item(p, id, 0) : NULL;
    if (!shaped || kind->kind != NOMEN_PICKLE_TEXT || !equals(kind->text, kind->n_text, "storage") ||
        type->kind != NOMEN_PICKLE_GLOBAL || names[type->integer].use != USE_STORAGE || key->kind != NOMEN_PICKLE_TEXT ||
        key->n_text == 0 || key->n_text > 64 || n->kind != NOMEN_PICKLE_INTEGER || n->integer < 0) {
        return nomen_pickle_bad(p, "a storage is not described as torch.save does", err);
    }
    nomen_dtype dtype = names[type->integer].dtype;
    size_t n_bytes = 0;
    if (__builtin_mul_overflow((size_t)n->integer, nomen_dtype_size(dtype), &n_bytes)) {
        return nomen_pickle_bad(p, "a storage is larger than any machine's memory", err);
    }
    nomen_pickle_value value = {.kind = NOMEN_PICKLE_STORAGE};
    if (id->last == 6 && item(p, id, 5)->kind != NOMEN_PICKLE_NONE) {
        const nomen_pickle_value *part = item(p, id, 5);
        if (part->kind != NOMEN_PICKLE_TUPLE || part->last != 3 || item(p, part, 1)->kind != NOMEN_PICKLE_INTEGER ||
            item(p, part, 1)->integer < 0) {
            return nomen_pickle_bad(p, "a part of a storage is not described as torch.save does", err);
        }
        value.integer = item(p, part, 1)->integer;
    }
    nomen_pickle_storage wanted = {key->text, key->n_text, dtype, (size_t)n->integer};
    nomen_status status = intern_storage(p, wanted, &value.first, err);
    if (status == NOMEN_OK) { *out = value; }
    return status;
}

const nomen_pickle_names nomen_pickle_torch = {.find = find, .call = call, .persistent = find_persistent};

/* Gives the pickle's tensors their names, in the order of the state dict. */
static nomen_status name_tensors(nomen_tensor_file *file, const nomen_pickle *p, const nomen_pickle_value *dict,
                                 nomen_error *err) {
    size_t n = 0;
    for (uint32_t link = dict->first; link != 0; link = p->cells[link - 1].next) { n++; }
    nomen_status status = NOMEN_NEW(file->tensors, n, err);
    for (uint32_t link = dict->first; link != 0 && status == NOMEN_OK; link = p->cells[link - 1].next) {
        const nomen_pickle_value *name = &p->values[p->cells[link - 1].key];
        const nomen_pickle_value *value = &p->values[p->cells[link - 1].value];
        if (name->kind != NOMEN_PICKLE_TEXT || memchr(name->text, '\0', name->n_text) != NULL) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the state dict has a key that is not a name", file->path);
        }
        if (value->kind != NOMEN_PICKLE_TENSOR) { continue; } /* a number or text stored along: no weight */
        nomen_tensor tensor = p->tensors[value->first];
        tensor.name = nomen_mem_copy(name->text, name->n_text);
        if (tensor.name == NULL) { return nomen_error_memory(err, name->n_text, 1); }
        file->tensors[file->n_tensors++] = tensor;
    }
    return status;
}

nomen_status nomen_pickle_torch_tensors(const nomen_pickle *p, uint32_t top, nomen_tensor_file *file, nomen_error *err) {
    if (p->values[top].kind != NOMEN_PICKLE_DICT) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "%s: contains no state dict; save model.state_dict(), or convert it to safetensors", file->path);
    }
    nomen_status status = NOMEN_NEW(file->storages, p->n_storages, err);
    if (status != NOMEN_OK) { return status; }
    file->n_storages = p->n_storages;
    return name_tensors(file, p, &p->values[top], err);
}
