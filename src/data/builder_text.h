/*
 * The builder's half for files of texts with spans: a text is opened, gets its spans, and is cut into words whose tags
 * follow from the spans. What becomes of each span that is not whole words is reported.
 */
#ifndef NOMEN_DATA_BUILDER_TEXT_H
#define NOMEN_DATA_BUILDER_TEXT_H

#include "data/builder.h"

/* Opens a sentence that is a whole text, whose words nomen_builder_end_text will find. */
nomen_status nomen_builder_begin_text(nomen_builder *builder, const char *text, size_t n_bytes, size_t line, nomen_error *err);

/*
 * Adds an entity to the open text: bytes start to end, which are whole characters. An empty one, one past
 * the text, a label that is empty or holds a NUL is a fault.
 */
nomen_status nomen_builder_add_span(nomen_builder *builder, size_t start, size_t end, const char *label, size_t n_label,
                                    nomen_error *err);

/* Bytes start to end of the open text are of unknown label: words that they touch and no entity has become NOMEN_TAG_UNKNOWN. */
nomen_status nomen_builder_add_unknown(nomen_builder *builder, size_t start, size_t end, nomen_error *err);

/* The same afterwards for the whole of every text with one entity. */
nomen_status nomen_builder_unknown_beside_single(nomen_builder *builder, nomen_error *err);

/* Closes the open text: cuts it into words and makes their tags from the spans. */
nomen_status nomen_builder_end_text(nomen_builder *builder, nomen_error *err);

/* The same with words of the caller's, at least one, in order. */
nomen_status nomen_builder_end_text_as(nomen_builder *builder, const nomen_span *words, size_t n_words, nomen_error *err);

#endif
