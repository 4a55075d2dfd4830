/* Names of tags that are numbers, from a file beside the data file; reported as such. */
#ifndef NOMEN_DATA_NAMES_BESIDE_H
#define NOMEN_DATA_NAMES_BESIDE_H

#include "data/builder.h"
#include "data/number_names.h"

/* Looks beside builder->path for names of the key or column `tags`; *out stays empty where there are none, or no path. */
nomen_status nomen_names_beside(nomen_builder *builder, const char *tags, nomen_number_names *out, nomen_error *err);

#endif
