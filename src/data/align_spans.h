/*
 * Spans of characters to tags of words. A text is cut into words by the unit that was asked for; a span
 * whose ends are not those of words is snapped by policy; of spans that overlap the longest goes first.
 * Nothing of this is silent: see nomen_notes.
 */
#ifndef NOMEN_DATA_ALIGN_SPANS_H
#define NOMEN_DATA_ALIGN_SPANS_H

struct nomen_aligner;

void nomen_aligner_free(struct nomen_aligner *aligner); /* NULL is allowed */

#endif
