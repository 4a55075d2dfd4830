/* Tag schemes: which one a file uses, tags that fit none, and conversion to IOB2. */
#ifndef NOMEN_DATA_SCHEME_H
#define NOMEN_DATA_SCHEME_H

#include "data/builder.h"

/*
 * Run once when all sentences are in: finds the scheme, refuses (or, under skip_bad, drops with their
 * sentences) tags that do not fit it, converts IOB1 to IOB2, and numbers the tags in order of
 * appearance in set.tag_names.
 *
 * A file with any B-type or I-type is IOB, and each other tag but O is a fault; a file without is
 * PLAIN. It is IOB1 when some I- begins an entity and no B- stands where IOB1 would not have it. A
 * file that follows neither rule is left as it is and called IOB2, with a warning.
 */
nomen_status nomen_scheme_settle(nomen_builder *builder, nomen_error *err);

#endif
