/* Tags on their way out: from IOB2 or plain, as they are inside, to the scheme that is wished. */
#ifndef NOMEN_DATA_SCHEME_OUT_H
#define NOMEN_DATA_SCHEME_OUT_H

#include <string.h>

#include "data/dataset.h"

/* A tag's name as it is written. */
typedef struct nomen_tag_name {
    char *text;
    size_t n_bytes;
} nomen_tag_name;

typedef struct nomen_tag_writer {
    const nomen_dataset *set;
    nomen_scheme scheme;
    bool as_is;            /* the tags inside are those that are wished */
    nomen_tag_name *names; /* (n_tags * 4) a tag's names by its place in an entity; of plain tags and O one */
    bool *changed;         /* (n_tags) a character had to be replaced */
    bool any_changed;
    bool in_csv_bare;     /* no name needs quotes in CSV */
    nomen_tag_name *tags; /* of a sentence */
    unsigned char *places;
    size_t tags_capacity, places_capacity;
    size_t n_merged; /* entities that the scheme can't part from the one before */
} nomen_tag_writer;

/* AUTO is the scheme that the file had. `clean`: white space and controls in names become "_". */
nomen_status nomen_tag_writer_create(const nomen_dataset *set, nomen_scheme scheme, bool clean, nomen_tag_writer *out,
                                     nomen_error *err);
void nomen_tag_writer_clear(nomen_tag_writer *writer);

/* The tags of a sentence in writer->tags. */
nomen_status nomen_tag_writer_run(nomen_tag_writer *writer, size_t sentence, nomen_error *err);

/* The type of a tag that is not O: after B- and I-, or a plain tag whole. */
static inline const char *nomen_tag_type(const nomen_dataset *set, int32_t tag) {
    return set->tag_names[tag] + (set->scheme == NOMEN_SCHEME_PLAIN ? 0 : 2);
}

/* Whether a word with this tag is in no entity: O, or of unknown label. */
static inline bool nomen_tag_is_outside(const nomen_dataset *set, int32_t tag) {
    return strcmp(nomen_tag_or_outside(set->tag_names[tag]), "O") == 0;
}

/* Whether a word of an entity begins it; `before` is the tag of the word before, if that is in an entity (`inside`). */
static inline bool nomen_tag_begins(const nomen_dataset *set, bool inside, int32_t before, int32_t tag) {
    if (!inside || (set->scheme != NOMEN_SCHEME_PLAIN && set->tag_names[tag][0] == 'B')) { return true; }
    return before != tag && strcmp(nomen_tag_type(set, before), nomen_tag_type(set, tag)) != 0;
}

#endif
