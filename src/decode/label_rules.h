/*
 * What label names say about which label may follow which: the rules of IOB2, IOE2, IOBES and BILOU. They are
 * found from the whole set, as a foreign model states no scheme.
 */
#ifndef NOMEN_DECODE_LABEL_RULES_H
#define NOMEN_DECODE_LABEL_RULES_H

#include "data/labels.h"

/* What one label is. L- is read as E-, and U- as S-. */
typedef struct nomen_label_rule {
    char letter;   /* 'B', 'I', 'E', 'S'; 'O' for O; 0 for a label without prefix */
    int32_t type;  /* labels of one type have one number; -1 for O */
    bool opened;   /* it must follow B- or I- of its type */
    bool closed;   /* I- or E- of its type must follow it */
    int32_t begin; /* the label that begins an entity in its place: B- for I-, S- for E-; itself where there is none */
} nomen_label_rule;

/*
 * The rules of a set of labels. Some label of any set, O or one that stands in for it, may begin and end a
 * text and stand beside itself; and from each label that may end a text it may follow. So every text has a
 * legal sequence.
 */
typedef struct nomen_label_rules {
    nomen_label_rule *labels; /* (n) */
    size_t n;                 /* K */
    int32_t outside;          /* O, or -1 */
    const char *scheme;       /* "IOB2", "IOBES"..., or NULL where nothing is forbidden; static */
} nomen_label_rules;

/*
 * Finds them. A rule is kept to what the set can meet: where no label B-x exists, I-x may begin an entity, and so
 * on. In a set of B- and I- alone one type without B- means IOB1, in one of I- and E- one type without E-
 * for IOE1: there an I- begins (ends) entities as well, and nothing is forbidden.
 */
nomen_status nomen_label_rules_create(const nomen_labels *labels, nomen_label_rules *out, nomen_error *err);
void nomen_label_rules_clear(nomen_label_rules *rules);

/* Whether label b may follow label a. -1 for a is the beginning of the text, for b its end. */
bool nomen_label_rules_allow(const nomen_label_rules *rules, int32_t a, int32_t b);

/* Whether b begins an entity, where a is the label before (-1 for none): b is not O, and does not continue a's. */
bool nomen_label_rules_begins(const nomen_label_rules *rules, int32_t a, int32_t b);

#endif
