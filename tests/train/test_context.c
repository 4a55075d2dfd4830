/*
 * Training with document context learns what stands in the sentence before, and without it can't: what "the" is
 * is said there alone.
 */
#include "run.h"

/* Documents of two sentences, "bill" or "london" and then "the": B-per or B-geo by the first. */
static void write_documents(const char *path, size_t n) {
    nomen_buffer text = {0};
    for (size_t i = 0; i < n; i++) {
        bool person = (i * 7 / 3) % 2 == 0;
        assert_int_equal(nomen_buffer_printf(&text, NULL, "-DOCSTART- O\n\n%s O\n\nthe %s\n\n", person ? "anna" : "paris",
                                             person ? "B-per" : "B-geo"),
                         NOMEN_OK);
    }
    flow_text(path, text.data);
    nomen_buffer_clear(&text);
}

static double f1_with(const flow *f, size_t context) {
    nomen_train_options o = flow_options(f);
    o.epochs = 12;
    o.learning_rate = 5e-3;
    o.context = context;
    o.overwrite = true;
    nomen_train_result result = flow_train(&o);
    double f1 = result.dev.micro.f1;
    nomen_train_result_clear(&result);
    return f1;
}

static void test_learns_from_the_sentence_before(void **state) {
    const flow *f = *state;
    write_documents(f->train, 120);
    write_documents(f->dev, 40);
    assert_true(f1_with(f, 0) < 0.8);
    assert_true(f1_with(f, 4) > 0.99);
    nomen_model *model = load(f->output);
    assert_int_equal(nomen_model_get_context(model), 4);
    nomen_model_release(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_learns_from_the_sentence_before)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
