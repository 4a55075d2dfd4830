/* The target of a piece that has no label of its own, as in Hugging Face and torch. */
#ifndef NOMEN_BASE_TARGET_H
#define NOMEN_BASE_TARGET_H

enum { NOMEN_IGNORE = -100 };

#endif
