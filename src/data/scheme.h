/* Tag schemes: which one a file uses, tags that fit none, and conversion to IOB2. */
#ifndef NOMEN_DATA_SCHEME_H
#define NOMEN_DATA_SCHEME_H

#include "data/builder.h"

/*
 * Run once when all sentences are in: finds the scheme, unless it was stated, refuses (or, under
 * skip_bad, drops with their sentences) tags that do not fit it, converts to IOB2, and numbers the tags in
 * order of appearance in set.tag_names.
 *
 * The prefixes in use decide: none is PLAIN, B- and I- are IOB, E- and I- IOE, more letters IOBES or BILOU.
 * IOB is IOB1 when some I- begins an entity and no B- stands where IOB1 would not have it, IOE likewise. A
 * file that breaks the rules is reported. An orphan I- stays one inside, as scorers differ on what it is.
 */
nomen_status nomen_scheme_resolve(nomen_builder *builder, nomen_error *err);

#endif
