/*
 * Names of labels or tags in the order of their numbers, as an option gives them: --tag-names for numbers in a data
 * file, --labels for the rows of a model's head.
 */
#ifndef NOMEN_DATA_LABEL_NAMES_H
#define NOMEN_DATA_LABEL_NAMES_H

#include "data/labels.h"

/*
 * `given` is the names themselves, separated by commas ("O,B-per,I-per"), or a file of them: a name a line; a JSON
 * list; or an object that has a list "names" or a map "id2label", itself or deep within (config.json,
 * dataset_info.json, dataset_infos.json). White space around a name is no part of it. *out is the caller's
 * (nomen_labels_clear). NOMEN_ERROR_FORMAT where a name is empty, is there twice, is not UTF-8 or holds a control
 * character, or where there is none.
 */
nomen_status nomen_label_names_read(const char *given, nomen_labels *out, nomen_error *err);

/* The keys under which rows of words keep their tags, and descriptions of data sets their names; NULL at the end. */
extern const char *const nomen_tag_keys[];

#endif
