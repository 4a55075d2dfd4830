/* Records of words in JSON: with a tag for each, or with spans that count words. */
#ifndef NOMEN_DATA_JSON_WORDS_H
#define NOMEN_DATA_JSON_WORDS_H

#include "data/json_shape.h"

/* Adds a record whose words and labels are there and are lists. */
nomen_status nomen_json_words_tagged(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err);
nomen_status nomen_json_words_spanned(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err);

/* At the end of a file whose spans' ends are included: reports where they look as if they were not. */
void nomen_json_words_end(nomen_json_reader *reader);

#endif
