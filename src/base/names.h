/* Values with names: what a user writes for an enum. */
#ifndef NOMEN_BASE_NAMES_H
#define NOMEN_BASE_NAMES_H

#include "base/error.h"

/*
 * The place of `name` among `names`, whose last entry is NULL. Another name is NOMEN_ERROR_ARGUMENT:
 * "no WHAT is called "x"; choose a, b or c".
 */
nomen_status nomen_name_find(const char *name, const char *const *names, const char *what, int *out, nomen_error *err);

/* The name at place `value` of such names; "unknown" for a value that has none. */
const char *nomen_name_of(const char *const *names, int value);

#endif
