/* What a column's title says that it holds; for tables and for headers over columns. */
#ifndef NOMEN_DATA_ROLES_H
#define NOMEN_DATA_ROLES_H

#include <stdbool.h>
#include <stddef.h>

#include "data/label_split.h"

typedef enum nomen_role {
    NOMEN_ROLE_NONE = 0,
    NOMEN_ROLE_TEXT,     /* a text, whose words stand in it */
    NOMEN_ROLE_WORD,     /* a word, or a list of words */
    NOMEN_ROLE_TAG,      /* a tag, or those of a sentence */
    NOMEN_ROLE_SENTENCE, /* the number or name of a sentence */
    NOMEN_ROLE_EITHER    /* "sentence": a text, or with words beside it the number of one */
} nomen_role;

/* The role of a title; case and white space round it do not count, and spaces, hyphens and underscores are one. */
nomen_role nomen_role_of(const char *title, size_t n_bytes);

#endif
