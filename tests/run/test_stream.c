/*
 * Texts that stream through the model in segments, windows and rounds of any size: the same logits, bit for bit, as
 * the sentences of a labelled file give, whose pieces, windows and context are found at once; whatever the limit,
 * the stride, the context and the borders of documents. Every piece comes once, and the windows account for all of
 * a text. And the entities are those of the joined logits.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "data/read.h"
#include "decode/whole.h"
#include "math/ops.h"
#include "nomen/tagger.h"
#include "run/stream.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

static char directory[64];
static nomen_model *model;

static int set_up(void **state) {
    (void)state;
    char path[192];
    nomen_error err = {0};
    tiny_model spec = tiny_model_defaults();
    spec.layers = 1;
    spec.hidden = 16;
    spec.intermediate = 16;
    if (scratch_make(directory) == NULL) { return 1; }
    scratch_path(directory, "model", path);
    if (tiny_model_write(path, &spec, &err) != NOMEN_OK || nomen_model_load(path, NULL, &model, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(nomen_bert_pack(&model->bert, model->values, &err), NOMEN_OK);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    nomen_model_release(model);
    scratch_remove(directory);
    return nomen_mem_test_live() != 0;
}

/* Columns of random sentences: short ones, some far longer than a window, words of many pieces and of none. */
static void make_file(nomen_rng *rng, nomen_buffer *out) {
    static const char *const odd[] = {"...",
                                      "bill-gates",
                                      "xyzzy!",
                                      "\xC2\x85",
                                      "\xE4\xB8\xAD\xE5\x9B\xBD",
                                      "microsoftson's",
                                      "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"};
    size_t n = 1 + (size_t)nomen_rng_below(rng, 12);
    nomen_buffer_reset(out);
    for (size_t s = 0; s < n; s++) {
        size_t n_words = 1 + (size_t)nomen_rng_below(rng, nomen_rng_below(rng, 5) == 0 ? 90 : 9);
        if (nomen_rng_below(rng, 6) == 0) { assert_int_equal(nomen_buffer_append_text(out, "-DOCSTART- O\n\n", NULL), NOMEN_OK); }
        for (size_t w = 0; w < n_words; w++) {
            const char *word = nomen_rng_below(rng, 4) == 0 ? odd[nomen_rng_below(rng, sizeof odd / sizeof *odd)]
                                                            : tiny_model_word((size_t)nomen_rng_below(rng, 80));
            assert_int_equal(nomen_buffer_printf(out, NULL, "%s O\n", word != NULL ? word : "zzz"), NOMEN_OK);
        }
        assert_int_equal(nomen_buffer_append_byte(out, '\n', NULL), NOMEN_OK);
    }
}

/* What the sentences of a dataset give, in its order: pieces and logits of all. */
typedef struct expected {
    nomen_dataset data;
    nomen_examples examples;
    nomen_real *logits;
    nomen_text *texts;
    size_t next; /* piece that is to come, of all texts */
    size_t text; /* and its text */
    size_t byte; /* up to where windows own the text */
} expected;

static void expect(nomen_rng *rng, expected *e) {
    nomen_buffer file = {0};
    nomen_error err = {0};
    nomen_predictor predictor = {0};
    int32_t map[1] = {0};
    *e = (expected){.next = 0};
    make_file(rng, &file);
    if (nomen_dataset_parse(file.data, file.size, "file", &(nomen_data_options){.format = NOMEN_DATA_CONLL}, &e->data, &err) !=
            NOMEN_OK ||
        nomen_examples_add_dataset(&e->examples, model, &e->data, NULL, 0, map, &err) != NOMEN_OK ||
        nomen_predictor_create(model, 0, &predictor, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    size_t n_logits = e->examples.piece_start[e->examples.n] * model->labels.n;
    assert_int_equal(NOMEN_NEW_ALIGNED(e->logits, n_logits + 1, &err), NOMEN_OK);
    assert_int_equal(nomen_predictor_run(&predictor, &e->examples, e->logits, &err), NOMEN_OK);
    assert_int_equal(NOMEN_NEW(e->texts, e->data.n_sentences, &err), NOMEN_OK);
    for (size_t i = 0; i < e->data.n_sentences; i++) {
        const nomen_sentence *s = &e->data.sentences[i];
        e->texts[i] = (nomen_text){.text = nomen_sentence_text(&e->data, i),
                                   .n_bytes = s->text_size,
                                   .words = e->data.words + s->first_word,
                                   .n_words = s->n_words,
                                   .document_start = s->document_start};
    }
    nomen_predictor_clear(&predictor);
    nomen_buffer_clear(&file);
}

static void clear(expected *e) {
    nomen_examples_clear(&e->examples);
    nomen_dataset_clear(&e->data);
    nomen_mem_free(e->logits);
    nomen_mem_free(e->texts);
}

/* Each part is the next pieces of the next text, and its windows own the next bytes. */
static nomen_status compare(void *user, const nomen_stream_part *part, nomen_error *err) {
    (void)err;
    expected *e = user;
    const nomen_examples *x = &e->examples;
    size_t n_labels = model->labels.n;
    assert_int_equal(part->text, e->text);
    assert_int_equal(x->piece_start[e->text] + part->first, e->next);
    assert_true(e->next + part->n <= x->piece_start[e->text + 1]);
    if (part->n > 0) {
        assert_memory_equal(part->ids, x->ids + e->next, part->n * sizeof *part->ids);
        assert_memory_equal(part->word_ids, x->word_ids + e->next, part->n * sizeof *part->word_ids);
        assert_memory_equal(part->offsets, x->offsets + e->next, part->n * sizeof *part->offsets);
        assert_memory_equal(part->logits, e->logits + e->next * n_labels, part->n * n_labels * sizeof *part->logits);
    }
    for (size_t w = 0; w < part->n_windows; w++) {
        const nomen_window_span *span = &part->windows[w];
        assert_int_equal(span->own_start, e->byte);
        assert_true(span->start <= span->own_start && span->own_start <= span->own_end && span->own_end <= span->end);
        e->byte = span->own_end;
    }
    e->next += part->n;
    if (part->last) {
        assert_int_equal(e->next, x->piece_start[e->text + 1]);
        assert_int_equal(e->byte, e->texts[e->text].n_bytes);
        e->text++;
        e->byte = 0;
        while (e->text < e->data.n_sentences && e->texts[e->text].context_only) {
            e->text++;
            e->next = x->piece_start[e->text];
        }
    }
    return NOMEN_OK;
}

static void settings_by_chance(nomen_rng *rng) {
    model->settings.max_length = 3 + (size_t)nomen_rng_below(rng, 60);
    model->settings.stride = (size_t)nomen_rng_below(rng, nomen_model_window_limit(model));
    model->settings.context = nomen_rng_below(rng, 3) == 0 ? 0 : (size_t)nomen_rng_below(rng, 70);
}

static void test_random_files(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_stream stream = {0};
    nomen_error err = {0};
    size_t n_texts = 0;
    nomen_rng_start(&rng, 31, 0, 0);
    for (size_t i = 0; i < effort(1500); i++) {
        expected e;
        settings_by_chance(&rng);
        expect(&rng, &e);
        nomen_predictor predictor = {0};
        assert_int_equal(nomen_predictor_create(model, 0, &predictor, &err), NOMEN_OK);
        nomen_stream_start(model, &stream);
        stream.feed.segment_bytes = 1 + (size_t)nomen_rng_below(&rng, 200);
        stream.round_bytes = 1 + (size_t)nomen_rng_below(&rng, 400);
        if (nomen_stream_run(&stream, &predictor, e.texts, e.data.n_sentences, compare, &e, &err) != NOMEN_OK) {
            fail_msg("%s", err.message);
        }
        assert_int_equal(e.text, e.data.n_sentences);
        n_texts += e.data.n_sentences;
        nomen_stream_clear(&stream);
        nomen_predictor_clear(&predictor);
        clear(&e);
    }
    assert_true(n_texts > 0);
}

/* Some of the texts alone, with as many round them as context as it can be of: the same. */
static void test_context_only(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_stream stream = {0};
    nomen_error err = {0};
    nomen_rng_start(&rng, 32, 0, 0);
    for (size_t i = 0; i < effort(600); i++) {
        expected e;
        settings_by_chance(&rng);
        expect(&rng, &e);
        size_t n = e.data.n_sentences, first = (size_t)nomen_rng_below(&rng, n),
               end = first + 1 + (size_t)nomen_rng_below(&rng, n - first);
        for (size_t t = 0; t < n; t++) { e.texts[t].context_only = t < first || t >= end; }
        e.text = first;
        e.next = e.examples.piece_start[first];
        nomen_predictor predictor = {0};
        assert_int_equal(nomen_predictor_create(model, 0, &predictor, &err), NOMEN_OK);
        nomen_stream_start(model, &stream);
        stream.feed.segment_bytes = 1 + (size_t)nomen_rng_below(&rng, 200);
        stream.round_bytes = 1 + (size_t)nomen_rng_below(&rng, 400);
        if (nomen_stream_run(&stream, &predictor, e.texts, n, compare, &e, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
        assert_int_equal(e.text, n);
        nomen_stream_clear(&stream);
        nomen_predictor_clear(&predictor);
        clear(&e);
    }
}

/* In another order, and only some of them: a sentence's neighbours are those of the file. */
static void test_order_of_sentences(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_error err = {0};
    nomen_rng_start(&rng, 33, 0, 0);
    for (size_t i = 0; i < effort(300); i++) {
        expected e;
        nomen_examples some = {0};
        nomen_predictor predictor = {0};
        nomen_real *logits = NULL;
        size_t order[64], n_labels = model->labels.n;
        int32_t map[1] = {0};
        settings_by_chance(&rng);
        expect(&rng, &e);
        size_t n = e.data.n_sentences, m = 1 + (size_t)nomen_rng_below(&rng, n);
        nomen_rng_permutation(&rng, n, order);
        assert_int_equal(nomen_examples_add_dataset(&some, model, &e.data, order, m, map, &err), NOMEN_OK);
        assert_int_equal(nomen_predictor_create(model, 0, &predictor, &err), NOMEN_OK);
        assert_int_equal(NOMEN_NEW_ALIGNED(logits, some.piece_start[m] * n_labels + 1, &err), NOMEN_OK);
        assert_int_equal(nomen_predictor_run(&predictor, &some, logits, &err), NOMEN_OK);
        for (size_t k = 0; k < m; k++) {
            size_t from = e.examples.piece_start[order[k]], n_pieces = nomen_examples_n_pieces(&some, k);
            assert_memory_equal(logits + some.piece_start[k] * n_labels, e.logits + from * n_labels,
                                n_pieces * n_labels * sizeof *logits);
        }
        nomen_predictor_clear(&predictor);
        nomen_examples_clear(&some);
        nomen_mem_free(logits);
        clear(&e);
    }
}

/* Context never makes a sequence longer than the model takes, and none of it is lost where there is room. */
static void test_fit(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 34, 0, 0);
    for (size_t i = 0; i < effort(20000); i++) {
        size_t room = (size_t)nomen_rng_below(&rng, 40), before = (size_t)nomen_rng_below(&rng, 40),
               after = (size_t)nomen_rng_below(&rng, 40);
        size_t b = before, a = after;
        nomen_context_fit(room, room, true, &b, &a);
        assert_true(b <= before && a <= after && b + a <= room);
        assert_int_equal(b + a, before + after < room ? before + after : room);
        if (b < before) { assert_true(b + 1 >= a); } /* neither side gives up more than it must */
        if (a < after) { assert_true(a + 1 >= b); }
        b = before, a = after;
        nomen_context_fit(room, 7, false, &b, &a);
        assert_int_equal(b, before < room ? before : room);
        assert_int_equal(a, after < 7 ? after : 7);
    }
}

/* The tagger's entities are those of the joined logits at once. */
static nomen_status compare_entities(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    expected *e = user;
    const nomen_examples *x = &e->examples;
    size_t first = x->piece_start[index], n = nomen_examples_n_pieces(x, index), n_labels = model->labels.n;
    nomen_entities found = {0};
    nomen_real *probabilities = NULL;
    uint8_t *starts = NULL;
    assert_int_equal(NOMEN_NEW_ALIGNED(probabilities, n * n_labels + 1, err), NOMEN_OK);
    assert_int_equal(NOMEN_NEW(starts, n + 1, err), NOMEN_OK);
    nomen_op_softmax(probabilities, e->logits + first * n_labels, n, n_labels);
    if (n > 0) { nomen_word_starts(x->word_ids + first, n, NOMEN_NO_WORD, starts); }
    assert_int_equal(
        aggregate_whole(tagged->aggregation, &model->labels, probabilities, x->offsets + first, starts, n, &found, err),
        NOMEN_OK);
    assert_int_equal(found.n, tagged->entities.n);
    for (size_t i = 0; i < found.n; i++) {
        const nomen_entity *a = &found.items[i], *b = &tagged->entities.items[i];
        assert_true(a->label == b->label && a->index == b->index && a->span.start == b->span.start &&
                    a->span.end == b->span.end && memcmp(&a->score, &b->score, sizeof a->score) == 0);
    }
    e->next += found.n;
    nomen_entities_clear(&found);
    nomen_mem_free(probabilities);
    nomen_mem_free(starts);
    return NOMEN_OK;
}

static void test_entities(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_error err = {0};
    nomen_rng_start(&rng, 35, 0, 0);
    size_t n_entities = 0;
    for (size_t i = 0; i < effort(300); i++) {
        expected e;
        nomen_tagger *tagger = NULL;
        nomen_request request = {.size = sizeof request, .words = true};
        request.aggregation = (nomen_aggregation)(NOMEN_AGGREGATE_NONE + i % 5);
        settings_by_chance(&rng);
        expect(&rng, &e);
        assert_int_equal(nomen_tagger_create(model, NULL, &tagger, &err), NOMEN_OK);
        if (nomen_tagger_run(tagger, e.texts, e.data.n_sentences, &request, compare_entities, &e, &err) != NOMEN_OK) {
            fail_msg("%s", err.message);
        }
        n_entities += e.next;
        nomen_tagger_free(tagger);
        clear(&e);
    }
    assert_true(n_entities > effort(300));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_files), cmocka_unit_test(test_context_only),
                                       cmocka_unit_test(test_order_of_sentences), cmocka_unit_test(test_fit),
                                       cmocka_unit_test(test_entities)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
