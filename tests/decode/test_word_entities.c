/*
 * Pieces to decoded words and entities: whatever the parts they come in, the labels are the decoder's, and the entities
 * are runs of them; words without a piece; the scheme of the labels; temperature; eval's labels are tag's.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "data/read.h"
#include "decode/tagged.h"
#include "decode/word_entities.h"
#include "e2e/flow.h"
#include "eval/evaluate.h"
#include "nomen/tagger.h"
#include "support/effort.h"

enum { MOST_PIECES = 400, MOST_LABELS = 16, MOST_WORDS = 500 };

static uint32_t seed = 3;

static uint32_t draw(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 9) % n;
}

static const char *const iob[] = {"O", "B-x", "I-x", "B-y", "I-y"};
static const char *const iobes[] = {"O", "B-x", "I-x", "E-x", "S-x", "B-y", "E-y", "S-y"};
static const char *const plain[] = {"x", "y"};
static const char *const bare[] = {"B-x", "I-x", "U-x", "L-x"};

static const struct labels_of {
    const char *const *names;
    size_t n;
} sets[] = {{iob, 5}, {iobes, 8}, {plain, 2}, {bare, 4}};

/* A text of words with some pieces each, or none. */
typedef struct text {
    size_t n_words, n_pieces;
    int32_t word_ids[MOST_PIECES];
    nomen_span offsets[MOST_PIECES];
    nomen_real logits[MOST_PIECES * MOST_LABELS], probabilities[MOST_PIECES * MOST_LABELS];
} text;

static void draw_text(text *t, size_t n_labels, double temperature) {
    t->n_words = draw(MOST_WORDS / 5) + 1;
    t->n_pieces = 0;
    for (size_t w = 0; w < t->n_words; w++) {
        for (size_t p = draw(8) == 0 ? 0 : draw(3) + 1; p-- > 0;) {
            t->word_ids[t->n_pieces] = (int32_t)w;
            t->offsets[t->n_pieces] = (nomen_span){10 * w + p, 10 * w + 9 - p};
            t->offsets[t->n_pieces].start = 10 * w;
            t->n_pieces++;
        }
    }
    for (size_t i = 0; i < t->n_pieces * n_labels; i++) {
        t->logits[i] = (nomen_real)draw(4000) / 500 - 4;
        t->probabilities[i] = t->logits[i] / (nomen_real)temperature;
    }
    nomen_op_softmax(t->probabilities, t->probabilities, t->n_pieces, n_labels);
}

static size_t first_piece(const text *t, size_t word) {
    for (size_t i = 0; i < t->n_pieces; i++) {
        if ((size_t)t->word_ids[i] == word) { return i; }
    }
    return SIZE_MAX;
}

/* The labels as a decoder gives them for whole words; a word's logits are its first piece's. */
static void expected_labels(const nomen_model *model, const nomen_decode_options *options, const text *t, int32_t *labels) {
    nomen_decoder d;
    int32_t certain[NOMEN_DECODER_BOUND];
    size_t n = 0;
    assert_int_equal(nomen_decoder_create(&model->labels, NULL, options, 0, &d, NULL), NOMEN_OK);
    for (size_t w = 0; w <= t->n_words; w++) {
        size_t piece = first_piece(t, w), m;
        if (w == t->n_words) {
            m = nomen_decoder_finish(&d, certain);
        } else {
            m = nomen_decoder_push(&d, piece == SIZE_MAX ? NULL : t->logits + piece * model->labels.n, certain);
        }
        memcpy(labels + n, certain, m * sizeof *labels);
        n += m;
    }
    assert_int_equal(n, t->n_words);
    nomen_decoder_clear(&d);
}

/* A label's first letter, and its type; of a label without prefix all of it. */
static char letter_of(const char *name, const char **type) {
    bool prefix = name[1] == '-';
    *type = prefix ? name + 2 : name;
    return prefix ? name[0] : strcmp(name, "O") == 0 ? 'O' : 0;
}

/* Whether a new entity begins with `name` behind `before`, by the letters. */
static bool is_new(const char *before, const char *name) {
    const char *type, *other;
    char letter = letter_of(name, &type), last = letter_of(before, &other);
    return letter == 'B' || letter == 'S' || letter == 'U' || strcmp(type, other) != 0 ||
           strchr("ESLU", last + (last == 0)) != NULL;
}

static void check_entities(const nomen_model *model, const nomen_tagged *tagged, const text *t, const int32_t *labels,
                           nomen_repair repair) {
    size_t n = 0;
    const char *before = NULL; /* the label before, inside an entity */
    double sum = 0;
    size_t n_units = 0;
    for (size_t w = 0; w < t->n_words; w++) {
        const char *name = model->labels.names[labels[w]];
        size_t piece = first_piece(t, w);
        bool outside = strcmp(name, "O") == 0 || piece == SIZE_MAX;
        if (!outside) {
            const float *row = t->probabilities + piece * model->labels.n;
            const char *type;
            (void)letter_of(name, &type);
            if (before == NULL || is_new(before, name)) {
                assert_true(n < tagged->entities.n);
                sum = 0;
                n_units = 0;
                n++;
                assert_int_equal(tagged->entities.items[n - 1].span.start, 10 * w);
                assert_string_equal(tagged->entities.items[n - 1].name, type);
            }
            sum += (double)(repair == NOMEN_REPAIR_BEGIN ? nomen_decide_largest(row, model->labels.n).score : row[labels[w]]);
            n_units++;
            if (w + 1 == t->n_words || first_piece(t, w + 1) == SIZE_MAX ||
                strcmp(model->labels.names[labels[w + 1]], "O") == 0 || is_new(name, model->labels.names[labels[w + 1]])) {
                size_t last = piece;
                while (last + 1 < t->n_pieces && (size_t)t->word_ids[last + 1] == w) { last++; }
                assert_int_equal(tagged->entities.items[n - 1].span.end, t->offsets[last].end);
                assert_true(fabs((double)tagged->entities.items[n - 1].score - sum / (double)n_units) < 1e-6);
            }
        }
        before = outside ? NULL : name;
    }
    assert_int_equal(n, tagged->entities.n);
}

static void test_parts(void **state) {
    (void)state;
    static text t;
    nomen_error err = {0};
    size_t n_entities = 0;
    for (size_t i = 0; i < effort(3000); i++) {
        size_t set = draw(4);
        nomen_model model = {.labels = {(char **)(uintptr_t)sets[set].names, sets[set].n}};
        nomen_decode_options options = {.decoding = draw(2) == 0 ? NOMEN_DECODE_VITERBI : NOMEN_DECODE_ARGMAX};
        if (options.decoding == NOMEN_DECODE_ARGMAX) { options.repair = draw(2) == 0 ? NOMEN_REPAIR_BEGIN : NOMEN_REPAIR_DROP; }
        int32_t labels[MOST_WORDS];
        nomen_word_entities d;
        nomen_tagged tagged = {0};
        nomen_span words[MOST_WORDS] = {{0}};
        nomen_tagged_words tagged_words = {0};
        model.calibrated.temperature = draw(2) == 0 ? 1 : 2.5;
        if (nomen_word_entities_create(&model, model.calibrated.temperature, NOMEN_AGGREGATE_FIRST, &options, &d, &err) !=
            NOMEN_OK) {
            fail_msg("%s", err.message);
        }
        for (int again = 0; again < 2; again++) {
            draw_text(&t, model.labels.n, model.calibrated.temperature);
            expected_labels(&model, &options, &t, labels);
            nomen_tagged_start(&tagged, "", 0, &model.labels, NOMEN_AGGREGATE_FIRST);
            assert_int_equal(nomen_tagged_words_start(&tagged_words, &tagged, words, t.n_words, false, true, &err), NOMEN_OK);
            nomen_word_entities_start(&d, &tagged, true);
            for (size_t at = 0; at < t.n_pieces;) {
                size_t n = draw(20) + 1, rest = t.n_pieces - at, row = at * model.labels.n;
                if (n > rest) { n = rest; }
                assert_int_equal(nomen_tagged_words_add(&tagged_words, t.word_ids + at, NULL, t.probabilities + row, n, &err),
                                 NOMEN_OK);
                assert_int_equal(
                    nomen_word_entities_add(&d, t.word_ids + at, t.offsets + at, t.logits + row, t.probabilities + row, n, &err),
                    NOMEN_OK);
                at += n;
            }
            nomen_tagged_words_end(&tagged_words);
            assert_int_equal(nomen_word_entities_end(&d, t.n_words, &err), NOMEN_OK);
            assert_memory_equal(tagged.word_labels, labels, t.n_words * sizeof *labels);
            check_entities(&model, &tagged, &t, labels, options.repair);
            n_entities += tagged.entities.n;
        }
        nomen_word_entities_clear(&d);
        nomen_tagged_words_clear(&tagged_words);
        nomen_tagged_clear(&tagged);
    }
    assert_true(n_entities > effort(3000));
}

/* ---- a model's long text: over windows' borders, and the same labels in eval ---- */

typedef struct seen {
    int32_t labels[4000];
    size_t n_words, n_entities, longest, n_windows;
} seen;

static nomen_status keep(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    seen *s = user;
    (void)index, (void)err;
    s->n_words = tagged->n_words;
    memcpy(s->labels, tagged->word_labels, tagged->n_words * sizeof *s->labels);
    s->n_entities = tagged->entities.n;
    s->n_windows = tagged->n_windows;
    for (size_t i = 0; i < tagged->entities.n; i++) {
        size_t length = tagged->entities.items[i].span.end - tagged->entities.items[i].span.start;
        s->longest = length > s->longest ? length : s->longest;
    }
    return NOMEN_OK;
}

/* 2,000 words at random, one in 97 without a subword token. */
static void draw_words(nomen_buffer *words, nomen_span spans[2000]) {
    for (size_t w = 0; w < 2000; w++) {
        const char *word = w % 97 == 96 ? "\xC2\x85" : tiny_model_word(draw(60));
        assert_non_null(word);
        spans[w].start = words->size;
        assert_int_equal(nomen_buffer_append_text(words, word, NULL), NOMEN_OK);
        spans[w].end = words->size;
        assert_int_equal(nomen_buffer_append_byte(words, ' ', NULL), NOMEN_OK);
    }
}

/* The labels that tag gave as gold: eval finds every one of them. */
static void check_gold(nomen_model *model, const char *path, const nomen_text *t, const seen *s, const nomen_request *how) {
    nomen_buffer tags = {0};
    nomen_error err = {0};
    for (size_t w = 0; w < 2000; w++) {
        assert_int_equal(nomen_buffer_printf(&tags, &err, "%.*s %s\n", (int)(t->words[w].end - t->words[w].start),
                                             t->text + t->words[w].start, model->labels.names[s->labels[w]]),
                         NOMEN_OK);
    }
    flow_text(path, tags.data);
    nomen_buffer_clear(&tags);
    nomen_dataset gold = {0};
    nomen_details details = {0};
    const nomen_judge_options judging = {.scorer = {.details = true}};
    if (nomen_dataset_read(path, &(nomen_data_options){0}, &gold, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    if (nomen_evaluate_details(model, &gold, &judging, how, &details, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_true(details.report.accuracy == 1 && details.report.micro.f1 == 1);
    assert_int_equal(details.report.micro.support, s->n_entities);
    nomen_details_clear(&details);
    nomen_dataset_clear(&gold);
}

/* A run with a CRF whose windows are far shorter than the text: tag's labels are those that eval scores. */
static void test_long_text(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    flow_make(&f, &spec);
    nomen_train_options o = flow_options(&f);
    o.crf = true;
    o.max_length = 10;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    nomen_model *model = NULL;
    nomen_error err = {0};
    if (nomen_model_load(f.output, NULL, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    model->calibrated.temperature = 1.7;

    nomen_buffer words = {0};
    static nomen_span spans[2000];
    draw_words(&words, spans);
    static seen decoded, repaired;
    nomen_text t = {.text = words.data, .n_bytes = words.size - 1, .words = spans, .n_words = 2000};
    nomen_request request = {.size = sizeof request, .words = true, .windows = true};
    nomen_tagger *tagger = NULL;
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, &err), NOMEN_OK);
    assert_int_equal(nomen_tagger_run(tagger, &t, 1, &request, keep, &decoded, &err), NOMEN_OK);
    assert_true(decoded.n_words == 2000 && decoded.n_windows > 200 && decoded.n_entities > 100);
    nomen_label_rules rules;
    assert_int_equal(nomen_label_rules_create(&model->labels, &rules, &err), NOMEN_OK);
    for (size_t w = 0; w <= 2000; w++) {
        assert_true(nomen_label_rules_allow(&rules, w > 0 ? decoded.labels[w - 1] : -1, w < 2000 ? decoded.labels[w] : -1));
    }
    nomen_label_rules_clear(&rules);
    request.decoding = NOMEN_DECODE_ARGMAX;
    request.repair = NOMEN_REPAIR_DROP;
    assert_int_equal(nomen_tagger_run(tagger, &t, 1, &request, keep, &repaired, &err), NOMEN_OK);
    nomen_tagger_free(tagger);
    assert_memory_not_equal(decoded.labels, repaired.labels, sizeof decoded.labels);

    check_gold(model, f.dev, &t, &decoded, &(nomen_request){0});
    check_gold(model, f.dev, &t, &repaired, &request);
    nomen_buffer_clear(&words);
    nomen_model_release(model);
    flow_remove(&f);
}

static void test_pieces_are_refused(void **state) {
    (void)state;
    nomen_model model = {.labels = {(char **)(uintptr_t)iob, 5}};
    nomen_decode_options options = {.decoding = NOMEN_DECODE_VITERBI};
    nomen_word_entities d = {0};
    nomen_error err = {0};
    assert_int_equal(nomen_word_entities_create(&model, 1, NOMEN_AGGREGATE_SIMPLE, &options, &d, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "the aggregation simple works on subword tokens"));
    options.decoding = NOMEN_DECODE_ARGMAX;
    assert_int_equal(nomen_word_entities_create(&model, 1, NOMEN_AGGREGATE_SIMPLE, &options, &d, &err), NOMEN_OK);
    nomen_word_entities_clear(&d);
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_long_text),
                                       cmocka_unit_test(test_pieces_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
