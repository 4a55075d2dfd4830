/*
 * Files packed by gzip, and zip archives of one file, known by their bytes. What is unpacked is bounded, whatever sizes the
 * archive states: 64 MiB, or 200 times the archive where that is more, unless another limit is asked for.
 */
#ifndef NOMEN_DATA_UNPACK_H
#define NOMEN_DATA_UNPACK_H

#include <stddef.h>

#include "base/buffer.h"

/* What is to be read in place of a file's bytes. Zero-initialise it. */
typedef struct nomen_unpacked {
    const char *bytes; /* the file's own where it was not packed, else those of `buffer` */
    size_t n_bytes;
    const char *from;    /* "gzip" or "zip", a constant; NULL where it was not packed */
    nomen_buffer member; /* of a zip: the file's name in it, UTF-8 */
    nomen_buffer buffer;
} nomen_unpacked;

/*
 * Unpacks `bytes` where they are an archive; `bytes` are borrowed. max_unpacked: the most bytes; 0 for the default.
 *
 * NOMEN_ERROR_FORMAT: damaged, cut off, followed by something else; NOMEN_ERROR_LIMIT: larger than allowed;
 * NOMEN_ERROR_DATA: a zip of no file, or of several; NOMEN_ERROR_UNSUPPORTED: encrypted, another way of compression, a file
 * of another program (data/known.h), packed or not, or built without the library.
 */
nomen_status nomen_unpack(const char *bytes, size_t n_bytes, const char *name, size_t max_unpacked, nomen_unpacked *out,
                          nomen_error *err);

/* Logs what was unpacked from what, if anything was. */
void nomen_unpacked_log(const nomen_unpacked *unpacked, const char *name);

/* Frees what it holds and leaves {0}. */
void nomen_unpacked_clear(nomen_unpacked *unpacked);

#endif
