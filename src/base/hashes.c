/* A hash table from texts to numbers; see the header. */
#include "base/hashes.h"

#include <sys/random.h>

#include "base/mem.h"

uint64_t nomen_hashes_key(void) {
    uint64_t key = 0;
    if (getrandom(&key, sizeof key, GRND_NONBLOCK) != (ssize_t)sizeof key) { key = (uint64_t)(uintptr_t)&key; }
    return key;
}

static void insert(nomen_hashes_slot *slots, size_t n_slots, nomen_hashes_slot item) {
    size_t at = item.hash & (n_slots - 1);
    while (slots[at].item != 0) { at = (at + 1) & (n_slots - 1); }
    slots[at] = item;
}

nomen_status nomen_hashes_reserve(nomen_hashes *table, nomen_error *err) {
    if (table->n * 2 < table->n_slots) { return NOMEN_OK; }
    if (table->n >= UINT32_MAX) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "more than %u different texts; check the data in several parts",
                               UINT32_MAX);
    }
    size_t n_slots = table->n_slots == 0 ? 64 : table->n_slots * 2;
    nomen_hashes_slot *slots = NULL;
    nomen_status status = NOMEN_NEW(slots, n_slots, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < table->n_slots; i++) {
        if (table->slots[i].item != 0) { insert(slots, n_slots, table->slots[i]); }
    }
    nomen_mem_free(table->slots);
    table->slots = slots;
    table->n_slots = n_slots;
    return NOMEN_OK;
}

nomen_hashes_slot *nomen_hashes_find(nomen_hashes *table, uint32_t hash, bool (*same)(const void *user, size_t item),
                                     const void *user) {
    size_t at = hash & (table->n_slots - 1);
    while (table->slots[at].item != 0 && !(table->slots[at].hash == hash && same(user, table->slots[at].item - 1))) {
        at = (at + 1) & (table->n_slots - 1);
    }
    return &table->slots[at];
}

void nomen_hashes_clear(nomen_hashes *table) {
    nomen_mem_free(table->slots);
    *table = (nomen_hashes){0};
}
