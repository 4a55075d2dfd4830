/*
 * Tags taken apart, each once: by the rules of seqeval's default mode, of its strict mode and of
 * conlleval, which differ in odd tags alone ("B-x-", "B", "PER", "Bper").
 */
#ifndef NOMEN_EVAL_TAG_PARTS_H
#define NOMEN_EVAL_TAG_PARTS_H

#include "base/intern.h"

/* The prefixes that the strict schemes know, in the order of their numbers; any other is NOMEN_NO_PREFIX. */
#define NOMEN_PREFIXES "OIBESUL"
enum { NOMEN_N_PREFIXES = 7, NOMEN_NO_PREFIX = NOMEN_N_PREFIXES };

typedef struct nomen_tag_parts {
    char letter;         /* as nomen_label_split_seqeval gives it */
    int32_t type;        /* in the table's types, as all that follow */
    int strict_prefix;   /* the first letter's place in NOMEN_PREFIXES */
    int32_t strict_type; /* the rest, less the hyphens at both ends; "_" where that is empty */
    char conll_letter;   /* what stands before the first hyphen (all of it without one), where that is one byte; else 0 */
    int32_t conll_prefix, conll_type; /* that, and what follows the hyphen; of no type is also "0" */
} nomen_tag_parts;

typedef struct nomen_tag_parts_table {
    nomen_interner tags, types;
    nomen_tag_parts *parts; /* (tags.n) */
    size_t capacity;
} nomen_tag_parts_table;

/* The index of a tag, taken apart when it is new. On failure at most types are added. */
nomen_status nomen_tag_parts_intern(nomen_tag_parts_table *table, const char *tag, int32_t *out, nomen_error *err);

void nomen_tag_parts_clear(nomen_tag_parts_table *table);

#endif
