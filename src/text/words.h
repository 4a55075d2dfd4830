/* Words of a text: by white space alone, or as BERT's pre-tokenizer has them. */
#ifndef NOMEN_TEXT_WORDS_H
#define NOMEN_TEXT_WORDS_H

#include <stddef.h>

#include "base/error.h"
#include "nomen/tokenizer.h"

/*
 * Cuts a text into runs of anything but white space (Unicode's White_Space): spans of bytes, appended to the
 * *n_words of *words, an array of capacity *capacity that grows as needed and is not NULL afterwards.
 */
nomen_status nomen_text_words(const char *text, size_t n_bytes, nomen_span **words, size_t *capacity, size_t *n_words,
                              nomen_error *err);

/*
 * The same by BERT's pre-tokenizer after its clean-up: white space separates words, a punctuation mark and
 * an ideograph are words of their own, and characters that the clean-up removes (controls, U+FFFD) neither
 * begin nor end one.
 */
nomen_status nomen_text_bert_words(const char *text, size_t n_bytes, nomen_span **words, size_t *capacity, size_t *n_words,
                                   nomen_error *err);

/* How many words nomen_text_bert_words makes of a text. */
size_t nomen_text_bert_count(const char *text, size_t n_bytes);

#endif
