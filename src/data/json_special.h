/* Records of tools that take more than a row of keys to read: functions that rows of json_shapes.c name. */
#ifndef NOMEN_DATA_JSON_SPECIAL_H
#define NOMEN_DATA_JSON_SPECIAL_H

#include "data/json_shape.h"

/* spacy_read.c: pairs, the annotator's export, paragraphs. */
bool nomen_spacy_looks_like(const json_t *record);
nomen_status nomen_spacy_read_record(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err);

/* label_studio_read.c: tasks, and what tells the short form apart. */
bool nomen_label_studio_looks_like(const json_t *record);
bool nomen_label_studio_looks_short(const json_t *record);
nomen_status nomen_label_studio_read_task(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err);

/* prodigy_read.c: tasks with their answers; and what is logged of all of them at the end. */
nomen_status nomen_prodigy_read_task(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err);
nomen_status nomen_prodigy_end(nomen_json_reader *reader, nomen_error *err);

/* word_pieces.c: lists of a tokenizer's pieces, which are refused. */
bool nomen_word_pieces_look_like(const json_t *record);
nomen_status nomen_word_pieces_refuse(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err);

#endif
