/* Arrays of reals between guards, for ops_cases.c: copied in from doubles and out to them. */
#ifndef TESTS_MATH_GUARDED_H
#define TESTS_MATH_GUARDED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "math/ops.h"

/*
 * Each array stands between guards that must be unharmed afterwards; one odd element in front leaves
 * it off any vector's border. Under the address sanitizer its redzones are the guards.
 */
#if defined(__SANITIZE_ADDRESS__)
enum { GUARD = 0 };
#else
enum { GUARD = 17 };
#endif
static const nomen_real guard_value = (nomen_real)-7654321;

typedef struct array {
    nomen_real *block;
    size_t size;
} array;

static inline nomen_real *reals(array *a, size_t size, const double *from) {
    a->size = size;
    a->block = malloc((size + 2 * GUARD) * sizeof *a->block + 1);
    assert_non_null(a->block);
    for (size_t i = 0; i < size + 2 * GUARD; i++) { a->block[i] = guard_value; }
    for (size_t i = 0; i < size; i++) { a->block[GUARD + i] = from != NULL ? (nomen_real)from[i] : guard_value; }
    return a->block + GUARD;
}

/* Checks the guards, copies the array out where `to` is not NULL, and frees it. */
static inline void done(array *a, double *to) {
    for (int i = 0; i < GUARD; i++) { /* no size_t: gcc warns where GUARD is 0 */
        assert_true(a->block[i] == guard_value);
        assert_true(a->block[GUARD + a->size + (size_t)i] == guard_value);
    }
    for (size_t i = 0; to != NULL && i < a->size; i++) { to[i] = (double)a->block[GUARD + i]; }
    free(a->block);
}

#endif
