/* The table of file formats. */
#ifndef NOMEN_DATA_FORMATS_H
#define NOMEN_DATA_FORMATS_H

#include "data/format.h"

/* One more than the last format: the public header doesn't say, as later versions may have more. */
#define NOMEN_DATA_N_FORMATS (NOMEN_DATA_AI4PRIVACY + 1)

/* The row of a format, AUTO aside; the last for values that are none. */
const nomen_format *nomen_format_get(nomen_data_format format);

/* The format's name in messages; "auto" for AUTO. */
const char *nomen_format_title(nomen_data_format format);

#endif
