/* Names of labels or tags in the order of their numbers, as an option gives them. */
#ifndef NOMEN_DATA_LABEL_NAMES_H
#define NOMEN_DATA_LABEL_NAMES_H

#include "data/labels.h"

/*
 * `given` is the names themselves, separated by commas, or a file of them: a name a line; a JSON list; or an object that has
 * a list "names" or a map "id2label", itself or deep within. *out is the caller's (nomen_labels_clear).
 */
nomen_status nomen_label_names_read(const char *given, nomen_labels *out, nomen_error *err);

/* The keys under which rows of words keep their tags, and descriptions of data sets their names; NULL at the end. */
extern const char *const nomen_tag_keys[];

#endif
