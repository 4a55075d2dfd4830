/*
 * What a request asks: its texts and its model; asked_options.h reads its options. It is the state of the exchange that it
 * belongs to, and keeps what the exchange's request points to.
 */
#ifndef NOMEN_SERVE_ASKED_H
#define NOMEN_SERVE_ASKED_H

#include "serve/exchange.h"

typedef struct nomen_asked {
    /* Texts; their bytes are in the exchange's body or JSON, or for words in `bytes`. */
    nomen_text *texts; /* (n_texts) */
    size_t n_texts;
    char *bytes;
    nomen_span *words;
    /* What the request of the exchange points to. */
    nomen_buffer thresholds, types, ignored_types;
    const char *model; /* NULL: the default */
    nomen_redaction redaction;
    const json_t *ignored_labels; /* of HF's interface; NULL: none but O */
    bool is_list;                 /* of HF's interface: `inputs` was a list */
} nomen_asked;

/* Makes one that is the state of the exchange, and freed with it; sets the sizes of its request and options of writing. */
nomen_status nomen_asked_create(nomen_exchange *exchange, nomen_asked **out, nomen_error *err);

/*
 * Takes the texts of a value: a string, or where `with_words` also {"tokens": [...]}; or a list of these. `key` is for messages.
 * Too many, or too long a one, is 413.
 */
nomen_status nomen_asked_take(nomen_exchange *exchange, nomen_asked *asked, const char *key, const json_t *value, bool is_list,
                              bool with_words, nomen_error *err);

/* Takes "text" or "texts" of the body, one of which must be there. */
nomen_status nomen_asked_take_either(nomen_exchange *exchange, nomen_asked *asked, bool with_words, nomen_error *err);

/* Takes the body as it is, for one text. */
nomen_status nomen_asked_take_body(nomen_exchange *exchange, nomen_asked *asked, nomen_error *err);

/* Takes a hold on a model; 404 where there is none of that name. NULL: the default. */
nomen_status nomen_asked_find(nomen_exchange *exchange, const char *model, nomen_error *err);

/* Hands the texts to the exchange, to be tagged. */
void nomen_asked_submit(nomen_exchange *exchange, nomen_asked *asked);

#endif
