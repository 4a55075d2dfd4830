/* What was measured: a row for each stage and length, and the machine's peaks beside them. */
#ifndef NOMEN_SPEED_RESULT_H
#define NOMEN_SPEED_RESULT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum nomen_speed_stage {
    NOMEN_SPEED_TOKENIZE = 0, /* one thread */
    NOMEN_SPEED_BATCH = 1,    /* forward: the texts sorted and packed, as `nomen tag` and `eval` do it */
    NOMEN_SPEED_ALONE = 2,    /* forward: one text at a time */
    NOMEN_SPEED_TRAIN = 3,    /* one step of training, the sum of the next three (and the loss) */
    NOMEN_SPEED_TRAIN_FORWARD = 4,
    NOMEN_SPEED_BACKWARD = 5,
    NOMEN_SPEED_OPTIMIZER = 6, /* AdamW */
    NOMEN_SPEED_N_STAGES
} nomen_speed_stage;

/* One stage at one length. Work is that of a run: a pass over all texts, or (ALONE) one text, the mean. */
typedef struct nomen_speed_row {
    nomen_speed_stage stage;
    size_t length; /* pieces of each text; 0: the sentences, of any length */
    double texts, text_bytes, tokens;
    double flops; /* floating-point operations of products and attention; 0 where they are not the limit */
    double bytes; /* that must pass through memory; 0 where that is not the limit */
    size_t n_runs;
    double seconds; /* a run: the median; the mean where runs differ in work */
    double fastest, p50, p99;
    double peak;  /* the most flops or bytes a second that the machine reached beside the runs; 0 where neither counts */
    double share; /* of flops: the median over passes of a pass's rate over the peak right before and after it */
    size_t n_kept, n_dropped; /* passes whose two peaks agree, which alone count; the others */
} nomen_speed_row;

typedef struct nomen_speed_result {
    nomen_speed_row *rows;
    size_t n_rows, capacity;
    bool int8;    /* as asked, or as the directory is: flops and peaks are then of 8-bit products */
    bool bf16;    /* as asked: flops and peaks are then of bf16 products */
    double flops; /* the best seen: multiply-adds over registers, two operations each, on the whole team */
    double bytes; /* the same of y += x over blocks as large as the model, read and written */
} nomen_speed_result;

/* Frees what it holds and leaves {0}. */
void nomen_speed_result_clear(nomen_speed_result *result);

/* The share of the machine's peak, where the row says which limit counts; else 0. */
double nomen_speed_share(const nomen_speed_row *row);

/* "forward batch" and so on. */
const char *nomen_speed_stage_name(nomen_speed_stage stage);

#endif
