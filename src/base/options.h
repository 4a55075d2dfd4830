/*
 * Option structs of the public interface, which may get members in a later version. Their first member is their size as
 * the caller's compiler saw it, so programs and libraries of different versions understand each other. A new member comes
 * last and never begins in what was padding: a caller that was compiled earlier leaves that undefined.
 */
#ifndef NOMEN_BASE_OPTIONS_H
#define NOMEN_BASE_OPTIONS_H

#include <stddef.h>

#include "base/error.h"

/*
 * A public function's first step: what the caller gave over `own`, which holds the defaults and keeps them where the
 * caller's struct ends earlier, or where `given` is NULL. NOMEN_ERROR_ARGUMENT, which names the struct `name`, for an
 * impossible size, and for a longer struct that uses what this version doesn't know.
 */
nomen_status nomen_options_take(void *own, size_t own_size, const void *given, const char *name, nomen_error *err);

/* The other way: `own` to a caller's struct of `size` bytes. Members of a longer one get 0; nothing behind it is touched. */
void nomen_options_give(const void *own, size_t own_size, void *given, size_t size);

/* nomen_options_take for structs of one type: both are pointers to it. */
#define NOMEN_TAKE(type, own, given, err) nomen_options_take((own), sizeof(type), (given), #type, (err))

#endif
