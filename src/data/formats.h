/* The table of file formats. */
#ifndef NOMEN_DATA_FORMATS_H
#define NOMEN_DATA_FORMATS_H

#include "data/format.h"

/* One more than the last format: the public header doesn't say, as later versions may have more. */
#define NOMEN_DATA_N_FORMATS (NOMEN_DATA_AI4PRIVACY + 1)

/* The row of a format, AUTO aside. */
const nomen_format *nomen_format_get(nomen_data_format format);

/* NOMEN_ERROR_ARGUMENT, naming the format, where there is no writer for it. */
nomen_status nomen_format_check_writable(nomen_data_format format, nomen_error *err);

/* The format's name in messages; "auto" for AUTO. */
const char *nomen_data_format_name(nomen_data_format format);

/* The format to write, by the suffix of a path; AUTO where it says nothing. */
nomen_data_format nomen_format_of_path(const char *path);

#endif
