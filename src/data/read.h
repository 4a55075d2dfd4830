/* Reads a labelled file into a dataset: its encoding, its format, its sentences and its tag scheme. */
#ifndef NOMEN_DATA_READ_H
#define NOMEN_DATA_READ_H

#include "data/dataset.h"

/*
 * Reads a file ("-" is standard input). Errors state the file, the line, what was found and what to do,
 * such as for differing numbers of words and labels, an empty file, a broken quote, or a file that is not text. The log
 * gets the skipped rows and the detected format, scheme and encoding.
 */
nomen_status nomen_dataset_read(const char *path, const nomen_data_options *options, nomen_dataset *out, nomen_error *err);

/* The same for bytes in memory; `name` is their name in messages. */
nomen_status nomen_dataset_parse(const char *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                                 nomen_dataset *out, nomen_error *err);

/*
 * The same with a sink, which gets every fault and note instead of the log; NULL does as above. `path` is the file that
 * the bytes are from, whose directory may have names of tags; NULL if there is none.
 */
nomen_status nomen_dataset_read_to_sink(const char *path, const nomen_data_options *options, const nomen_data_sink *sink,
                                        nomen_dataset *out, nomen_error *err);
nomen_status nomen_dataset_parse_to_sink(const char *bytes, size_t n_bytes, const char *name, const char *path,
                                         const nomen_data_options *options, const nomen_data_sink *sink, nomen_dataset *out,
                                         nomen_error *err);

#endif
