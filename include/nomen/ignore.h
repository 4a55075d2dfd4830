/* The target of a subword token that has no label of its own. */
#ifndef NOMEN_IGNORE_H
#define NOMEN_IGNORE_H

/* As in Hugging Face's recipes and torch: no loss is counted where the target is this. */
enum { NOMEN_IGNORE = -100 };

#endif
