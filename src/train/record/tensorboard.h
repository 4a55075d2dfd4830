/*
 * Events of a run for TensorBoard: a file of TFRecords (length, data, and masked CRC-32C of each), whose data are messages
 * of tensorflow's event.proto and summary.proto. Tags are those of transformers' TensorBoardCallback.
 */
#ifndef NOMEN_TRAIN_TENSORBOARD_H
#define NOMEN_TRAIN_TENSORBOARD_H

#include "base/buffer.h"
#include "train/record/append_file.h"
#include "train/record/history.h"

/* Start from NOMEN_TENSORBOARD_NONE. */
typedef struct nomen_tensorboard {
    nomen_append_file file;
    bool alone;                   /* there was no other event file in the directory */
    nomen_buffer record, message; /* scratch */
} nomen_tensorboard;
#define NOMEN_TENSORBOARD_NONE ((nomen_tensorboard){.file = {.file = -1}})

/*
 * Whether the directory may take the events of a run: it is absent, or only `replace` allows it to hold those of another one,
 * whose curves would be mixed with these. NOMEN_ERROR_EXISTS with NOMEN_REMEDY_OVERWRITE.
 */
nomen_status nomen_tensorboard_check(const char *directory, bool replace, nomen_error *err);

/*
 * Makes the directory, with those above it, and a new file events.out.tfevents.SECONDS.HOST.PID in it, which sorts behind those
 * that are there. It begins with `args`, a text in Markdown, and with a session start that purges what other files there have of
 * step `purge` and later: 0 purges all. NOMEN_ERROR_IO. *out is to be closed whatever happens.
 */
nomen_status nomen_tensorboard_open(const char *directory, size_t purge, const char *args, nomen_tensorboard *out,
                                    nomen_error *err);

/* Adds an entry of the log or an evaluation. Where the disk fails there is a warning, once; fails with NOMEN_ERROR_MEMORY. */
nomen_status nomen_tensorboard_add(nomen_tensorboard *board, nomen_history_item item, nomen_error *err);

/* Leaves NOMEN_TENSORBOARD_NONE. */
void nomen_tensorboard_close(nomen_tensorboard *board);

/* CRC-32C (Castagnoli; RFC 3720, appendix B.4), for tests too. */
uint32_t nomen_crc32c(const void *bytes, size_t n_bytes);

#endif
