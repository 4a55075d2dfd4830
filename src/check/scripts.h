/* The script of a word, by its first letter: coarse, for telling which of them a vocabulary knows. */
#ifndef NOMEN_CHECK_SCRIPTS_H
#define NOMEN_CHECK_SCRIPTS_H

#include <stddef.h>
#include <stdint.h>

enum { NOMEN_SCRIPT_LATIN = 0, NOMEN_SCRIPT_DIGITS, NOMEN_SCRIPT_MARKS, NOMEN_N_SCRIPTS = 22 };

/* From 0 to NOMEN_N_SCRIPTS - 1. */
size_t nomen_script_of(const char *word, size_t n_bytes);

const char *nomen_script_name(size_t script);

#endif
