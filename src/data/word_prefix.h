/* The same prefix before every word of a file, which is no part of them. */
#ifndef NOMEN_DATA_WORD_PREFIX_H
#define NOMEN_DATA_WORD_PREFIX_H

#include "data/builder.h"

/*
 * Strips a language's code and a colon ("de:", "zh-min-nan:") from the words and texts of a file of words, where each begins
 * with the same one and is longer; of at least 5 words, with 3 different rests. Counted once, as NOMEN_NOTE_WORD_PREFIX.
 */
void nomen_word_prefix_strip(nomen_builder *builder);

#endif
