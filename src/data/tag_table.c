/* Names of tags; see the header. */
#include "data/tag_table.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

uint64_t nomen_data_hash(const char *bytes, size_t n_bytes) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < n_bytes; i++) { hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001B3); }
    return hash ^ hash >> 32; /* tables take the low bits */
}

static bool is_name(const nomen_tag_table *table, int32_t tag, const char *bytes, size_t n_bytes) {
    const char *name = table->names[tag];
    size_t i = 0; /* tags are short, and asked for with every word: a call would be most of the time */
    while (i < n_bytes && name[i] == bytes[i] && name[i] != '\0') { i++; }
    return i == n_bytes && name[i] == '\0';
}

/* The slot of a tag, or the empty one where it belongs. */
static size_t find_slot(const nomen_tag_table *table, const char *tag, size_t n_bytes) {
    size_t slot = (size_t)nomen_data_hash(tag, n_bytes) & (table->n_slots - 1);
    while (table->slots[slot] >= 0 && !is_name(table, table->slots[slot], tag, n_bytes)) {
        slot = (slot + 1) & (table->n_slots - 1);
    }
    return slot;
}

static nomen_status grow(nomen_tag_table *table, nomen_error *err) {
    size_t n_slots = table->n_slots == 0 ? 64 : table->n_slots * 2;
    int32_t *slots, *old = table->slots;
    nomen_status status = NOMEN_NEW(slots, n_slots, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < n_slots; i++) { slots[i] = -1; }
    table->slots = slots;
    table->n_slots = n_slots;
    for (size_t i = 0; i < table->n; i++) {
        slots[find_slot(table, table->names[i], strlen(table->names[i]))] = (int32_t)i;
    }
    nomen_mem_free(old);
    return NOMEN_OK;
}

nomen_status nomen_tag_table_add(nomen_tag_table *table, const char *tag, size_t n_bytes, const char *file, size_t line,
                                 int32_t *out, nomen_error *err) {
    if (table->n > 0 && n_bytes == table->last_size && memcmp(table->names[table->last], tag, n_bytes) == 0) {
        *out = table->last;
        return NOMEN_OK;
    }
    nomen_status status = NOMEN_OK;
    if (table->n * 2 >= table->n_slots) { NOMEN_TRY(grow(table, err)); }
    size_t slot = find_slot(table, tag, n_bytes);
    if (table->slots[slot] < 0) {
        if (table->n >= NOMEN_MOST_TAGS) {
            NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_LIMIT,
                                      "%s:%zu: more than %d different tags; the last column is to hold the tags", file,
                                      line, NOMEN_MOST_TAGS));
        }
        NOMEN_TRY(NOMEN_RESERVE(table->names, table->names_capacity, table->n + 1, err));
        NOMEN_TRY(NOMEN_RESERVE(table->lines, table->lines_capacity, table->n + 1, err));
        char *name = nomen_mem_copy(tag, n_bytes);
        if (name == NULL) { NOMEN_TRY(nomen_error_memory(err, n_bytes, 1)); }
        table->names[table->n] = name;
        table->lines[table->n] = line;
        table->slots[slot] = (int32_t)table->n++;
    }
    *out = table->last = table->slots[slot];
    table->last_size = n_bytes;
done:
    return status;
}

void nomen_tag_table_clear(nomen_tag_table *table) {
    for (size_t i = 0; i < table->n; i++) { nomen_mem_free(table->names[i]); }
    nomen_mem_free(table->names);
    nomen_mem_free(table->lines);
    nomen_mem_free(table->slots);
    *table = (nomen_tag_table){0};
}

void nomen_tag_table_take(nomen_tag_table *table, char ***names, size_t *n) {
    *names = table->names;
    *n = table->n;
    table->names = NULL;
    table->n = 0;
    nomen_tag_table_clear(table);
}
