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

/* NOMEN_ERROR_ARGUMENT, "unknown WHAT VALUE", where a caller's value has no name: `name` is "unknown". */
nomen_status nomen_value_check(const char *name, int value, const char *what, nomen_error *err);

/* NOMEN_ERROR_ARGUMENT, "WHAT is NULL; expected a string", where a caller's string is. */
nomen_status nomen_string_check(const char *string, const char *what, nomen_error *err);

#endif
