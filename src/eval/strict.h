/*
 * Entities by seqeval 1.2.2's strict mode: one of six schemes defines which tag may start an entity, continue
 * with it and end it, and what does not follow the scheme is no entity.
 */
#ifndef NOMEN_EVAL_STRICT_H
#define NOMEN_EVAL_STRICT_H

#include "eval/chunk.h"
#include "eval/tag_parts.h"
#include "eval/kinds.h"

/* What the passage from one prefix to the next means, by scheme and by whether the type stays the same. */
typedef struct nomen_strict_rules {
    unsigned char passages[NOMEN_N_STRICT][NOMEN_N_PREFIXES][NOMEN_N_PREFIXES][2];
} nomen_strict_rules;

/* Where a stream stands in its sentence. {.prefix = 0, .type = that of O} at the sentence's start. */
typedef struct nomen_strict_state {
    int prefix;
    int32_t type;
    bool inside;
    size_t begin;
} nomen_strict_state;

nomen_strict_rules nomen_strict_rules_make(void);

/* Whether a scheme has the prefix. */
bool nomen_strict_allows(nomen_strict_scheme scheme, int prefix);

/*
 * Reads the tag at `place`, whose prefix the scheme allows. True where an entity, written to *ended,
 * ended before it. An O must be read after each sentence.
 */
bool nomen_strict_step(const nomen_strict_rules *rules, nomen_strict_scheme scheme, nomen_strict_state *state, int prefix,
                       int32_t type, size_t place, nomen_chunk *ended);

#endif
