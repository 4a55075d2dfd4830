/*
 * Viterbi against all sequences one by one, and a text word by word against a text as a whole; words of which the
 * model saw nothing; memory.
 */
#include <math.h>

#include "base/mem.h"
#include "decode/decoding.h"
#include "run/predict.h"
#include "support/effort.h"

enum { MOST_WORDS = 6 };

static uint32_t seed = 1;

static uint32_t draw(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 9) % n;
}

/* Eighths from -2 to 2: sums of them are exact, and equal ones frequent. */
static nomen_real draw_score(void) {
    return (nomen_real)((int)draw(33) - 16) / 8;
}

typedef struct chain {
    nomen_real transitions[MOST_LABELS * MOST_LABELS], start[MOST_LABELS], end[MOST_LABELS];
    nomen_crf crf;
} chain;

static void draw_chain(chain *c, size_t n, bool exact) {
    nomen_real *const arrays[] = {c->transitions, c->start, c->end};
    for (size_t a = 0; a < 3; a++) {
        for (size_t i = 0; i < (a == 0 ? n * n : n); i++) {
            arrays[a][i] = exact ? draw_score() : (nomen_real)draw(1u << 20) / (1 << 18) - 2;
        }
    }
    c->crf = (nomen_crf){c->transitions, c->start, c->end, n};
}

/* The score of a sequence; -infinity where it is not legal. */
static double score_of(const nomen_label_rules *rules, const nomen_crf *crf, const nomen_real *rows, const bool *absent,
                       const int32_t *labels, size_t n_words) {
    double score = 0;
    for (size_t w = 0; w <= n_words; w++) {
        int32_t a = w > 0 ? labels[w - 1] : -1, b = w < n_words ? labels[w] : -1;
        if (!nomen_label_rules_allow(rules, a, b)) { return -INFINITY; }
        if (crf != NULL) {
            score += (double)(a < 0 ? crf->start[b] : b < 0 ? crf->end[a] : crf->transitions[(size_t)a * rules->n + (size_t)b]);
        }
        if (b < 0) { break; }
        if (!absent[w]) {
            score += (double)rows[w * rules->n + (size_t)b];
        } else if (rules->outside >= 0 && b != rules->outside) {
            return -INFINITY;
        }
    }
    return score;
}

/* The best sequence, looked for in all; of equal ones that whose last label is first, then the last but one. */
static double by_force(const nomen_label_rules *rules, const nomen_crf *crf, const nomen_real *rows, const bool *absent,
                       size_t n_words, int32_t *best) {
    int32_t labels[MOST_WORDS] = {0};
    double top = -INFINITY;
    while (true) {
        double score = score_of(rules, crf, rows, absent, labels, n_words);
        if (score > top) {
            top = score;
            memcpy(best, labels, n_words * sizeof *best);
        }
        /* The first word changes fastest, so that equal sequences come in the order of the rule. */
        size_t w = 0;
        while (w < n_words && ++labels[w] == (int32_t)rules->n) { labels[w++] = 0; }
        if (w == n_words) { return top; }
    }
}

static void check_force(const char *text, size_t n_words, bool with_crf, bool exact) {
    char *names[MOST_LABELS];
    nomen_labels labels = labels_of(text, names);
    nomen_real rows[MOST_WORDS * MOST_LABELS];
    bool absent[MOST_WORDS];
    int32_t expected[MOST_WORDS], found[MOST_WORDS];
    chain c;
    draw_chain(&c, labels.n, exact);
    const nomen_crf *crf = with_crf ? &c.crf : NULL;
    for (size_t i = 0; i < n_words * labels.n; i++) { rows[i] = exact ? draw_score() : (nomen_real)draw(1u << 20) / (1 << 17); }
    for (size_t w = 0; w < n_words; w++) { absent[w] = draw(8) == 0; }
    nomen_decoder d = make(&labels, crf, NOMEN_DECODE_VITERBI, NOMEN_REPAIR_CONLLEVAL, 0);
    assert_int_equal(decode(&d, rows, absent, n_words, found), n_words);
    double top = by_force(&d.rules, crf, rows, absent, n_words, expected);
    double score = score_of(&d.rules, crf, rows, absent, found, n_words);
    /* Sums of eighths are exact: the very sequence. Others differ by the rounding of a dozen additions in double. */
    if (exact ? memcmp(found, expected, n_words * sizeof *found) != 0 : !(fabs(score - top) <= 1e-12)) {
        fail_msg("{%s}, %zu words: score %.17g, best %.17g", text, n_words, score, top);
    }
    nomen_decoder_clear(&d);
}

/* Every set of labels and number of words up to 7 and 6, with and without a CRF. */
static void test_all_sequences(void **state) {
    (void)state;
    static const char *const sets[] = {"O",
                                       "O B-x",
                                       "O B-x I-x",
                                       "I-x O B-x y",
                                       "B-x O B-y I-x I-y",
                                       "O B-x I-x E-x S-x B-y",
                                       "O B-x I-x B-y I-y B-z I-z",
                                       "O I-x E-x I-y E-y p",
                                       "B-x I-x L-x U-x",
                                       "p q r s t u v",
                                       "O B-x I-x E-x S-x U-y y",
                                       "B-x I-x E-x B-y"};
    for (size_t set = 0; set < sizeof sets / sizeof *sets; set++) {
        for (size_t n_words = 1; n_words <= MOST_WORDS; n_words++) {
            for (size_t i = 0; i < effort(n_words < 5 ? 40 : 4); i++) { check_force(sets[set], n_words, i % 2 == 1, i % 4 < 2); }
        }
    }
}

/* Without rules and CRF Viterbi is argmax, down to ties and NaNs. */
static void test_free_labels(void **state) {
    (void)state;
    char *names[MOST_LABELS];
    nomen_labels labels = labels_of("p q r s", names);
    nomen_decoder viterbi = make(&labels, NULL, NOMEN_DECODE_VITERBI, NOMEN_REPAIR_CONLLEVAL, 0);
    nomen_decoder argmax = make(&labels, NULL, NOMEN_DECODE_AUTO, NOMEN_REPAIR_CONLLEVAL, 0);
    assert_true(nomen_decoder_is_plain(&argmax) && !nomen_decoder_is_plain(&viterbi));
    enum { N = 500 };
    nomen_real rows[N * 4];
    int32_t a[N], b[N];
    for (int i = 0; i < 200; i++) {
        for (size_t e = 0; e < N * 4; e++) {
            rows[e] = (i & 1) != 0 ? draw_score() : (nomen_real)ldexp((double)draw(1u << 23) - 4e6, (int)draw(80) - 50);
        }
        assert_int_equal(decode(&viterbi, rows, NULL, N, a), N);
        assert_int_equal(decode(&argmax, rows, NULL, N, b), N);
        assert_memory_equal(a, b, sizeof a);
        for (size_t w = 0; w < N; w++) { assert_int_equal(b[w], nomen_largest(rows + w * 4, 4)); }
    }
    const nomen_real odd[] = {NAN, 1, 2, NAN, INFINITY, 1, 0, -INFINITY, NAN, NAN, NAN, NAN};
    assert_int_equal(decode(&viterbi, odd, NULL, 3, a), 3);
    assert_int_equal(a[0], 2);
    assert_int_equal(a[1], 0);
    assert_int_equal(a[2], 0);
    nomen_decoder_clear(&viterbi);
    nomen_decoder_clear(&argmax);
}

/* A text of any length as a whole: the same recursion, kept whole and traced at the end. */
static void whole(const nomen_decoder *d, const nomen_real *rows, const bool *absent, size_t n_words, int32_t *out) {
    size_t n = d->rules.n;
    double best[MOST_LABELS], next[MOST_LABELS];
    int32_t *from = calloc(n_words * n, sizeof *from);
    for (size_t w = 0; w < n_words; w++) {
        double most = -INFINITY;
        nomen_real top = rows[w * n];
        for (size_t k = 1; k < n; k++) { top = rows[w * n + k] > top ? rows[w * n + k] : top; }
        for (size_t j = 0; j < n; j++) {
            next[j] = w == 0 ? (double)d->start[j] : -INFINITY;
            for (size_t i = 0; w > 0 && i < n; i++) {
                double score = best[i] + (double)d->into[j * n + i];
                if (score > next[j]) {
                    next[j] = score;
                    from[w * n + j] = (int32_t)i;
                }
            }
            if (!absent[w]) {
                next[j] += (double)rows[w * n + j] - (double)top;
            } else if (d->rules.outside >= 0 && (int32_t)j != d->rules.outside) {
                next[j] = -INFINITY;
            }
            most = next[j] > most ? next[j] : most;
        }
        for (size_t j = 0; j < n; j++) { best[j] = next[j] - most; }
    }
    int32_t label = 0;
    double top = -INFINITY;
    for (size_t j = 0; j < n; j++) {
        if (best[j] + (double)d->end[j] > top) {
            top = best[j] + (double)d->end[j];
            label = (int32_t)j;
        }
    }
    for (size_t w = n_words; w-- > 0;) {
        out[w] = label;
        label = from[w * n + (size_t)label];
    }
    free(from);
}

static bool is_legal(const nomen_label_rules *rules, const int32_t *labels, size_t n_words) {
    for (size_t w = 0; w <= n_words; w++) {
        if (!nomen_label_rules_allow(rules, w > 0 ? labels[w - 1] : -1, w < n_words ? labels[w] : -1)) { return false; }
    }
    return true;
}

/* Word by word is the whole text, as long as the bound is not reached; beyond it the labels are still legal. */
static void test_word_by_word(void **state) {
    (void)state;
    static const char *const sets[] = {"O B-x I-x B-y I-y", "O B-x I-x E-x S-x B-y I-y E-y S-y", "p q", "O I-x E-x p"};
    static const size_t bounds[] = {0, 1, 2, 3, 7, 20};
    enum { N = 300 };
    nomen_real *rows = calloc(N * MOST_LABELS, sizeof *rows);
    bool absent[N];
    int32_t found[N], expected[N];
    size_t n_texts = effort(4000), n_same = 0, n_forced = 0;
    for (size_t i = 0; i < n_texts; i++) {
        char *names[MOST_LABELS];
        nomen_labels labels = labels_of(sets[draw(4)], names);
        chain c;
        draw_chain(&c, labels.n, draw(2) == 0);
        if (draw(4) == 0) { /* labels that hold on to themselves: survivors meet late */
            for (size_t k = 0; k < labels.n; k++) { c.transitions[k * labels.n + k] += 30; }
        }
        size_t n_words = draw(N) + 1;
        bool flat = draw(4) == 0;
        for (size_t e = 0; e < n_words * labels.n; e++) { rows[e] = flat ? draw_score() / 64 : draw_score(); }
        for (size_t w = 0; w < n_words; w++) { absent[w] = draw(50) == 0; }
        nomen_decoder d =
            make(&labels, draw(3) > 0 ? &c.crf : NULL, NOMEN_DECODE_VITERBI, NOMEN_REPAIR_CONLLEVAL, bounds[draw(6)]);
        assert_int_equal(decode(&d, rows, absent, n_words, found), n_words);
        assert_true(is_legal(&d.rules, found, n_words));
        whole(&d, rows, absent, n_words, expected);
        bool same = memcmp(found, expected, n_words * sizeof *found) == 0;
        if (d.n_forced == 0 && !same) { fail_msg("text %zu: other labels than as a whole", i); }
        n_same += same;
        n_forced += d.n_forced > 0;
        /* And once more with what is left from the first time. */
        assert_int_equal(decode(&d, rows, absent, n_words, expected), n_words);
        assert_memory_equal(found, expected, n_words * sizeof *found);
        nomen_decoder_clear(&d);
    }
    assert_true(n_same > n_texts / 2 && n_forced > n_texts / 20);
    free(rows);
}

/* Two million words in the memory of a few, whose labels come out soon. */
static void test_flat_memory(void **state) {
    (void)state;
    char *names[MOST_LABELS];
    nomen_labels labels =
        labels_of("O B-art I-art B-eve I-eve B-geo I-geo B-gpe I-gpe B-nat I-nat B-org I-org B-per I-per B-tim I-tim", names);
    chain c;
    draw_chain(&c, labels.n, false);
    nomen_decoder d = make(&labels, &c.crf, NOMEN_DECODE_AUTO, NOMEN_REPAIR_CONLLEVAL, 0);
    int32_t certain[NOMEN_DECODER_BOUND];
    size_t n_words = effort(2000000) < 2000000 ? 200000 : 2000000, n = 0, most_open = 0;
    long requests = nomen_mem_test_live();
    nomen_mem_test_fail(0, 1); /* no request would be met */
    for (size_t w = 0; w < n_words; w++) {
        nomen_real row[MOST_LABELS];
        for (size_t k = 0; k < labels.n; k++) { row[k] = draw_score(); }
        n += nomen_decoder_push(&d, row, certain);
        most_open = d.n_open > most_open ? d.n_open : most_open;
    }
    n += nomen_decoder_finish(&d, certain);
    nomen_mem_test_fail(-1, 0);
    assert_int_equal(n, n_words);
    assert_int_equal(nomen_mem_test_live(), requests);
    assert_int_equal(d.n_forced, 0);
    assert_true(most_open < 100);
    nomen_decoder_clear(&d);
}

/* Every request failing: said, and nothing left. */
static void test_out_of_memory(void **state) {
    (void)state;
    char *names[MOST_LABELS];
    nomen_labels labels = labels_of("O B-x I-x", names);
    nomen_decode_options options = {.decoding = NOMEN_DECODE_VITERBI};
    long live = nomen_mem_test_live();
    for (long n = 0;; n++) {
        nomen_decoder d = {0};
        nomen_error err = {0};
        nomen_mem_test_fail(n, 0);
        nomen_status status = nomen_decoder_create(&labels, NULL, &options, 0, &d, &err);
        nomen_mem_test_fail(-1, 0);
        if (status == NOMEN_OK) {
            assert_true(n > 5);
            nomen_decoder_clear(&d);
            break;
        }
        assert_int_equal(status, NOMEN_ERROR_MEMORY);
        assert_int_equal(nomen_mem_test_live(), live);
    }
    assert_int_equal(nomen_mem_test_live(), live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sequences), cmocka_unit_test(test_free_labels),   cmocka_unit_test(test_word_by_word),
        cmocka_unit_test(test_flat_memory),   cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
