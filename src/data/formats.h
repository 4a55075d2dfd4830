/* The table of file formats. */
#ifndef NOMEN_DATA_FORMATS_H
#define NOMEN_DATA_FORMATS_H

#include "data/format.h"

/* The row of a format, AUTO aside; the last for values that are none. */
const nomen_format *nomen_format_get(nomen_data_format format);

/* The format's name in messages; "auto" for AUTO. */
const char *nomen_format_title(nomen_data_format format);

#endif
