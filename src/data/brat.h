/*
 * brat's standoff: NAME.txt, and beside it NAME.ann with a line an annotation ("T1\tper 0 4\tJane"; offsets are code
 * points of the text file). Read and written by path: a pair, or a directory of pairs, each one text.
 */
#ifndef NOMEN_DATA_BRAT_H
#define NOMEN_DATA_BRAT_H

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
nomen_status nomen_brat_write(const nomen_dataset *set, const nomen_write_options *options, const char *path,
                              bool overwrite, nomen_notes *notes, nomen_error *err);

#endif
