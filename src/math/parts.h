/* How rows of a large product are cut for a team. */
#ifndef NOMEN_MATH_PARTS_H
#define NOMEN_MATH_PARTS_H

#include <stddef.h>

/*
 * Rows cut into n parts at least, and into up to four times as many: members take the next part when they are done. On a
 * shared machine processors are rarely equally quick, and the slowest would hold up all. No part of those has fewer than
 * 96 rows, as each reads the whole weight.
 */
static inline size_t nomen_parts_of_rows(size_t n_rows, size_t n) {
    enum { MOST = 4, ROWS = 96 };
    const size_t times = n_rows / n / ROWS;
    return n * (times < 1 ? 1 : times > MOST ? MOST : times);
}

#endif
