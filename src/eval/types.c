/*
 * Entity types met by a scorer. A hash table and not a list: predictions are a file that anybody may
 * have written, and one with a new type on each line must not take quadratic time.
 */
#include "eval/types.h"

#include <string.h>

#include "base/mem.h"

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *name, size_t n_bytes) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < n_bytes; i++) { h = (h ^ (unsigned char)name[i]) * UINT64_C(1099511628211); }
    return h;
}

/* The slot that holds `name`, or the free one where it belongs. The table has a free slot. */
static size_t find_slot(const nomen_type_table *table, const char *name, size_t n_bytes) {
    size_t mask = table->n_slots - 1;
    size_t slot = (size_t)hash(name, n_bytes) & mask;
    for (; table->slots[slot] >= 0; slot = (slot + 1) & mask) {
        const char *other = table->names[table->slots[slot]];
        if (strncmp(other, name, n_bytes) == 0 && other[n_bytes] == '\0') { break; }
    }
    return slot;
}

/* Doubles the slots. */
static nomen_status grow_slots(nomen_type_table *table, nomen_error *err) {
    size_t n_slots = table->n_slots == 0 ? 64 : table->n_slots * 2;
    int32_t *slots;
    nomen_status status = NOMEN_NEW(slots, n_slots, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < n_slots; i++) { slots[i] = -1; }
    nomen_mem_free(table->slots);
    table->slots = slots;
    table->n_slots = n_slots;
    for (size_t i = 0; i < table->n; i++) { slots[find_slot(table, table->names[i], strlen(table->names[i]))] = (int32_t)i; }
    return NOMEN_OK;
}

nomen_status nomen_type_table_intern(nomen_type_table *table, const char *name, size_t n_bytes, int32_t *out,
                                     nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (2 * (table->n + 1) > table->n_slots) { NOMEN_TRY(grow_slots(table, err)); }
    size_t slot = find_slot(table, name, n_bytes);
    if (table->slots[slot] < 0) {
        if (table->n >= INT32_MAX) {
            status = nomen_error_set(err, NOMEN_ERROR_LIMIT, "more than %d different names of entities", INT32_MAX);
            goto done;
        }
        NOMEN_TRY(NOMEN_RESERVE(table->names, table->capacity, table->n + 1, err));
        char *copy = nomen_mem_copy(name, n_bytes);
        if (copy == NULL) {
            status = nomen_error_memory(err, n_bytes + 1, 1);
            goto done;
        }
        table->names[table->n] = copy;
        table->slots[slot] = (int32_t)table->n++;
    }
    *out = table->slots[slot];
done:
    return status;
}

int32_t nomen_type_table_find(const nomen_type_table *table, const char *name, size_t n_bytes) {
    return table->n_slots == 0 ? -1 : table->slots[find_slot(table, name, n_bytes)];
}

void nomen_type_table_clear(nomen_type_table *table) {
    for (size_t i = 0; i < table->n; i++) { nomen_mem_free(table->names[i]); }
    nomen_mem_free(table->names);
    nomen_mem_free(table->slots);
    *table = (nomen_type_table){0};
}
