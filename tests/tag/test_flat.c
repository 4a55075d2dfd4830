/*
 * Tagging a long file takes the memory of its longest part and no more: what the process has resident at most
 * does not grow once it has seen that part.
 */
#include <sys/resource.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nomen/tagger.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"
#include "nomen/input.h"
#include "tag/writers.h"

#ifndef NOMEN_SLOW_BUILD
enum { LONGEST = 200 * 1024, SMALL = 1 << 20, LARGE = 6 << 20 };
#else /* the memory is not compared there, and under the emulator the whole would take minutes */
enum { LONGEST = 20 * 1024, SMALL = 1 << 17, LARGE = 6 << 17 };
#endif

/*
 * Parts differ a little in what else stands beside a long line, and each thread has its own heap: 4 MiB were
 * seen. The pieces of the whole large file would take over 100.
 */
enum { SLACK_KIB = 10 * 1024 };

static char directory[64];

static int set_up(void **state) {
    (void)state;
    return scratch_make(directory) == NULL;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return nomen_mem_test_live() != 0;
}

/* Lines of some words, and now and then one of LONGEST bytes, the first among them. */
static void write_lines(const char *path, size_t n_bytes) {
    nomen_buffer text = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 5, NOMEN_RNG_SHUFFLE, 0);
    for (size_t line = 0; text.size < n_bytes; line++) {
        size_t end = text.size + (line % 4000 == 0 ? LONGEST : 20 + nomen_rng_below(&rng, 200));
        while (text.size < end) {
            const char *word = tiny_model_word(nomen_rng_below(&rng, 80));
            assert_int_equal(nomen_buffer_append_text(&text, word != NULL ? word : "xyzzy", NULL), NOMEN_OK);
            assert_int_equal(nomen_buffer_append_byte(&text, ' ', NULL), NOMEN_OK);
        }
        text.data[text.size - 1] = '\n';
    }
    assert_int_equal(nomen_file_write(path, text.data, text.size, NULL), NOMEN_OK);
    nomen_buffer_clear(&text);
}

static nomen_status write_tagged(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)index;
    return nomen_tagged_write(tagged, NOMEN_TAG_JSONL, NULL, user, err);
}

/* Tags a file as `nomen tag` does; the most that was resident so far, in KiB. */
static long tag(nomen_tagger *tagger, const char *path, size_t *n_texts) {
    nomen_input *input = NULL;
    nomen_buffer out = {0};
    const nomen_text *texts = NULL;
    size_t n = 0;
    *n_texts = 0;
    assert_int_equal(nomen_input_open(path, NOMEN_INPUT_LINES, 0, &input, NULL), NOMEN_OK);
    for (;;) {
        assert_int_equal(nomen_input_next(input, &texts, &n, NULL), NOMEN_OK);
        if (n == 0) { break; }
        nomen_buffer_reset(&out);
        assert_int_equal(nomen_tagger_run(tagger, texts, n, NULL, write_tagged, &out, NULL), NOMEN_OK);
        *n_texts += n;
    }
    nomen_input_close(input);
    nomen_buffer_clear(&out);
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void memory_is_that_of_a_part(void **state) {
    (void)state;
    char path[192], model_path[192];
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    tiny_model spec = tiny_model_defaults();
    size_t n_few, n_many;
    spec.layers = 1;
    scratch_path(directory, "model", model_path);
    scratch_path(directory, "lines", path);
    assert_int_equal(tiny_model_write(model_path, &spec, NULL), NOMEN_OK);
    assert_int_equal(nomen_model_load(model_path, NULL, &model, NULL), NOMEN_OK);
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, NULL), NOMEN_OK);
    write_lines(path, LARGE); /* first, as it takes memory itself */
    write_lines(path, SMALL);
    long few = tag(tagger, path, &n_few);
    write_lines(path, LARGE);
    long many = tag(tagger, path, &n_many);
    assert_true(n_many > 5 * n_few);
#ifndef NOMEN_SLOW_BUILD /* a sanitizer keeps what was freed */
    if (many - few > SLACK_KIB) { fail_msg("%ld KiB at most with %zu texts, %ld with %zu", few, n_few, many, n_many); }
#else
    (void)few, (void)many;
#endif
    nomen_tagger_free(tagger);
    nomen_model_release(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_is_that_of_a_part)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
