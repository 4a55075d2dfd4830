/*
 * The pickle machine: a stack, a memo and the operations of protocol 2 that torch.save uses
 * (https://docs.python.org/3/library/pickletools.html names them all).
 */
#include "model/pickle.h"

#include <string.h>

#include "base/mem.h"
#include "model/pickle_opcodes.h"

/* Far beyond the few thousand values of any BERT; bounds memory against hostile files. */
enum { MOST_VALUES = 1 << 20 };

nomen_status nomen_pickle_bad(const nomen_pickle *p, const char *what, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the pickle is damaged before byte %zu: %s", p->path, p->at, what);
}

/* ---- reading bytes ---- */

/* `n` bytes at the reading place, or NULL at the end. */
static const uint8_t *read_bytes(nomen_pickle *p, size_t n) {
    if (n > p->n_bytes - p->at) { return NULL; }
    p->at += n;
    return p->bytes + p->at - n;
}

/* A little-endian number of n bytes (1 to 4). */
static bool read_number(nomen_pickle *p, size_t n, uint32_t *out) {
    const uint8_t *bytes = read_bytes(p, n);
    *out = 0;
    for (size_t i = 0; bytes != NULL && i < n; i++) { *out |= (uint32_t)bytes[i] << (8 * i); }
    return bytes != NULL;
}

/* A line without its newline. */
static bool read_line(nomen_pickle *p, const char **text, size_t *n) {
    const uint8_t *start = p->bytes + p->at;
    const uint8_t *end = memchr(start, '\n', p->n_bytes - p->at);
    if (end == NULL) { return false; }
    *text = (const char *)start;
    *n = (size_t)(end - start);
    p->at += *n + 1;
    return true;
}

/* ---- values, stack, memo ---- */

nomen_status nomen_pickle_add(nomen_pickle *p, nomen_pickle_value value, uint32_t *index, nomen_error *err) {
    if (p->n_values >= MOST_VALUES) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "%s: the pickle contains more than %d values", p->path, MOST_VALUES);
    }
    nomen_status status = NOMEN_RESERVE(p->values, p->values_capacity, p->n_values + 1, err);
    if (status != NOMEN_OK) { return status; }
    *index = (uint32_t)p->n_values;
    p->values[p->n_values++] = value;
    return NOMEN_OK;
}

static nomen_status push_index(nomen_pickle *p, uint32_t index, nomen_error *err) {
    if (p->n_stack >= MOST_VALUES) { return nomen_pickle_bad(p, "its stack is too deep", err); }
    nomen_status status = NOMEN_RESERVE(p->stack, p->stack_capacity, p->n_stack + 1, err);
    if (status == NOMEN_OK) { p->stack[p->n_stack++] = index; }
    return status;
}

static nomen_status push(nomen_pickle *p, nomen_pickle_value value, nomen_error *err) {
    uint32_t index = 0;
    nomen_status status = nomen_pickle_add(p, value, &index, err);
    return status == NOMEN_OK ? push_index(p, index, err) : status;
}

/* Removes the top; a mark is no value. */
static nomen_status pop(nomen_pickle *p, uint32_t *index, nomen_error *err) {
    if (p->n_stack == 0 || p->values[p->stack[p->n_stack - 1]].kind == NOMEN_PICKLE_MARK) {
        return nomen_pickle_bad(p, "its stack is empty", err);
    }
    *index = p->stack[--p->n_stack];
    return NOMEN_OK;
}

/* Finds the last mark: the entries above it begin at *first, and stay where they are. */
static nomen_status find_mark(nomen_pickle *p, size_t *first, nomen_error *err) {
    for (size_t i = p->n_stack; i-- > 0;) {
        if (p->values[p->stack[i]].kind == NOMEN_PICKLE_MARK) {
            *first = i + 1;
            return NOMEN_OK;
        }
    }
    return nomen_pickle_bad(p, "a mark is missing", err);
}

/* Indices are dense in what Python writes, so one beyond the pickle's length is damage. */
static nomen_status memo_put(nomen_pickle *p, uint32_t index, nomen_error *err) {
    if (p->n_stack == 0 || index >= p->n_bytes || index >= MOST_VALUES) {
        return nomen_pickle_bad(p, "a memo index is out of range", err);
    }
    nomen_status status = NOMEN_RESERVE(p->memo, p->memo_capacity, (size_t)index + 1, err);
    if (status != NOMEN_OK) { return status; }
    while (p->n_memo <= index) { p->memo[p->n_memo++] = 0; }
    p->memo[index] = p->stack[p->n_stack - 1] + 1;
    return NOMEN_OK;
}

static nomen_status memo_get(nomen_pickle *p, uint32_t index, nomen_error *err) {
    if (index >= p->n_memo || p->memo[index] == 0) { return nomen_pickle_bad(p, "a memo index was never set", err); }
    return push_index(p, p->memo[index] - 1, err);
}

/* ---- collections ---- */

/* Makes a tuple of the stack's entries from `first` on, in place of them and of `n_below` marks. */
static nomen_status make_tuple(nomen_pickle *p, size_t first, size_t n_below, nomen_error *err) {
    size_t n = p->n_stack - first;
    if (p->n_items + n > MOST_VALUES) { return nomen_pickle_bad(p, "its tuples contain too many items", err); }
    nomen_status status = NOMEN_RESERVE(p->items, p->items_capacity, p->n_items + n, err);
    if (status != NOMEN_OK) { return status; }
    nomen_pickle_value tuple = {.kind = NOMEN_PICKLE_TUPLE, .first = (uint32_t)p->n_items, .last = (uint32_t)n};
    for (size_t i = 0; i < n; i++) { p->items[p->n_items++] = p->stack[first + i]; }
    p->n_stack = first - n_below;
    return push(p, tuple, err);
}

/* A tuple of the top n entries, none of which may be a mark. */
static nomen_status make_short_tuple(nomen_pickle *p, size_t n, nomen_error *err) {
    for (size_t i = 0; i < n; i++) {
        if (p->n_stack <= i || p->values[p->stack[p->n_stack - 1 - i]].kind == NOMEN_PICKLE_MARK) {
            return nomen_pickle_bad(p, "its stack is empty", err);
        }
    }
    return make_tuple(p, p->n_stack - n, 0, err);
}

/* Appends an entry to the list or dictionary at `target`. */
static nomen_status add_cell(nomen_pickle *p, uint32_t target, uint32_t key, uint32_t value, nomen_error *err) {
    if (p->n_cells >= MOST_VALUES) { return nomen_pickle_bad(p, "its collections contain too many items", err); }
    nomen_status status = NOMEN_RESERVE(p->cells, p->cells_capacity, p->n_cells + 1, err);
    if (status != NOMEN_OK) { return status; }
    p->cells[p->n_cells++] = (nomen_pickle_cell){key, value, 0};
    uint32_t link = (uint32_t)p->n_cells;
    nomen_pickle_value *collection = &p->values[target];
    if (collection->last != 0) {
        p->cells[collection->last - 1].next = link;
    } else {
        collection->first = link;
    }
    collection->last = link;
    return NOMEN_OK;
}

/* Adds the stack's entries from `first` on to the collection below them (and below `n_marks` marks). */
static nomen_status add_items(nomen_pickle *p, nomen_pickle_kind kind, size_t first, size_t n_marks, nomen_error *err) {
    size_t step = kind == NOMEN_PICKLE_DICT ? 2 : 1;
    size_t n = p->n_stack - first;
    if (first < n_marks + 1 || n % step != 0 || p->values[p->stack[first - n_marks - 1]].kind != kind) {
        return nomen_pickle_bad(p, "there are items without a collection", err);
    }
    uint32_t target = p->stack[first - n_marks - 1];
    for (size_t i = first; i < p->n_stack; i += step) {
        nomen_status status = add_cell(p, target, p->stack[i], p->stack[i + step - 1], err);
        if (status != NOMEN_OK) { return status; }
    }
    p->n_stack = first - n_marks;
    return NOMEN_OK;
}

/* The same for one item, without a mark. */
static nomen_status add_item(nomen_pickle *p, nomen_pickle_kind kind, nomen_error *err) {
    size_t step = kind == NOMEN_PICKLE_DICT ? 2 : 1;
    if (p->n_stack < step + 1) { return nomen_pickle_bad(p, "its stack is empty", err); }
    return add_items(p, kind, p->n_stack - step, 0, err);
}

const nomen_pickle_value *nomen_pickle_get(const nomen_pickle *p, const nomen_pickle_value *dict, const char *key) {
    const nomen_pickle_value *found = NULL;
    for (uint32_t link = dict->first; link != 0; link = p->cells[link - 1].next) {
        const nomen_pickle_value *name = &p->values[p->cells[link - 1].key];
        if (name->kind == NOMEN_PICKLE_TEXT && name->n_text == strlen(key) && memcmp(name->text, key, name->n_text) == 0) {
            found = &p->values[p->cells[link - 1].value];
        }
    }
    return found;
}

/* ---- operations ---- */

static nomen_status push_simple(nomen_pickle *p, nomen_pickle_kind kind, int64_t integer, nomen_error *err) {
    return push(p, (nomen_pickle_value){.kind = kind, .integer = integer}, err);
}

static nomen_status push_text(nomen_pickle *p, nomen_pickle_kind kind, size_t n, nomen_error *err) {
    const uint8_t *text = read_bytes(p, n);
    if (text == NULL) { return nomen_pickle_bad(p, "a text runs past its end", err); }
    return push(p, (nomen_pickle_value){.kind = kind, .text = (const char *)text, .n_text = (uint32_t)n}, err);
}

/* LONG1: a two's complement number of n bytes. */
static nomen_status push_long(nomen_pickle *p, size_t n, nomen_error *err) {
    if (n > 8) { return push_text(p, NOMEN_PICKLE_BIG, n, err); }
    const uint8_t *bytes = read_bytes(p, n);
    if (bytes == NULL) { return nomen_pickle_bad(p, "a number runs past its end", err); }
    uint64_t bits = n > 0 && (bytes[n - 1] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = n; i-- > 0;) { bits = bits << 8 | bytes[i]; }
    return push_simple(p, NOMEN_PICKLE_INTEGER, (int64_t)bits, err);
}

static nomen_status push_global(nomen_pickle *p, nomen_error *err) {
    const char *module, *name;
    size_t n_module, n_name;
    if (!read_line(p, &module, &n_module) || !read_line(p, &name, &n_name)) {
        return nomen_pickle_bad(p, "a name runs past its end", err);
    }
    nomen_pickle_value value = {0};
    nomen_status status = p->names->find(p, module, n_module, name, n_name, &value, err);
    return status == NOMEN_OK ? push(p, value, err) : status;
}

static nomen_status call(nomen_pickle *p, nomen_error *err) {
    uint32_t arguments = 0, callable = 0, result = 0;
    nomen_status status;
    NOMEN_TRY(pop(p, &arguments, err));
    NOMEN_TRY(pop(p, &callable, err));
    /* copies, as adding values may move the array */
    nomen_pickle_value function = p->values[callable];
    nomen_pickle_value tuple = p->values[arguments];
    if (function.kind != NOMEN_PICKLE_GLOBAL || tuple.kind != NOMEN_PICKLE_TUPLE) {
        NOMEN_TRY(nomen_pickle_bad(p, "something that is not a name is called", err));
    }
    NOMEN_TRY(p->names->call(p, &function, &tuple, &result, err));
    NOMEN_TRY(push_index(p, result, err));
done:
    return status;
}

static nomen_status push_persistent(nomen_pickle *p, nomen_error *err) {
    uint32_t index = 0;
    nomen_pickle_value value = {0};
    nomen_status status;
    NOMEN_TRY(pop(p, &index, err));
    nomen_pickle_value id = p->values[index];
    NOMEN_TRY(p->names->persistent(p, &id, &value, err));
    NOMEN_TRY(push(p, value, err));
done:
    return status;
}

/* Attributes of a dictionary (a state dict carries _metadata) mean nothing for the weights. */
static nomen_status drop_state(nomen_pickle *p, nomen_error *err) {
    uint32_t state = 0;
    nomen_status status = pop(p, &state, err);
    if (status != NOMEN_OK) { return status; }
    if (p->n_stack == 0 || p->values[p->stack[p->n_stack - 1]].kind != NOMEN_PICKLE_DICT) {
        return nomen_pickle_bad(p, "attributes are set by something that is not a dictionary", err);
    }
    return NOMEN_OK;
}

/* Operations that carry no argument in the bytes. *known is false where `op` is none of them. */
static nomen_status run_plain(nomen_pickle *p, uint8_t op, bool *known, nomen_error *err) {
    uint32_t index = 0;
    size_t first = 0;
    nomen_status status = NOMEN_OK;
    *known = true;
    switch (op) {
    case OP_MARK: return push_simple(p, NOMEN_PICKLE_MARK, 0, err);
    case OP_NONE: return push_simple(p, NOMEN_PICKLE_NONE, 0, err);
    case OP_NEWTRUE: return push_simple(p, NOMEN_PICKLE_BOOL, 1, err);
    case OP_NEWFALSE: return push_simple(p, NOMEN_PICKLE_BOOL, 0, err);
    case OP_EMPTY_LIST: return push_simple(p, NOMEN_PICKLE_LIST, 0, err);
    case OP_EMPTY_DICT: return push_simple(p, NOMEN_PICKLE_DICT, 0, err);
    case OP_EMPTY_TUPLE: return make_short_tuple(p, 0, err);
    case OP_TUPLE1: return make_short_tuple(p, 1, err);
    case OP_TUPLE2: return make_short_tuple(p, 2, err);
    case OP_TUPLE3: return make_short_tuple(p, 3, err);
    case OP_POP: return pop(p, &index, err);
    case OP_REDUCE: return call(p, err);
    case OP_BUILD: return drop_state(p, err);
    case OP_BINPERSID: return push_persistent(p, err);
    case OP_APPEND: return add_item(p, NOMEN_PICKLE_LIST, err);
    case OP_SETITEM: return add_item(p, NOMEN_PICKLE_DICT, err);
    case OP_TUPLE:
    case OP_APPENDS:
    case OP_SETITEMS:
    case OP_POP_MARK:
        NOMEN_TRY(find_mark(p, &first, err));
        if (op == OP_TUPLE) { return make_tuple(p, first, 1, err); }
        if (op == OP_APPENDS) { return add_items(p, NOMEN_PICKLE_LIST, first, 1, err); }
        if (op == OP_SETITEMS) { return add_items(p, NOMEN_PICKLE_DICT, first, 1, err); }
        p->n_stack = first - 1;
        return NOMEN_OK;
    default: *known = false;
    }
done:
    return status;
}

/* Operations followed by an argument. */
static nomen_status run_argument(nomen_pickle *p, uint8_t op, nomen_error *err) {
    uint32_t n = 0;
    bool wide = op == OP_BININT || op == OP_BINUNICODE || op == OP_BINSTRING || op == OP_LONG_BINGET || op == OP_LONG_BINPUT;
    if (op == OP_GLOBAL) { return push_global(p, err); }
    if (op == OP_BINFLOAT) {
        if (read_bytes(p, 8) == NULL) { return nomen_pickle_bad(p, "a number runs past its end", err); }
        return push_simple(p, NOMEN_PICKLE_FLOAT, 0, err);
    }
    if (!read_number(p, wide ? 4 : op == OP_BININT2 ? 2 : 1, &n)) { return nomen_pickle_bad(p, "it ends too early", err); }
    switch (op) {
    case OP_BININT: return push_simple(p, NOMEN_PICKLE_INTEGER, (int32_t)n, err);
    case OP_BININT1:
    case OP_BININT2: return push_simple(p, NOMEN_PICKLE_INTEGER, n, err);
    case OP_LONG1: return push_long(p, n, err);
    case OP_BINUNICODE:
    case OP_BINSTRING:
    case OP_SHORT_BINSTRING: return push_text(p, NOMEN_PICKLE_TEXT, n, err);
    case OP_BINPUT:
    case OP_LONG_BINPUT: return memo_put(p, n, err);
    case OP_BINGET:
    case OP_LONG_BINGET: return memo_get(p, n, err);
    default: break;
    }
    p->at -= 1;
    return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                           "%s: the pickle uses operation 0x%02x at byte %zu, which weights do not need; nomen reads "
                           "plain state dicts and runs no code from files",
                           p->path, op, p->at - 1);
}

static nomen_status check_protocol(nomen_pickle *p, nomen_error *err) {
    const uint8_t *start = read_bytes(p, 2);
    if (start == NULL || start[0] != OP_PROTO) { return nomen_pickle_bad(p, "it does not begin like a pickle", err); }
    if (start[1] != 2) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "%s: uses pickle protocol %d; nomen reads protocol 2, the default of torch.save", p->path,
                               start[1]);
    }
    return NOMEN_OK;
}

nomen_status nomen_pickle_read(nomen_pickle *p, uint32_t *top, nomen_error *err) {
    nomen_status status;
    p->n_stack = 0;
    p->n_memo = 0;
    NOMEN_TRY(check_protocol(p, err));
    for (;;) {
        const uint8_t *op = read_bytes(p, 1);
        if (op == NULL) { NOMEN_TRY(nomen_pickle_bad(p, "it ends too early", err)); }
        if (*op == OP_STOP) { break; }
        bool known = false;
        NOMEN_TRY(run_plain(p, *op, &known, err));
        if (!known) { NOMEN_TRY(run_argument(p, *op, err)); }
    }
    NOMEN_TRY(pop(p, top, err));
    if (p->n_stack != 0) { NOMEN_TRY(nomen_pickle_bad(p, "values are left over at its end", err)); }
done:
    return status;
}

void nomen_pickle_clear(nomen_pickle *p) {
    nomen_mem_free(p->values);
    nomen_mem_free(p->items);
    nomen_mem_free(p->cells);
    nomen_mem_free(p->stack);
    nomen_mem_free(p->memo);
    nomen_mem_free(p->storages);
    nomen_mem_free(p->tensors);
    *p = (nomen_pickle){0};
}
