/* The post-processor: which special tokens stand round a sequence. */
#ifndef NOMEN_TOKEN_TEMPLATE_H
#define NOMEN_TOKEN_TEMPLATE_H

#include <jansson.h>

#include "token/internal.h"

/* Whether this is a kind of post-processor nomen has; otherwise NOMEN_ERROR_UNSUPPORTED, naming it. */
nomen_status nomen_template_check(const json_t *processor, const char *name, nomen_error *err);

/* Reads tokenizer.json's "post_processor" (NULL and null: no special tokens). `size`: ids must be below it. */
nomen_status nomen_template_parse(const json_t *processor, const char *name, size_t size, nomen_template *out, nomen_error *err);

/* [CLS] before and [SEP] after, as BertTokenizer sets it. */
nomen_status nomen_template_bert(int32_t cls, int32_t sep, nomen_template *out, nomen_error *err);

void nomen_template_clear(nomen_template *template);

#endif
