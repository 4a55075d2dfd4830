/*
 * Labels taken apart: the prefix that says where a word stands in its entity, and the entity's type. Programs read odd
 * labels ("B-", "PER", "S-per") differently, so there are three readings: our own, Hugging Face's and seqeval's.
 */
#ifndef NOMEN_DATA_LABEL_SPLIT_H
#define NOMEN_DATA_LABEL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct nomen_label_parts {
    char prefix;      /* which letters there are depends on the reading; 0 for none */
    const char *type; /* points into the label, or to a constant */
} nomen_label_parts;

/*
 * Our own reading: the prefix is 'B', 'I', 'E' (also for L-) or 'S' (also for U-) where the letter, "-" and a type that is
 * not empty make the label; 'O' for "O"; 0 for any other label, which is a type as it stands.
 */
nomen_label_parts nomen_label_split(const char *label);

/* The prefix alone, of n_bytes bytes. */
char nomen_label_prefix(const char *label, size_t n_bytes);

/* Whether it is O or has a prefix. */
static inline bool nomen_is_tag(const char *label, size_t n_bytes) {
    return nomen_label_prefix(label, n_bytes) != 0;
}

/* Hugging Face's get_tag: 'B' or 'I' and what follows "B-" or "I-", maybe nothing; otherwise 0, and all of it is the type. */
nomen_label_parts nomen_label_split_hf(const char *label);

/*
 * Whether a unit with this label, after one labelled `before`, is of the same entity (or of none, as that one): Hugging
 * Face joins neighbours of one type until one has a B-.
 */
bool nomen_label_continues_hf(const char *before, const char *label);

/*
 * The name under which Hugging Face reports an entity (group_sub_entities): what follows the first "-" of a label, or all
 * of it. So an orphan S-per is "per", though Hugging Face groups it apart from B-per.
 */
const char *nomen_label_group_name(const char *label);

/* The same as the type of an entity: NULL for O and for words of unknown label. */
const char *nomen_label_entity_type(const char *label);

/*
 * seqeval's default mode: the prefix is the first character (0 where it is not ASCII), the type what follows the first "-"
 * after that character or, without a "-", all that follows it; "_" where that is empty. So "B-creative-work" is of type
 * "creative-work", "PER" of type "ER" and "O" of type "_".
 */
nomen_label_parts nomen_label_split_seqeval(const char *label);

#endif
