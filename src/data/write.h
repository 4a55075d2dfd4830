/* Writing a dataset in a format. */
#ifndef NOMEN_DATA_WRITE_H
#define NOMEN_DATA_WRITE_H

#include "data/writer.h"

/*
 * Writes a dataset in a format, part by part. *notes gets what the format can't hold; they are logged
 * under `name`, that of the file written.
 */
nomen_status nomen_dataset_write(const nomen_dataset *set, const nomen_write_options *options, const char *name,
                                 nomen_bytes_function part, void *user, nomen_notes *notes, nomen_error *err);

/* Counts in writer->notes what the format can't hold of every sentence; a text without words may be an error. */
nomen_status nomen_writer_begin(nomen_writer *writer, nomen_data_format format, nomen_error *err);

#endif
