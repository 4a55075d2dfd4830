/*
 * The formats: how one is known by its beginning, and one reader each, in a file of its own. A reader
 * gets valid UTF-8 without NUL and a builder that is empty but for its settings.
 */
#ifndef NOMEN_DATA_READERS_H
#define NOMEN_DATA_READERS_H

#include <jansson.h>

#include "data/builder.h"

/*
 * The format, by the first line that holds something: a CSV header with the columns of one of the
 * two CSV forms, else JSON, whose first value decides, else a line of columns, else a line with a type's tags
 * round an entity. NOMEN_ERROR_FORMAT says what the line lacks.
 */
nomen_status nomen_data_detect(const char *bytes, size_t n_bytes, const char *name, nomen_data_format *out,
                               nomen_error *err);

/* The format of JSON at the beginning of `bytes`, which stand on `line` of the file, by its first value. */
nomen_status nomen_data_detect_json(const char *bytes, size_t n_bytes, const char *name, size_t line,
                                    nomen_data_format *out, nomen_error *err);

/* One pair a format; see data/formats.h for what both do. */
struct nomen_writer;
nomen_status nomen_seed_csv_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_seed_csv_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_long_csv_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_long_csv_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_conll_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_conll_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_conll_2002_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_conll_2003_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_hf_jsonl_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_hf_jsonl_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_jsonl_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_jsonl_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_doccano_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_doccano_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_prodigy_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_prodigy_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_spacy_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_spacy_write(struct nomen_writer *writer, nomen_error *err);
nomen_status nomen_label_studio_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_label_studio_write(struct nomen_writer *writer, nomen_error *err);

/* One text of a format, without what stands between texts; for writers of one text at a time. */
nomen_status nomen_doccano_put(struct nomen_writer *writer, size_t sentence, nomen_error *err);
nomen_status nomen_prodigy_put(struct nomen_writer *writer, size_t sentence, nomen_error *err);
nomen_status nomen_spacy_put(struct nomen_writer *writer, size_t sentence, nomen_error *err);
nomen_status nomen_label_studio_put(struct nomen_writer *writer, size_t sentence, nomen_error *err);

nomen_status nomen_inline_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_inline_write(struct nomen_writer *writer, nomen_error *err);

/* Whether a pair of tags round an entity stands on one of the first lines. */
bool nomen_inline_is(const char *bytes, size_t n_bytes);

/* The tags of a row of HF JSONL, or NULL, and the key they stand under. */
const json_t *nomen_hf_tags(const json_t *row, const char **key);

/* Titles of the long form's columns. */
#define NOMEN_LONG_CSV_SENTENCE "Sentence #"
#define NOMEN_LONG_CSV_WORD "Word"
#define NOMEN_LONG_CSV_TAG "Tag"

/* Titles of the seed form's columns. */
#define NOMEN_SEED_CSV_TEXT "text"
#define NOMEN_SEED_CSV_LABELS "labels"

#endif
