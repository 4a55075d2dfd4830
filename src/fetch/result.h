/* What fetching is asked for, what it reports, and what it gives; see fetch.h. */
#ifndef NOMEN_FETCH_RESULT_H
#define NOMEN_FETCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How far one file is. */
typedef struct nomen_fetch_progress {
    const char *file;
    uint64_t n_bytes; /* that have come */
    int64_t size;     /* of the whole; -1: not known */
    bool done;
    bool was_there; /* done, because the cache had it */
} nomen_fetch_progress;

typedef struct nomen_fetch_options {
    const char *name;     /* NAME, ORG/NAME, either with @REVISION */
    const char *revision; /* NULL: that of the name, else "main" */
    const char *endpoint; /* NULL: HF_ENDPOINT, else https://huggingface.co */
    const char *cache;    /* NULL: the environment's */
    bool offline;         /* only look into the cache; HF_HUB_OFFLINE says the same */
    void (*on_progress)(void *user, const nomen_fetch_progress *progress); /* may be NULL */
    void *user;
} nomen_fetch_options;

typedef struct nomen_fetch_file {
    char *name;
    uint64_t n_bytes;
    bool was_there;
} nomen_fetch_file;

/* What came. Begin with {0}. */
typedef struct nomen_fetch_result {
    char *name, *revision, *directory; /* the model's, its revision, and its directory in the cache */
    char commit[41];
    nomen_fetch_file *files; /* in the order in which they were asked for; none offline */
    size_t n_files, capacity;
    uint64_t n_bytes; /* that were downloaded */
} nomen_fetch_result;

#endif
