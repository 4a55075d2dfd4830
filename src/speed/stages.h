/* The stages, each of which adds its row or rows: tokenising and inference (stages.c), training (training.c). */
#ifndef NOMEN_SPEED_STAGES_H
#define NOMEN_SPEED_STAGES_H

#include "speed/bench.h"

/* `length` is that of the texts in pieces, or 0 where they differ. */
nomen_status nomen_speed_tokenize(nomen_speed_bench *b, const nomen_speed_texts *texts, nomen_error *err);
nomen_status nomen_speed_forward_batch(nomen_speed_bench *b, const nomen_speed_texts *texts, size_t length, nomen_error *err);
nomen_status nomen_speed_forward_alone(nomen_speed_bench *b, const nomen_speed_texts *texts, size_t length, nomen_error *err);

/* Training, for each of the texts[n] of these lengths. */
nomen_status nomen_speed_train(nomen_speed_bench *b, const nomen_speed_texts *texts, const size_t *lengths, size_t n,
                               nomen_error *err);

#endif
