/* Tag schemes by name, and their rules of order: what a tag is, what is beside it, and where
 * the rules of a scheme with marked ends are broken. */
#ifndef NOMEN_DATA_SCHEME_RULES_H
#define NOMEN_DATA_SCHEME_RULES_H

#include "data/builder.h"

/* A scheme's name in messages, and the letters of its tags. */
const char *nomen_scheme_title(nomen_scheme scheme);
const char *nomen_scheme_letters(nomen_scheme scheme);

/* What a tag is, looked at alone. */
typedef enum nomen_scheme_kind {
    NOMEN_KIND_OUTSIDE,
    NOMEN_KIND_BEGIN,
    NOMEN_KIND_INSIDE,
    NOMEN_KIND_END,
    NOMEN_KIND_SINGLE,
    NOMEN_KIND_PLAIN,
    NOMEN_KIND_MALFORMED
} nomen_scheme_kind;

static inline bool nomen_scheme_has_prefix(nomen_scheme_kind kind) {
    return kind == NOMEN_KIND_BEGIN || kind == NOMEN_KIND_INSIDE || kind == NOMEN_KIND_END || kind == NOMEN_KIND_SINGLE;
}

/* Facts about each tag, and about the file. */
typedef struct nomen_scheme_facts {
    nomen_scheme_kind *kinds;
    size_t *counts;
    size_t *types; /* of a tag with a prefix, the number of its type */
    size_t n_types;
    nomen_scheme scheme;
    bool all_outside, only_inside; /* no tag but O; none with a prefix but I- */
    size_t example;                /* a tag with a prefix of the scheme; SIZE_MAX where there is none */
} nomen_scheme_facts;

/* How often the rules of a pair of schemes are broken. */
typedef struct nomen_scheme_counts {
    size_t lone_mark;  /* B- (E-) with no neighbour of its type before (after) it: not IOB1 (IOE1) */
    size_t no_mark;    /* I- (or any, in IOBES) where an entity begins (ends) unmarked: not IOB2 (IOE2) */
    size_t first_line; /* of the sentence of the first such */
} nomen_scheme_counts;

/* What stands beside a word's tag in its sentence, as far as it is of the same type. */
nomen_scheme_kind nomen_scheme_beside(const nomen_scheme_facts *facts, const int32_t *tags, size_t word, size_t other);

nomen_scheme_counts nomen_scheme_count(const nomen_dataset *set, const nomen_scheme_facts *facts);

/* Reports to the sink each tag that breaks the rules of a scheme with marked ends; those of IOB2 stay in the dataset. */
void nomen_scheme_report_order(const nomen_builder *builder, const nomen_scheme_facts *facts);

#endif
