/*
 * Added tokens: strings that are cut out of a text before the vocabulary is asked. As in HF there
 * are two sets: those with normalized=false are looked for in the raw text, the others in the
 * normalised text of what is left. Of the matches that begin first the longest wins.
 */
#ifndef NOMEN_TOKEN_ADDED_H
#define NOMEN_TOKEN_ADDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/normalize.h"
#include "token/strmap.h"
#include "token/vocab.h"

typedef struct nomen_added_flags {
    bool single_word; /* only where no letter, digit or underscore touches it */
    bool lstrip;      /* takes the white space before it */
    bool rstrip;      /* takes the white space after it */
    bool normalized;  /* is looked for in the normalised text */
    bool special;     /* decode can leave it out */
} nomen_added_flags;

typedef struct nomen_added_token {
    char *content; /* as the files have it */
    size_t n_content;
    char *pattern; /* what is looked for, and what decode gives: the content, normalised if so flagged */
    size_t n_pattern;
    int32_t id;
    nomen_added_flags flags;
    bool ever_special; /* once special, its name stays in HF's set of special tokens */
} nomen_added_token;

/* One of the two sets. */
typedef struct nomen_matcher {
    nomen_strmap patterns; /* to indices of added tokens */
    size_t *lengths;       /* the lengths that occur, falling */
    size_t n_lengths;
    bool starts[256]; /* first bytes that occur */
} nomen_matcher;

/* Start from {0}. */
typedef struct nomen_added {
    nomen_added_token *tokens;
    size_t n, capacity;
    nomen_matcher raw, normal;
    bool split_special; /* special tokens are not cut out (split_special_tokens) */
} nomen_added;

/*
 * Adds a token under `id`, or changes the flags of the one with the same content. Call
 * nomen_added_finish once after the last.
 */
nomen_status nomen_added_add(nomen_added *added, const char *content, size_t n_bytes, int32_t id, nomen_added_flags flags,
                             nomen_error *err);

/* The index of the token with this content, or -1. */
int32_t nomen_added_find(const nomen_added *added, const char *content, size_t n_bytes);

/* Normalises the patterns and builds the two sets. `name` is for messages. */
nomen_status nomen_added_finish(nomen_added *added, const nomen_normalizer *normalizer, const char *name, nomen_error *err);

void nomen_added_clear(nomen_added *added);

/* A stretch of text: an added token (its index), or what lies between (-1). */
typedef struct nomen_text_part {
    size_t start, end;
    int32_t token;
} nomen_text_part;

/* Walks over the parts of a text, in order. Set it up with nomen_text_parts_start. */
typedef struct nomen_text_parts {
    const nomen_added *added;
    const nomen_matcher *matcher;
    const char *text;
    size_t n_bytes;
    size_t search;        /* where the next match may begin */
    size_t covered;       /* the end of the last part */
    nomen_text_part held; /* a token found after text that had to be given first */
    bool holds;
} nomen_text_parts;

static inline nomen_text_parts nomen_text_parts_start(const nomen_added *added, const nomen_matcher *matcher, const char *text,
                                                      size_t n_bytes) {
    return (nomen_text_parts){.added = added, .matcher = matcher, .text = text, .n_bytes = n_bytes};
}

/* The next part, never empty; false at the end. */
bool nomen_text_parts_next(nomen_text_parts *parts, nomen_text_part *out);

#endif
