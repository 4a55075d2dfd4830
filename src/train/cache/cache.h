/*
 * The training file, encoded, in files that are mapped: so it needs no memory, and the next run needs no encoding.
 *
 * A cache is a directory with a directory of its own for each training file and each way of encoding it. What such a one holds is
 * said by its cache.json, which is written last: a description, and size and SHA-256 of every other file. They are arrays as they
 * lie in memory, for this machine's order of bytes. See docs/LARGE-DATA.md.
 */
#ifndef NOMEN_TRAIN_CACHE_H
#define NOMEN_TRAIN_CACHE_H

#include "base/json.h"
#include "data/labels.h"
#include "data/split.h"
#include "nomen/train.h"
#include "run/examples.h"
#include "train/cache/arrays.h"

/* Start it as {0}. */
typedef struct nomen_data_cache {
    char *directory;         /* that of this file, read and encoded in this way; NULL: the run has no cache */
    const char *spill;       /* borrowed: the directory of directories, where work on it has its files */
    int lock;                /* held while the directory is looked at or made; -1 */
    json_t *key;             /* what it is of */
    json_t *record;          /* its cache.json; NULL: it is not there, and is to be made */
    nomen_cache_sizes sizes; /* with the record */
    json_t *stamp;           /* size, time of change and inode of the training file when the run began */
} nomen_data_cache;

/* What of a run is in a cache. Of the dataset its text and words are only where parts of it are split off. */
typedef struct nomen_cached {
    nomen_dataset *dataset;
    nomen_split *split;                       /* order NULL: nothing is split */
    nomen_examples *examples;                 /* of the training part */
    const nomen_labels *data_labels, *labels; /* as the data has them; as targets and counts have them */
    const size_t *counts;                     /* (labels->n) words of the training part with each label */
} nomen_cached;

/*
 * Looks for the encoded file of `options`, whose `cache` is not NULL; options are complete. It is good where the data file has
 * the size, time of change and inode that it had, or, if not, or with verify_cache, the same SHA-256, and where its own files
 * have the sizes that they should have (with verify_cache: the SHA-256). One that is not is passed over with a line in the log,
 * and made anew. Waits for a process that is making it. To be cleared even on failure. NOMEN_ERROR_ARGUMENT where the data is no
 * regular file.
 */
nomen_status nomen_data_cache_open(const nomen_train_options *options, nomen_data_cache *out, nomen_error *err);
void nomen_data_cache_clear(nomen_data_cache *cache);

/* Whether it was found: what follows can be taken from it. */
static inline bool nomen_data_cache_is_there(const nomen_data_cache *cache) {
    return cache->record != NULL;
}

/* The dataset, the split and the labels of the data, which start as {0}; what they hold is the caller's as usual. */
nomen_status nomen_data_cache_take_data(nomen_data_cache *cache, const char *path, nomen_dataset *dataset, nomen_split *split,
                                        nomen_labels *labels, nomen_error *err);

/* The examples, which start as {0}. NOMEN_ERROR_FORMAT where their targets are not of these labels. */
nomen_status nomen_data_cache_take_examples(const nomen_data_cache *cache, const nomen_labels *labels, nomen_examples *examples,
                                            nomen_error *err);

/* How many words of the training part have each label: counts (n). */
nomen_status nomen_data_cache_take_counts(const nomen_data_cache *cache, size_t n, size_t *counts, nomen_error *err);

/* Lets other processes at it: all that is wanted of it has been taken. */
void nomen_data_cache_release(nomen_data_cache *cache);

/*
 * Writes it, completely or not at all, and puts its arrays in the place of those that were written. NOMEN_ERROR_DATA where the
 * data file has changed since the run began.
 */
nomen_status nomen_data_cache_store(nomen_data_cache *cache, const nomen_train_options *options, const nomen_cached *what,
                                    nomen_error *err);

/* Size and SHA-256 of the training file, {"bytes": N, "sha256": "..."}; NULL without a cache. Borrowed. */
const json_t *nomen_data_cache_sum(const nomen_data_cache *cache);

/* What a number in a cache may be at most, but for the numbers of its own arrays. */
typedef struct nomen_cache_limits {
    size_t n_labels, n_ids; /* of the model */
    size_t window;          /* most subword tokens of a window with its context */
    const nomen_dataset *dataset;
    const size_t *sentences; /* of the training part; NULL: all of the dataset */
} nomen_cache_limits;

/* NOMEN_ERROR_FORMAT where one of the sentences, by their index (NULL: the first n), or a tag points outside of the dataset. */
nomen_status nomen_data_cache_check_sentences(const nomen_data_cache *cache, const nomen_dataset *dataset,
                                              const size_t *sentences, size_t n, nomen_error *err);

/*
 * NOMEN_ERROR_FORMAT where something in those examples or their sentences points outside of what there is, as bytes of a damaged
 * file may. It looks at what a step reads, so that no run reads all of the cache before its first step.
 */
nomen_status nomen_data_cache_check(const nomen_data_cache *cache, const nomen_examples *examples,
                                    const nomen_cache_limits *limits, const size_t *texts, size_t n_texts, nomen_error *err);

#endif
