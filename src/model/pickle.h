/*
 * Inside of weights: reading the pickles that torch.save writes, as data. Nothing in them is ever
 * executed: of Python's pickle machine only the operations that build dictionaries, tuples and
 * numbers exist here, and of names only those that make up a tensor; everything else is refused
 * with its name. Values live in arrays and refer to each other by index, so hostile nesting costs no
 * recursion, and every operation makes at most one value, up to a fixed limit.
 */
#ifndef NOMEN_MODEL_PICKLE_H
#define NOMEN_MODEL_PICKLE_H

#include "model/tensor_file.h"

typedef enum nomen_pickle_kind {
    NOMEN_PICKLE_NONE = 0,
    NOMEN_PICKLE_BOOL,
    NOMEN_PICKLE_INTEGER,
    NOMEN_PICKLE_BIG,   /* an integer of more than 64 bits: text holds its bytes */
    NOMEN_PICKLE_FLOAT, /* its number is of no use here and not kept */
    NOMEN_PICKLE_TEXT,
    NOMEN_PICKLE_TUPLE,
    NOMEN_PICKLE_LIST,
    NOMEN_PICKLE_DICT,
    NOMEN_PICKLE_GLOBAL,
    NOMEN_PICKLE_STORAGE,
    NOMEN_PICKLE_TENSOR,
    NOMEN_PICKLE_MARK
} nomen_pickle_kind;

typedef struct nomen_pickle_value {
    nomen_pickle_kind kind;
    uint32_t first;   /* TUPLE: its first item in items; LIST, DICT: first cell + 1; STORAGE, TENSOR: its index */
    uint32_t last;    /* TUPLE: number of items; LIST, DICT: last cell + 1 */
    uint32_t n_text;  /* TEXT, BIG: bytes */
    int64_t integer;  /* INTEGER, BOOL; GLOBAL: its place in the allow-list; STORAGE: first element of the view */
    const char *text; /* TEXT, BIG: in the pickle's bytes, no NUL after it */
} nomen_pickle_value;

/* An entry of a dictionary, or of a list (then without a key). Values are indices. */
typedef struct nomen_pickle_cell {
    uint32_t key;
    uint32_t value;
    uint32_t next; /* cell + 1, or 0 */
} nomen_pickle_cell;

/* A storage that a pickle speaks of; its bytes are elsewhere. */
typedef struct nomen_pickle_storage {
    const char *key; /* in the pickle's bytes */
    size_t n_key;
    nomen_dtype dtype;
    size_t n_elements;
} nomen_pickle_storage;

typedef struct nomen_pickle nomen_pickle;

/* What names mean, which the machine itself does not know; pickle_torch.h has torch.save's. */
typedef struct nomen_pickle_names {
    /* MODULE.NAME as a value, or NOMEN_ERROR_UNSUPPORTED. */
    nomen_status (*find)(nomen_pickle *p, const char *module, size_t n_module, const char *name, size_t n_name,
                         nomen_pickle_value *out, nomen_error *err);
    /* A call of such a name with a tuple of arguments. */
    nomen_status (*call)(nomen_pickle *p, const nomen_pickle_value *callable, const nomen_pickle_value *arguments,
                         uint32_t *result, nomen_error *err);
    /* An object that the pickle stores elsewhere, by its id. */
    nomen_status (*persistent)(nomen_pickle *p, const nomen_pickle_value *id, nomen_pickle_value *out, nomen_error *err);
} nomen_pickle_names;

struct nomen_pickle {
    const nomen_pickle_names *names;
    const char *path; /* for messages */
    const uint8_t *bytes;
    size_t n_bytes;
    size_t at;
    nomen_pickle_value *values;
    size_t n_values, values_capacity;
    uint32_t *items;
    size_t n_items, items_capacity;
    nomen_pickle_cell *cells;
    size_t n_cells, cells_capacity;
    uint32_t *stack;
    size_t n_stack, stack_capacity;
    uint32_t *memo; /* value + 1, or 0 */
    size_t n_memo, memo_capacity;
    nomen_pickle_storage *storages;
    size_t n_storages, storages_capacity;
    nomen_tensor *tensors; /* without names */
    size_t n_tensors, tensors_capacity;
};

/*
 * Reads one pickle from p->bytes at p->at, up to its STOP, and gives the index of its value. May be
 * called again for a pickle that follows. Texts point into the bytes, which must outlive p.
 */
nomen_status nomen_pickle_read(nomen_pickle *p, uint32_t *top, nomen_error *err);

/* Frees the arrays. */
void nomen_pickle_clear(nomen_pickle *p);

/* Appends a value. */
nomen_status nomen_pickle_add(nomen_pickle *p, nomen_pickle_value value, uint32_t *index, nomen_error *err);

/* The value of a text key in a dictionary (the last one set), or NULL. */
const nomen_pickle_value *nomen_pickle_get(const nomen_pickle *p, const nomen_pickle_value *dict, const char *key);

/* A damaged pickle: sets NOMEN_ERROR_FORMAT naming the byte and what was wrong. */
nomen_status nomen_pickle_bad(const nomen_pickle *p, const char *what, nomen_error *err);

#endif
