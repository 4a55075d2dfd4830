/* The target of a subword token that has no label of its own. */
#ifndef NOMEN_IGNORE_H
#define NOMEN_IGNORE_H

#ifdef __cplusplus
extern "C" {
#endif

/* As in Hugging Face's recipes and torch: no loss is counted where the target is this. */
enum { NOMEN_IGNORE = -100 };

#ifdef __cplusplus
}
#endif

#endif
