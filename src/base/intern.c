/* Names to numbers; see the header. */
#include "base/intern.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

static bool is_name(const char *name, const char *bytes, size_t n_bytes) {
    size_t i = 0; /* names are short, and one is looked up for every word: a call would be most of the time */
    while (i < n_bytes && name[i] == bytes[i] && name[i] != '\0') { i++; }
    return i == n_bytes && name[i] == '\0';
}

/* The slot that holds `name`, or the free one where it belongs. The table has a free slot. */
static size_t find_slot(const nomen_interner *interner, const char *name, size_t n_bytes) {
    size_t mask = interner->n_slots - 1, slot = (size_t)nomen_hash(name, n_bytes) & mask;
    while (interner->slots[slot] >= 0 && !is_name(interner->names[interner->slots[slot]], name, n_bytes)) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

/* Doubles the slots. */
static nomen_status grow_slots(nomen_interner *interner, nomen_error *err) {
    size_t n_slots = interner->n_slots == 0 ? 64 : interner->n_slots * 2;
    int32_t *slots;
    nomen_status status = NOMEN_NEW(slots, n_slots, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < n_slots; i++) { slots[i] = -1; }
    nomen_mem_free(interner->slots);
    interner->slots = slots;
    interner->n_slots = n_slots;
    for (size_t i = 0; i < interner->n; i++) {
        slots[find_slot(interner, interner->names[i], strlen(interner->names[i]))] = (int32_t)i;
    }
    return NOMEN_OK;
}

nomen_status nomen_intern(nomen_interner *interner, const char *name, size_t n_bytes, int32_t *out, nomen_error *err) {
    if (interner->n > 0 && n_bytes == interner->last_size && memcmp(interner->names[interner->last], name, n_bytes) == 0) {
        *out = interner->last;
        return NOMEN_OK;
    }
    nomen_status status = NOMEN_OK;
    if (2 * (interner->n + 1) > interner->n_slots) { NOMEN_TRY(grow_slots(interner, err)); }
    size_t slot = find_slot(interner, name, n_bytes);
    if (interner->slots[slot] < 0) {
        if (interner->n >= INT32_MAX) {
            return nomen_error_set(err, NOMEN_ERROR_LIMIT, "more than %d different names", INT32_MAX);
        }
        NOMEN_TRY(NOMEN_RESERVE(interner->names, interner->capacity, interner->n + 1, err));
        NOMEN_TRY(NOMEN_COPY(interner->names[interner->n], name, n_bytes, err));
        interner->slots[slot] = (int32_t)interner->n++;
    }
    *out = interner->last = interner->slots[slot];
    interner->last_size = n_bytes;
done:
    return status;
}

int32_t nomen_interner_find(const nomen_interner *interner, const char *name, size_t n_bytes) {
    return interner->n_slots == 0 ? -1 : interner->slots[find_slot(interner, name, n_bytes)];
}

void nomen_interner_move(nomen_interner *interner, char ***names, size_t *n) {
    *names = interner->names;
    *n = interner->n;
    interner->names = NULL;
    interner->n = 0;
    nomen_interner_clear(interner);
}

void nomen_interner_clear(nomen_interner *interner) {
    for (size_t i = 0; i < interner->n; i++) { nomen_mem_free(interner->names[i]); }
    nomen_mem_free(interner->names);
    nomen_mem_free(interner->slots);
    *interner = (nomen_interner){0};
}
