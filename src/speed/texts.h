/* What is measured on: sentences of a file, or made up; and texts of exactly so many pieces. */
#ifndef NOMEN_SPEED_TEXTS_H
#define NOMEN_SPEED_TEXTS_H

#include "base/buffer.h"
#include "run/examples.h"

/* Texts one after another in one buffer. */
typedef struct nomen_speed_texts {
    nomen_buffer bytes;
    nomen_span *spans; /* (n) */
    size_t n, capacity;
} nomen_speed_texts;

/* The file's lines that are not blank, the first thousand or so; "-" is standard input. */
nomen_status nomen_speed_texts_read(const char *path, nomen_speed_texts *texts, nomen_error *err);

/* Sentences of 3 to 60 words of the model's vocabulary, some 25 on average: the lengths of news. Always the same. */
nomen_status nomen_speed_texts_make(const nomen_model *model, nomen_speed_texts *texts, nomen_error *err);

/* n_texts texts that the model's tokenizer cuts into exactly `length` pieces, special tokens included. */
nomen_status nomen_speed_texts_of(const nomen_model *model, size_t length, size_t n_texts, nomen_speed_texts *texts,
                                  nomen_error *err);

void nomen_speed_texts_clear(nomen_speed_texts *texts);

/* Text i as the only one of `examples`; all of them as the examples. */
nomen_status nomen_speed_texts_one(const nomen_speed_texts *texts, size_t i, const nomen_model *model, nomen_examples *examples,
                                   nomen_error *err);
nomen_status nomen_speed_texts_all(const nomen_speed_texts *texts, const nomen_model *model, nomen_examples *examples,
                                   nomen_error *err);

#endif
