/* Reading a labelled file into a dataset: encoding, format, reader, tag scheme. */
#ifndef NOMEN_DATA_READ_H
#define NOMEN_DATA_READ_H

#include "data/dataset.h"

/*
 * Reads a file ("-" is standard input). Errors carry file, line, what was found and what to do:
 * counts of words and labels that differ, an empty file, a broken quote, a file that is not text.
 * Skipped rows and the detected format, scheme and encoding go to the log.
 */
nomen_status nomen_dataset_read(const char *path, const nomen_data_options *options, nomen_dataset *out, nomen_error *err);

/* The same from memory; `name` is its name in messages. */
nomen_status nomen_dataset_parse(const char *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                                 nomen_dataset *out, nomen_error *err);

/*
 * The same with a sink, which gets every fault and note in place of the log. NULL: as above. `path`: of the file that the bytes
 * are of, beside which names of tags may lie; NULL for none.
 */
nomen_status nomen_dataset_read_to_sink(const char *path, const nomen_data_options *options, const nomen_data_sink *sink,
                                        nomen_dataset *out, nomen_error *err);
nomen_status nomen_dataset_parse_to_sink(const char *bytes, size_t n_bytes, const char *name, const char *path,
                                         const nomen_data_options *options, const nomen_data_sink *sink, nomen_dataset *out,
                                         nomen_error *err);

#endif
