/* The entities of single sequences, by seqeval's default mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data/label_split.h"
#include "eval/chunk.h"

/* The entities of a sequence of one-letter types, such as "Ba Ia O", as "a0-1 ". */
static void check(const char *const *tags, size_t n, const char *expected) {
    char found[128] = "";
    size_t used = 0;
    nomen_chunk_state chunks = nomen_chunk_start();
    for (size_t i = 0; i <= n; i++) {
        const char *tag = i < n ? tags[i] : "O";
        nomen_label_parts parts = nomen_label_split_seqeval(tag);
        nomen_chunk ended;
        if (nomen_chunk_step(&chunks, parts.prefix, (int32_t)parts.type[0], i, &ended)) {
            int size = snprintf(found + used, sizeof found - used, "%c%zu-%zu ", ended.type, ended.begin, i - 1);
            used += (size_t)size;
        }
    }
    assert_string_equal(found, expected);
}

static void test_sequences(void **state) {
    (void)state;
    check((const char *[]){"B-a", "I-a", "O", "B-b"}, 4, "a0-1 b3-3 ");
    check((const char *[]){"B-a", "B-a"}, 2, "a0-0 a1-1 ");
    check((const char *[]){"I-a", "I-a", "I-b"}, 3, "a0-1 b2-2 ");
    check((const char *[]){"O", "I-a", "B-a"}, 3, "a1-1 a2-2 ");
    check((const char *[]){"S-a", "B-a", "E-a"}, 3, "a0-0 a1-2 ");
    check((const char *[]){"E-a", "E-a"}, 2, "a0-0 a1-1 ");
    /* Tags without prefix; the last one has the type of the O before it, so it starts nothing. */
    check((const char *[]){"Pab", "Pac", "O", "b"}, 4, "a0-1 ");
    check((const char *[]){"."}, 1, "");
    check((const char *[]){"O"}, 1, "");
    check((const char *[]){"B-a", ".", "I-a"}, 3, "a0-0 a2-2 ");
    check(NULL, 0, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sequences)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
