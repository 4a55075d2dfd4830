/* The arrays of a cache: the one list that writing, checking and mapping walk. */
#ifndef NOMEN_TRAIN_CACHE_ARRAYS_H
#define NOMEN_TRAIN_CACHE_ARRAYS_H

#include "base/json_out.h"
#include "data/split.h"
#include "run/examples.h"

/* How many of what there are; in cache.json by these names. */
typedef struct nomen_cache_sizes {
    size_t sentences, words, text_bytes, split; /* split: sentences in its order, 0 where nothing is split */
    size_t train, dev, test;                    /* of that order */
    size_t examples, pieces, windows, contexts, context_pieces;
    size_t skipped;  /* bad rows that reading left out */
    size_t windowed; /* examples of more than one window */
} nomen_cache_sizes;

/* An array: its file, the address of the pointer to it, and how large it is. */
typedef struct nomen_cache_array {
    const char *name;
    void *place;
    size_t size, n;
} nomen_cache_array;

enum { NOMEN_CACHE_DATA_ARRAYS = 5, NOMEN_CACHE_EXAMPLE_ARRAYS = 8 };

/* Those of the dataset and the split, */
void nomen_cache_data_arrays(nomen_dataset *dataset, nomen_split *split, const nomen_cache_sizes *sizes,
                             nomen_cache_array out[NOMEN_CACHE_DATA_ARRAYS]);
/* and those of the examples. */
void nomen_cache_example_arrays(nomen_examples *examples, const nomen_cache_sizes *sizes,
                                nomen_cache_array out[NOMEN_CACHE_EXAMPLE_ARRAYS]);

/* The sizes as a member of an object, and read back from the record of `directory`. */
void nomen_cache_sizes_save(const nomen_cache_sizes *sizes, nomen_json_out *json, const char *key);
nomen_status nomen_cache_sizes_load(const json_t *record, const char *directory, nomen_cache_sizes *out, nomen_error *err);

/* Maps each array that is not empty, and puts it in the place of what is there, which is freed. */
nomen_status nomen_cache_map(const char *directory, const nomen_cache_array *arrays, size_t n, nomen_error *err);

/* Writes each into `directory`. */
nomen_status nomen_cache_write(const char *directory, const nomen_cache_array *arrays, size_t n, nomen_error *err);

#endif
