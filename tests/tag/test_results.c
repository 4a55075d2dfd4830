/* Requests and results: the same as the texts one by one, in each unit, with what was asked for and nothing else. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "model_dir/model.h"
#include "nomen/tagger.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

static char root[64], directory[192];

/* Two bytes, four bytes, a combining mark, and a byte that is no UTF-8. */
static const char *const sentences[] = {"bill gates lives in london", "",
                                        "caf\xc3\xa9 bill gates \xf0\x9f\x98\x80 met anna in london", "e\xcc\x81 \xff anna smith",
                                        "the"};
enum { N = 5 };

static nomen_text texts[N];

static int set_up(void **state) {
    (void)state;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    if (scratch_make(root) == NULL) { return -1; }
    for (size_t i = 0; i < N; i++) { texts[i] = (nomen_text){.text = sentences[i], .n_bytes = strlen(sentences[i])}; }
    return tiny_model_write(scratch_path(root, "model", directory), &spec, &err) == NOMEN_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(root);
    return 0;
}

static nomen_model *load(void) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    if (nomen_model_load(directory, NULL, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return model;
}

static nomen_tagger *make_tagger(void) {
    nomen_model *model = load();
    nomen_tagger *tagger = NULL;
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, NULL), NOMEN_OK);
    nomen_model_release(model); /* the tagger has it */
    return tagger;
}

static nomen_results *tag(nomen_tagger *tagger, const nomen_request *request) {
    nomen_results *results = NULL;
    nomen_error err = {0};
    if (nomen_tag(tagger, texts, N, request, &results, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return results;
}

/* Code points, bytes or UTF-16 units before a byte. */
static size_t units_before(const char *text, size_t byte, nomen_offset_unit unit) {
    size_t n = 0;
    for (size_t i = 0; i < byte; i++) {
        unsigned char c = (unsigned char)text[i];
        if (unit == NOMEN_OFFSET_BYTE || (c & 0xc0) != 0x80) {
            n += unit == NOMEN_OFFSET_UTF16 && c >= 0xf0 && c != 0xff ? 2 : 1;
        }
    }
    return n;
}

typedef struct stream_check {
    const nomen_results *results;
    nomen_offset_unit unit;
    size_t n_texts, n_entities, n_words;
} stream_check;

/* What the stream hands over is what the results have. */
static nomen_status compare(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    stream_check *c = user;
    const nomen_results *r = c->results;
    (void)err;
    assert_int_equal(index, c->n_texts++);
    assert_int_equal(nomen_results_n_entities(r, index), tagged->entities.n);
    for (size_t i = 0; i < tagged->entities.n; i++) {
        const nomen_result_entity *e = nomen_results_entity(r, index, i);
        const nomen_entity *t = &tagged->entities.items[i];
        assert_string_equal(e->type, t->name);
        assert_true(e->score == t->score && e->label == t->label);
        assert_int_equal(e->byte_start, t->span.start);
        assert_int_equal(e->byte_end, t->span.end);
        assert_int_equal(e->start, units_before(sentences[index], e->byte_start, c->unit));
        assert_int_equal(e->end, units_before(sentences[index], e->byte_end, c->unit));
        assert_int_equal(strlen(e->text), e->byte_end - e->byte_start);
        assert_memory_equal(e->text, sentences[index] + e->byte_start, e->byte_end - e->byte_start);
        assert_true(e->n_words > 0);
        if (tagged->n_words > 0) { /* its words are those that it touches */
            assert_true(tagged->words[e->first_word].start <= e->byte_start && tagged->words[e->first_word].end > e->byte_start);
            const nomen_span last = tagged->words[e->first_word + e->n_words - 1];
            assert_true(last.start < e->byte_end && last.end >= e->byte_end);
        }
        c->n_entities++;
    }
    assert_int_equal(nomen_results_n_words(r, index), tagged->n_words);
    assert_true((nomen_results_probabilities(r, index) == NULL) == (tagged->probabilities == NULL));
    for (size_t w = 0; w < tagged->n_words; w++) {
        const nomen_result_word *word = nomen_results_word(r, index, w);
        assert_string_equal(word->label, tagged->labels[tagged->word_labels[w]]);
        assert_int_equal(word->byte_start, tagged->words[w].start);
        assert_int_equal(word->end, units_before(sentences[index], tagged->words[w].end, c->unit));
        if (tagged->probabilities == NULL) { continue; }
        const size_t n = tagged->n_labels;
        assert_memory_equal(nomen_results_probabilities(r, index) + w * n, tagged->probabilities + w * n, n * sizeof(float));
    }
    assert_int_equal(nomen_results_n_windows(r, index), tagged->n_windows);
    c->n_words += tagged->n_words;
    return NOMEN_OK;
}

static void test_as_the_stream(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    for (int how = 0; how < 8 * 3 * 5; how++) {
        const nomen_request request = {.size = sizeof request,
                                       .words = how & 1,
                                       .probabilities = how & 2,
                                       .windows = how & 4,
                                       .offsets = (nomen_offset_unit)(how / 8 % 3),
                                       .aggregation = (nomen_aggregation)(NOMEN_AGGREGATE_NONE + how / 24)};
        nomen_results *results = tag(tagger, &request);
        stream_check check = {.results = results, .unit = request.offsets};
        assert_int_equal(nomen_results_n_texts(results), N);
        assert_int_equal(nomen_tagger_run(tagger, texts, N, &request, compare, &check, NULL), NOMEN_OK);
        assert_int_equal(check.n_texts, N);
        assert_true(check.n_entities >= 4 && (check.n_words > 0) == (request.words || request.probabilities));
        assert_null(nomen_results_entity(results, N, 0));
        assert_null(nomen_results_entity(results, 1, 0)); /* of an empty text */
        assert_null(nomen_results_word(results, 0, 1000));
        assert_int_equal(nomen_results_n_words(results, N), 0);
        assert_string_equal(nomen_results_label(results, 0), "O");
        assert_null(nomen_results_label(results, nomen_results_n_labels(results)));
        nomen_results_free(results);
    }
    nomen_tagger_free(tagger);
    nomen_tagger_free(NULL);
    nomen_results_free(NULL);
    nomen_model_release(NULL);
    assert_int_equal(nomen_mem_test_live(), 0);
}

/* Results outlive the tagger and the model's other users. */
static void test_results_are_kept(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    nomen_results *results = tag(tagger, NULL);
    nomen_tagger_free(tagger);
    assert_int_equal(nomen_results_n_entities(results, 0), 2);
    assert_string_equal(nomen_results_entity(results, 0, 0)->type, "per");
    assert_string_equal(nomen_results_entity(results, 0, 0)->text, "bill gates");
    assert_string_equal(nomen_results_label(results, 0), "O");
    nomen_results_free(results);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static size_t count_type(const nomen_results *r, const char *type) {
    size_t n = 0;
    for (size_t t = 0; t < nomen_results_n_texts(r); t++) {
        for (size_t i = 0; i < nomen_results_n_entities(r, t); i++) {
            n += type == NULL || strcmp(nomen_results_entity(r, t, i)->type, type) == 0;
        }
    }
    return n;
}

static void test_types_and_thresholds(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    nomen_results *all = tag(tagger, NULL);
    size_t n_per = count_type(all, "per"), n_all = count_type(all, NULL);
    assert_true(n_per > 0 && n_per < n_all);
    const struct {
        nomen_request request;
        size_t n;
    } cases[] = {
        {{.size = sizeof(nomen_request), .types = "per"}, n_per},
        {{.size = sizeof(nomen_request), .ignored_types = "per"}, n_all - n_per},
        {{.size = sizeof(nomen_request), .types = "per,geo,org"}, n_all},
        {{.size = sizeof(nomen_request), .thresholds = "1"}, 0},
        {{.size = sizeof(nomen_request), .thresholds = "per=1"}, n_all - n_per},
        {{.size = sizeof(nomen_request), .thresholds = "0", .no_calibration = true}, n_all},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_results *results = tag(tagger, &cases[i].request);
        assert_int_equal(count_type(results, NULL), cases[i].n);
        nomen_results_free(results);
    }
    nomen_results_free(all);
    nomen_tagger_free(tagger);
}

/* What can't be met, and that the tagger goes on after it. */
static void test_refused(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    const nomen_call slow = {.size = sizeof slow, .timeout = -1}, crowd = {.size = sizeof crowd, .n_threads = 65}, none = {0};
    const nomen_request wrong[] = {
        {.size = 0, .words = true},
        {.size = sizeof(nomen_request), .types = "person"},
        {.size = sizeof(nomen_request), .overlap_given = true, .overlap = 100000},
        {.size = sizeof(nomen_request), .offsets = (nomen_offset_unit)7},
        {.size = sizeof(nomen_request), .aggregation = (nomen_aggregation)7},
        {.size = sizeof(nomen_request), .word_unit = (nomen_word_unit)7},
        {.size = sizeof(nomen_request), .decoding = (nomen_decoding)7},
        {.size = sizeof(nomen_request), .repair = (nomen_repair)7},
        {.size = sizeof(nomen_request), .thresholds = "high"},
        {.size = sizeof(nomen_request), .aggregation = NOMEN_AGGREGATE_NONE, .decoding = NOMEN_DECODE_VITERBI},
        {.size = sizeof(nomen_request), .call = &slow},
        {.size = sizeof(nomen_request), .call = &crowd},
        {.size = sizeof(nomen_request), .call = &none},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        nomen_results *results = NULL;
        nomen_error err = {0};
        assert_int_equal(nomen_tag(tagger, texts, N, &wrong[i], &results, &err), NOMEN_ERROR_ARGUMENT);
        assert_true(err.message[0] != '\0');
        assert_null(results);
        results = tag(tagger, NULL);
        assert_int_equal(nomen_results_n_entities(results, 0), 2);
        nomen_results_free(results);
    }
    nomen_tagger_free(tagger);
    nomen_model *model = NULL;
    nomen_error err = {0};
    char *labels[] = {(char[]){"O"}, (char[]){"B-x"}};
    const nomen_model_options training = {
        .size = sizeof training, .purpose = NOMEN_FOR_TRAINING, .labels = labels, .n_labels = 2};
    assert_int_equal(nomen_model_load(directory, &training, &model, &err), NOMEN_OK);
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, &err), NOMEN_ERROR_ARGUMENT);
    nomen_model_release(model);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static nomen_status silent(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)index, (void)tagged, (void)err;
    return *(nomen_status *)user;
}

static nomen_status spoken(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)user, (void)index, (void)tagged;
    snprintf(err->message, sizeof err->message, "no more");
    return err->status = NOMEN_ERROR_IO;
}

/* A function that fails: with its own error, or with one that says so. */
static void test_callback_fails(void **state) {
    (void)state;
    nomen_tagger *tagger = make_tagger();
    nomen_error err = {0};
    nomen_status own = NOMEN_ERROR_DATA;
    assert_int_equal(nomen_tagger_run(tagger, texts, N, NULL, silent, &own, &err), NOMEN_ERROR_CALLBACK);
    assert_non_null(strstr(err.message, "21"));
    assert_int_equal(err.status, NOMEN_ERROR_CALLBACK);
    assert_int_equal(nomen_tagger_run(tagger, texts, N, NULL, silent, &own, NULL), NOMEN_ERROR_CALLBACK);
    err = (nomen_error){0};
    assert_int_equal(nomen_tagger_run(tagger, texts, N, NULL, spoken, NULL, &err), NOMEN_ERROR_IO);
    assert_string_equal(err.message, "no more");
    nomen_tagger_free(tagger);
}

static bool stop_at(void *user) {
    int *left = user;
    return (*left)-- <= 0;
}

/* Wherever a call is stopped, nothing of it is left: the next one gives the bits of the first. */
static void test_stopped_anywhere(void **state) {
    (void)state;
    const nomen_request request = {.size = sizeof request, .probabilities = true};
    nomen_tagger *tagger = make_tagger();
    nomen_results *whole = tag(tagger, &request);
    size_t n_words = 0, n_stops = 0;
    for (size_t t = 0; t < N; t++) { n_words += nomen_results_n_words(whole, t); }
    const size_t n_bytes = n_words * nomen_results_n_labels(whole) * sizeof(float);
    for (int at = 0;; at++) {
        int left = at;
        nomen_results *results = NULL;
        nomen_error err = {0};
        nomen_set_interrupt(stop_at, &left);
        nomen_status status = nomen_tag(tagger, texts, N, &request, &results, &err);
        nomen_set_interrupt(NULL, NULL);
        if (status == NOMEN_OK) {
            nomen_results_free(results);
            break;
        }
        assert_int_equal(status, NOMEN_ERROR_INTERRUPTED);
        n_stops++;
        results = tag(tagger, &request);
        assert_memory_equal(nomen_results_probabilities(results, 0), nomen_results_probabilities(whole, 0), n_bytes);
        nomen_results_free(results);
    }
    assert_true(n_stops >= 10); /* two layers of five operations, and the beginning */
    nomen_results_free(whole);
    nomen_tagger_free(tagger);
    n_stops = 0;
    for (int at = 0;; at++, n_stops++) { /* loading as well */
        int left = at;
        nomen_model *model = NULL;
        nomen_set_interrupt(stop_at, &left);
        nomen_status status = nomen_model_load(directory, NULL, &model, NULL);
        nomen_set_interrupt(NULL, NULL);
        nomen_model_release(model);
        if (status == NOMEN_OK) { break; }
        assert_int_equal(status, NOMEN_ERROR_INTERRUPTED);
    }
    assert_true(n_stops > 20); /* tensors */
    assert_int_equal(nomen_mem_test_live(), 0);
}

/* A cancel flag and a timeout stop the calls that name them, and no other. */
static void test_cancel_and_timeout(void **state) {
    (void)state;
    nomen_cancel *cancel = NULL;
    nomen_results *results = NULL;
    nomen_error err = {0};
    nomen_tagger *tagger = make_tagger();
    assert_int_equal(nomen_cancel_create(&cancel, &err), NOMEN_OK);
    nomen_call call = {.size = sizeof call, .cancel = cancel}, late = {.size = sizeof late, .timeout = 1e-9};
    const nomen_request request = {.size = sizeof request, .call = &call}, hurried = {.size = sizeof hurried, .call = &late};
    nomen_cancel_set(cancel);
    assert_true(nomen_cancel_is_set(cancel));
    assert_int_equal(nomen_tag(tagger, texts, N, &request, &results, &err), NOMEN_ERROR_INTERRUPTED);
    results = tag(tagger, NULL);
    nomen_results_free(results);
    nomen_cancel_reset(cancel);
    results = tag(tagger, &request);
    nomen_results_free(results);
    err = (nomen_error){0};
    assert_int_equal(nomen_tag(tagger, texts, N, &hurried, &results, &err), NOMEN_ERROR_TIMEOUT);
    assert_int_equal(err.status, NOMEN_ERROR_TIMEOUT);
    nomen_cancel_free(cancel);
    nomen_tagger_free(tagger);
}

/* Messages of a call go to its own log. */
static void hear(void *user, nomen_log_level level, const char *message) {
    (void)level, (void)message;
    ++*(int *)user;
}

static void test_log_of_a_call(void **state) {
    (void)state;
    int all = 0, own = 0;
    nomen_model *model = NULL;
    const nomen_call call = {.size = sizeof call, .log = hear, .log_user = &own};
    const nomen_model_options options = {
        .size = sizeof options, .call = &call, .int8 = false, .label_names = "a,b,c,d,e,f,g"}; /* without an O, which is told */
    nomen_set_log(hear, &all);
    assert_int_equal(nomen_model_load(directory, &options, &model, NULL), NOMEN_OK);
    assert_true(own > 0 && all == 0);
    nomen_model_release(model);
    const nomen_model_options plain = {.size = sizeof plain, .label_names = "a,b,c,d,e,f,g"};
    assert_int_equal(nomen_model_load(directory, &plain, &model, NULL), NOMEN_OK);
    assert_true(all > 0);
    nomen_set_log(NULL, NULL);
    nomen_model_release(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_the_stream),        cmocka_unit_test(test_results_are_kept),
                                       cmocka_unit_test(test_types_and_thresholds), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_callback_fails),       cmocka_unit_test(test_stopped_anywhere),
                                       cmocka_unit_test(test_cancel_and_timeout),   cmocka_unit_test(test_log_of_a_call)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
