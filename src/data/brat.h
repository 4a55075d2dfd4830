/*
 * brat's standoff: NAME.txt, and beside it NAME.ann with one annotation per line ("T1\tper 0 4\tJane"; offsets are code
 * points of the text file). Read and written by path: a pair, or a directory of pairs, each one text.
 */
#ifndef NOMEN_DATA_BRAT_H
#define NOMEN_DATA_BRAT_H

#include "base/file.h"
#include "data/builder.h"
#include "data/writer.h"

/* Whether the path names a pair (by either file) or a directory, which no other format has. */
bool nomen_brat_is(const char *path);

/* Adds the texts of a pair or a directory, in order of their names. *encoding gets that of the last. */
nomen_status nomen_brat_read(nomen_builder *builder, const char *path, const char **encoding, nomen_error *err);

/*
 * Writes a pair where `path` ends in .ann or .txt (for one text alone), else a directory with a pair a text, which
 * appears as a whole. *notes as in nomen_dataset_write.
 */
nomen_status nomen_brat_write(const nomen_dataset *set, const nomen_write_options *options, const char *path, bool overwrite,
                              nomen_notes *notes, nomen_error *err);

/* For writers of one text at a time. A `path` here ends in .ann or .txt, and comes back with either. */

/* Whether a path to write names a pair, and not a directory. */
bool nomen_brat_is_pair(const char *path);

/*
 * A pair takes two names, of which the caller gave one: neither may replace a file that is there (unless
 * `overwrite`), nor the input (NULL for none).
 */
nomen_status nomen_brat_pair_check(char *path, bool overwrite, const char *input, nomen_error *err);

/* A directory to be replaced must hold nothing but pairs: what else stands there would be gone. */
nomen_status nomen_brat_directory_check(const char *path, nomen_error *err);

/* A pair that is written and not yet renamed to its names. */
typedef struct nomen_brat_pair {
    nomen_output *text, *ann;
} nomen_brat_pair;

nomen_status nomen_brat_pair_open(nomen_writer *writer, size_t sentence, char *path, bool overwrite, nomen_brat_pair *out,
                                  nomen_error *err);
nomen_status nomen_brat_pair_commit(nomen_brat_pair *pair, nomen_error *err); /* both, or the first that fails ends it */
void nomen_brat_pair_abandon(nomen_brat_pair *pair);                          /* harmless afterwards */

#endif
