/* nomen.json: how a model was trained, so that using it can't differ. */
#ifndef NOMEN_MODEL_DIR_SETTINGS_H
#define NOMEN_MODEL_DIR_SETTINGS_H

#include "base/json.h"
#include "data/align.h"
#include "nomen/model.h"

typedef struct nomen_settings {
    nomen_word_unit words; /* never AUTO */
    nomen_align_mode alignment;
    size_t max_length;          /* pieces of a window, special tokens included */
    size_t stride;              /* overlap of windows, in pieces */
    size_t context;             /* pieces of the neighbouring sentences that are seen with one, each side */
    nomen_overflow on_overflow; /* never AUTO */
    bool crf;                   /* it was trained with a CRF, which crf.safetensors has */
} nomen_settings;

/*
 * Reads DIRECTORY/nomen.json over the defaults that `settings` holds; a directory without one leaves
 * them, and *record. *record is a new reference to the whole object.
 */
nomen_status nomen_settings_read(const char *directory, nomen_settings *settings, json_t **record, nomen_error *err);

/* Writes it: the settings, then the keys of `record` (may be NULL) that are not among them. */
nomen_status nomen_settings_write(const char *directory, const nomen_settings *settings, const json_t *record, nomen_error *err);

/*
 * Sets one key of DIRECTORY/nomen.json, or removes it where `value` (borrowed) is NULL; *had is set where it was
 * there. The rest stays as it stands, the file is replaced as a whole, and is made where it is missing.
 */
nomen_status nomen_settings_set_key(const char *directory, const char *key, json_t *value, bool *had, nomen_error *err);

#endif
