/*
 * Texts longer than the limit, through train, eval and tag: nothing is cut off, nothing counts twice. The tiny
 * model knows its names wherever they stand, so what a window loses would be missed.
 */
#include "data/read.h"
#include "e2e/flow.h"
#include "eval/evaluate.h"
#include "nomen/tagger.h"

enum { LIMIT = 10, N_WORDS = 40 };

typedef struct fixture {
    flow files;
    nomen_model *model;
} fixture;

static int set_up(void **state) {
    static fixture f;
    tiny_model spec = tiny_model_defaults();
    nomen_model_options options = {.size = sizeof options, .max_length = LIMIT};
    nomen_error err = {0};
    flow_make(&f.files, &spec);
    if (nomen_model_load(f.files.model, &options, &f.model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    f.model->settings.words = NOMEN_WORDS_WHITESPACE;
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    nomen_model_release(f->model);
    flow_remove(&f->files);
    return 0;
}

/* N_WORDS words "the" with a name of two words at `place`. */
static void make_text(size_t place, nomen_buffer *out) {
    nomen_buffer_reset(out);
    for (size_t i = 0; i < N_WORDS; i++) {
        const char *word = i == place ? "bill " : i == place + 1 ? "gates " : "the ";
        assert_int_equal(nomen_buffer_append_text(out, word, NULL), NOMEN_OK);
    }
}

static nomen_status check_tagged(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)user, (void)err;
    assert_int_equal(tagged->n_words, N_WORDS);
    for (size_t w = 0; w < N_WORDS; w++) {
        const char *expected = w == index ? "B-per" : w == index + 1 ? "I-per" : "O";
        assert_string_equal(tagged->labels[tagged->word_labels[w]], expected);
        assert_true(tagged->probabilities[w * tagged->n_labels] >= 0); /* not the NaN of a word unseen */
    }
    assert_int_equal(tagged->entities.n, 1);
    assert_int_equal(tagged->entities.items[0].span.start, 4 * index);
    assert_int_equal(tagged->entities.items[0].span.end, 4 * index + 10);
    return NOMEN_OK;
}

/* An entity at every place, so also across every border of windows, is one entity. */
static void test_tag(void **state) {
    fixture *f = *state;
    nomen_tagger *tagger = NULL;
    nomen_error err = {0};
    nomen_buffer bytes[N_WORDS - 1] = {0};
    nomen_text texts[N_WORDS - 1];
    for (size_t i = 0; i < N_WORDS - 1; i++) {
        make_text(i, &bytes[i]);
        texts[i] = (nomen_text){.text = bytes[i].data, .n_bytes = bytes[i].size};
    }
    assert_int_equal(nomen_tagger_create(f->model, NULL, &tagger, &err), NOMEN_OK);
    const nomen_request request = {.size = sizeof request, .probabilities = true};
    if (nomen_tagger_run(tagger, texts, N_WORDS - 1, &request, check_tagged, NULL, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    nomen_tagger_free(tagger);
    for (size_t i = 0; i < N_WORDS - 1; i++) { nomen_buffer_clear(&bytes[i]); }
}

/* The same sentences as a labelled file; with `blank` each name stands before a word that gives no piece. */
static void write_labelled(const fixture *f, bool blank) {
    nomen_buffer text = {0};
    for (size_t s = 0; s < N_WORDS - 1; s++) {
        for (size_t i = 0; i < N_WORDS; i++) {
            const char *line = i == s ? "bill B-per\n" : i == s + 1 ? "gates I-per\n" : "the O\n";
            assert_int_equal(nomen_buffer_append_text(&text, line, NULL), NOMEN_OK);
        }
        assert_int_equal(nomen_buffer_append_text(&text, blank ? "\xC2\x85 B-org\n\n" : "\n", NULL), NOMEN_OK);
    }
    flow_text(f->files.train, text.data);
    nomen_buffer_clear(&text);
}

static void evaluate(const fixture *f, nomen_report *report) {
    nomen_dataset gold = {0};
    nomen_predictor predictor = {0};
    nomen_error err = {0};
    if (nomen_dataset_read(f->files.train, &(nomen_data_options){0}, &gold, &err) != NOMEN_OK ||
        nomen_predictor_create(f->model, 0, &predictor, &err) != NOMEN_OK ||
        nomen_evaluate(&predictor, &gold, NULL, 0, report, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    nomen_predictor_clear(&predictor);
    nomen_dataset_clear(&gold);
}

static void test_evaluate(void **state) {
    fixture *f = *state;
    nomen_report report = {0};
    write_labelled(f, false);
    evaluate(f, &report);
    assert_int_equal(report.n_words, (N_WORDS - 1) * N_WORDS);
    assert_int_equal(report.micro.support, N_WORDS - 1);
    assert_int_equal(report.micro.correct, N_WORDS - 1);
    assert_int_equal(report.micro.predicted, N_WORDS - 1);
    assert_true(report.accuracy == 1);
    nomen_report_clear(&report);
}

/* The gold of a word that gives no piece stays, predicted O: an error, not a gap. */
static void test_words_without_pieces(void **state) {
    fixture *f = *state;
    nomen_report report = {0};
    write_labelled(f, true);
    evaluate(f, &report);
    assert_int_equal(report.n_words, (N_WORDS - 1) * (N_WORDS + 1));
    assert_int_equal(report.micro.support, 2 * (N_WORDS - 1));
    assert_int_equal(report.micro.correct, N_WORDS - 1);
    assert_int_equal(report.micro.predicted, N_WORDS - 1);
    nomen_report_clear(&report);
}

/* Each piece is owned by one window, and the targets of a batch are those of owned pieces. */
static void test_batches(void **state) {
    fixture *f = *state;
    nomen_dataset data = {0};
    nomen_examples examples = {0};
    nomen_batcher batcher = {0};
    nomen_error err = {0};
    int32_t *map = NULL;
    write_labelled(f, false);
    assert_int_equal(nomen_dataset_read(f->files.train, &(nomen_data_options){0}, &data, &err), NOMEN_OK);
    assert_int_equal(nomen_labels_map(&f->model->labels, &data, &map, &err), NOMEN_OK);
    assert_int_equal(nomen_examples_add_dataset(&examples, f->model, &data, NULL, 0, map, &err), NOMEN_OK);
    assert_int_equal(nomen_batcher_create(LIMIT, &batcher, &err), NOMEN_OK);
    assert_int_equal(examples.n, N_WORDS - 1);
    for (size_t t = 0; t < examples.n; t++) {
        size_t labelled = 0, names = 0;
        assert_int_equal(nomen_examples_n_pieces(&examples, t), N_WORDS);
        assert_true(examples.window_start[t + 1] - examples.window_start[t] > 3);
        for (size_t w = examples.window_start[t]; w < examples.window_start[t + 1]; w++) {
            nomen_batcher_reset(&batcher);
            assert_true(nomen_batcher_add(&batcher, f->model, &examples, (nomen_window_ref){t, w}, 0));
            for (size_t i = 0; i < batcher.n_tokens; i++) {
                labelled += batcher.targets[i] != NOMEN_IGNORE;
                names += batcher.targets[i] > 0;
            }
        }
        assert_int_equal(labelled, N_WORDS);
        assert_int_equal(names, 2);
    }
    nomen_batcher_clear(&batcher);
    nomen_examples_clear(&examples);
    nomen_dataset_clear(&data);
    nomen_mem_free(map);
}

/* Training in windows sees all words: its own scores count every gold entity, and the windows are said. */
static void test_train(void **state) {
    fixture *f = *state;
    nomen_train_options o = flow_options(&f->files);
    write_labelled(f, true);
    o.dev = f->files.train;
    o.epochs = 1;
    o.learning_rate = 1e-30;
    o.weight_decay = 0;
    o.max_length = LIMIT;
    nomen_train_result result = flow_train(&o);
    assert_int_equal(result.dev.micro.support, 2 * (N_WORDS - 1));
    assert_int_equal(result.dev.n_words, (N_WORDS - 1) * (N_WORDS + 1));
    nomen_train_result_clear(&result);
    nomen_model *model = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_model_load(f->files.output, NULL, &model, &err), NOMEN_OK);
    assert_int_equal(nomen_model_get_max_length(model), LIMIT); /* as it was trained, so it is used */
    nomen_model_release(model);
}

#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_tag), RUN(test_evaluate), RUN(test_words_without_pieces), RUN(test_batches),
                                       RUN(test_train)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
