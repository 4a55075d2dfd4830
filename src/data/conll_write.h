/* Writing CoNLL's columns: a line a word, a blank line after each sentence, -DOCSTART- where a document begins. */
#ifndef NOMEN_DATA_CONLL_WRITE_H
#define NOMEN_DATA_CONLL_WRITE_H

#include "data/writer.h"

/* The word, a tab, the tag. */
nomen_status nomen_write_conll(nomen_writer *writer, nomen_error *err);
/* The columns of CoNLL-2002 (word, POS, tag) and CoNLL-2003 (word, POS, chunk, tag), separated by spaces; "_" for
 * what is unknown. */
nomen_status nomen_write_conll_2002(nomen_writer *writer, nomen_error *err);
nomen_status nomen_write_conll_2003(nomen_writer *writer, nomen_error *err);

#endif
