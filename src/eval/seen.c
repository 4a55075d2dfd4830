/* Entities that were seen in training; see the header. */
#include "eval/seen.h"

#include <string.h>

#include "base/mem.h"

static const char *const names[NOMEN_N_SEEN] = {"seen", "seen as another type", "unseen"};

const char *nomen_seen_before_name(nomen_seen_before seen) {
    return (unsigned)seen < NOMEN_N_SEEN ? names[seen] : "?";
}

nomen_status nomen_seen_reserve(nomen_seen_table *table, size_t n_type, const nomen_span *words, size_t n_words,
                                nomen_error *err) {
    size_t needed = n_type + 2;
    for (size_t w = 0; w < n_words; w++) { needed += words[w].end - words[w].start + 1; }
    return NOMEN_RESERVE(table->key, table->key_capacity, needed, err);
}

/* The key with its type in table->key; the words alone begin at *words_start. */
static size_t make_key(nomen_seen_table *table, const char *type, const char *text, const nomen_span *words, const nomen_run *run,
                       size_t *words_start) {
    size_t n = strlen(type);
    memcpy(table->key, type, n);
    *words_start = n;
    for (size_t w = run->begin; w < run->end; w++) {
        size_t size = words[w].end - words[w].start;
        table->key[n++] = ' ';
        memcpy(table->key + n, text + words[w].start, size);
        n += size;
    }
    return n;
}

nomen_status nomen_seen_add(nomen_seen_table *table, const char *type, const char *text, const nomen_span *words,
                            const nomen_run *run, nomen_error *err) {
    size_t start, n = make_key(table, type, text, words, run, &start);
    int32_t id;
    nomen_status status;
    NOMEN_TRY(nomen_intern(&table->keys, table->key, n, &id, err));
    NOMEN_TRY(nomen_intern(&table->keys, table->key + start, n - start, &id, err));
done:
    return status;
}

nomen_seen_before nomen_seen_find(nomen_seen_table *table, const char *type, const char *text, const nomen_span *words,
                                  const nomen_run *run) {
    size_t start, n = make_key(table, type, text, words, run, &start);
    if (nomen_interner_find(&table->keys, table->key, n) >= 0) { return NOMEN_SEEN; }
    return nomen_interner_find(&table->keys, table->key + start, n - start) >= 0 ? NOMEN_SEEN_OTHER_TYPE : NOMEN_UNSEEN;
}

void nomen_seen_clear(nomen_seen_table *table) {
    nomen_interner_clear(&table->keys);
    nomen_mem_free(table->key);
    *table = (nomen_seen_table){0};
}
