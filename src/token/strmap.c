/* Building and freeing the hash map; look-ups are inline in the header. */
#include "token/strmap.h"

#include "base/mem.h"

nomen_status nomen_strmap_create(size_t n_keys, nomen_strmap *out, nomen_error *err) {
    /* Keys and their number come from files: ids are 31 bits, and so are key numbers. */
    if (n_keys > INT32_MAX) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "there are %zu tokens; at most %d are possible", n_keys, INT32_MAX);
    }
    size_t n_slots = 8;
    while (n_slots < 2 * n_keys) { n_slots *= 2; } /* at most half full, so runs of probes stay short */
    nomen_strmap map = {.mask = n_slots - 1};
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(NOMEN_NEW(map.slots, n_slots, err));
    NOMEN_TRY(NOMEN_NEW(map.tags, n_slots, err));
    *out = map;
    return NOMEN_OK;
done:
    nomen_strmap_clear(&map);
    return status;
}

int32_t nomen_strmap_add(nomen_strmap *map, const char *key, size_t n_bytes, int32_t id) {
    uint64_t hash = nomen_strmap_hash(key, n_bytes);
    int32_t found = nomen_strmap_find(map, key, n_bytes, hash);
    if (found >= 0) { return found; }
    hash ^= hash >> 29;
    size_t i = (size_t)hash & map->mask;
    while (map->slots[i].key != NULL) { i = (i + 1) & map->mask; }
    map->slots[i] = (nomen_strmap_slot){key, (uint32_t)n_bytes, id};
    map->tags[i] = (uint32_t)(hash >> 32);
    map->n++;
    if (n_bytes > map->longest) { map->longest = n_bytes; }
    return -1;
}

void nomen_strmap_clear(nomen_strmap *map) {
    nomen_mem_free(map->slots);
    nomen_mem_free(map->tags);
    *map = (nomen_strmap){0};
}
