/*
 * How fast each stage of nomen runs on this machine with a given model, and how near that is to what
 * the machine can do. `nomen bench` prints it.
 *
 * A stage is run once to warm up, then again and again for the time asked for (three times at least). Beside
 * each stage the machine's peak is measured anew, as processors that are shared, or warm, change their mind.
 */
#ifndef NOMEN_SPEED_SPEED_H
#define NOMEN_SPEED_SPEED_H

#include "nomen/model.h"

enum { NOMEN_SPEED_MAX_LENGTHS = 8 };

typedef struct nomen_speed_options {
    const char *model; /* a model directory; one without a head gets a fresh one */
    nomen_tokenizer_options tokenizer;
    const char *input;                       /* texts, a line each; NULL for sentences that are made up */
    size_t lengths[NOMEN_SPEED_MAX_LENGTHS]; /* pieces of a sequence, special tokens included */
    size_t n_lengths;
    double seconds; /* of measuring, for each line of the result */
    bool int8;      /* dense layers in int8: tokenising and forward alone; the directory must have a head */
} nomen_speed_options;

typedef enum nomen_speed_stage {
    NOMEN_SPEED_TOKENIZE = 0,  /* one thread */
    NOMEN_SPEED_BATCH = 1,     /* forward: the texts sorted and packed, as `nomen tag` and `eval` do it */
    NOMEN_SPEED_ALONE = 2,     /* forward: one text at a time */
    NOMEN_SPEED_TRAIN = 3,     /* one step of training, the sum of the next three (and the loss) */
    NOMEN_SPEED_TRAIN_FORWARD = 4,
    NOMEN_SPEED_BACKWARD = 5,
    NOMEN_SPEED_OPTIMIZER = 6, /* AdamW */
    NOMEN_SPEED_N_STAGES
} nomen_speed_stage;

/* One stage at one length. Work is that of a run: a pass over all texts, or (ALONE) one text, the mean. */
typedef struct nomen_speed_row {
    nomen_speed_stage stage;
    size_t length;  /* pieces of each text; 0: the sentences, of any length */
    double texts, text_bytes, tokens;
    double flops;   /* floating-point operations of products and attention; 0 where they are not the limit */
    double bytes;   /* that must pass through memory; 0 where that is not the limit */
    size_t n_runs;
    double seconds; /* a run: the median; the mean where runs differ in work */
    double fastest, p50, p99;
    double peak; /* flops or bytes a second that the machine reached before or after; 0 where neither counts */
} nomen_speed_row;

typedef struct nomen_speed_result {
    nomen_speed_row *rows;
    size_t n_rows, capacity;
    bool int8;    /* as asked, or as the directory is: flops and peaks are then of 8-bit products */
    double flops; /* the best seen: multiply-adds over registers, two operations each, on the whole team */
    double bytes; /* the same of y += x over blocks as large as the model, read and written */
} nomen_speed_result;

/*
 * Measures every stage. `tell` (may be NULL) hears of each row as it is there. Fails as loading the model
 * and reading the input do, with NOMEN_ERROR_DATA where the input holds no text, and NOMEN_ERROR_INTERRUPTED
 * between rows. The caller clears the result.
 */
nomen_status nomen_speed_measure(const nomen_speed_options *options,
                                 void (*tell)(void *user, const nomen_speed_row *row), void *user,
                                 nomen_speed_result *out, nomen_error *err);
void nomen_speed_result_clear(nomen_speed_result *result);

/* Work in a second over the machine's peak, where the row says which limit counts; else 0. */
double nomen_speed_share(const nomen_speed_row *row);

/* "forward batch" and so on. */
const char *nomen_speed_stage_name(nomen_speed_stage stage);

#endif
