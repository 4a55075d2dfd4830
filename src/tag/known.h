/* Tagging with logits that are there already. */
#ifndef NOMEN_TAG_KNOWN_H
#define NOMEN_TAG_KNOWN_H

#include "nomen/tagger.h"
#include "run/stream.h"

/*
 * Finishes the text texts[part->text] by its logits: `part` is all of it (first 0, last true), its pieces as the tagger's unit
 * of words gives them. What the function gets is what nomen_tagger_run would give it.
 */
nomen_status nomen_tagger_finish(nomen_tagger *tagger, const nomen_text *texts, const nomen_stream_part *part,
                                 nomen_tagged_function function, void *user, nomen_error *err);

#endif
