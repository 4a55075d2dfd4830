/* Scores of words to labels: argmax or Viterbi, and repairs; see the header. */
#include "decode/decoder.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "run/predict.h"

/* By value; AUTO is a question and no choice. */
static const char *const decodings[] = {
    [NOMEN_DECODE_AUTO] = "auto", [NOMEN_DECODE_ARGMAX] = "argmax", [NOMEN_DECODE_VITERBI] = "viterbi", NULL};
static const char *const repairs[] = {
    [NOMEN_REPAIR_CONLLEVAL] = "conlleval", [NOMEN_REPAIR_BEGIN] = "begin", [NOMEN_REPAIR_DROP] = "drop", NULL};

const char *nomen_decoding_name(nomen_decoding decoding) {
    return nomen_name_of(decodings, (int)decoding);
}

const char *nomen_repair_name(nomen_repair repair) {
    return nomen_name_of(repairs, (int)repair);
}

nomen_status nomen_decoding_parse(const char *name, nomen_decoding *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, decodings + NOMEN_DECODE_ARGMAX, "way to decode", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_decoding)(found + NOMEN_DECODE_ARGMAX); }
    return status;
}

nomen_status nomen_repair_parse(const char *name, nomen_repair *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, repairs, "repair", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_repair)found; }
    return status;
}

/* A score below the row's largest by more than this counts as so much below: sums stay exact enough, and finite. */
static const double lowest = -1e4;

/* Survivors are looked at when so many words are open. */
enum { FIRST_CHECK = 8 };

/* What is forbidden costs infinity; what is allowed, what the CRF says. */
static void fill_scores(nomen_decoder *d, const nomen_crf *crf) {
    size_t n = d->rules.n;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            nomen_real score = crf != NULL ? crf->transitions[i * n + j] : 0;
            d->into[j * n + i] = nomen_label_rules_allow(&d->rules, (int32_t)i, (int32_t)j) ? score : -INFINITY;
        }
        d->start[j] = crf != NULL ? crf->start[j] : 0;
        d->end[j] = crf != NULL ? crf->end[j] : 0;
        if (!nomen_label_rules_allow(&d->rules, -1, (int32_t)j)) { d->start[j] = -INFINITY; }
        if (!nomen_label_rules_allow(&d->rules, (int32_t)j, -1)) { d->end[j] = -INFINITY; }
    }
}

void nomen_decoder_reset(nomen_decoder *d) {
    d->first = d->n_open = 0;
    d->check_at = FIRST_CHECK < d->bound ? FIRST_CHECK : d->bound;
    d->begun = false;
    d->last = -1;
}

nomen_status nomen_decoder_create(const nomen_labels *labels, const nomen_crf *crf, const nomen_decode_options *options,
                                  size_t bound, nomen_decoder *out, nomen_error *err) {
    nomen_decoder d = {.options = *options, .has_crf = crf != NULL, .bound = bound > 0 ? bound : NOMEN_DECODER_BOUND};
    size_t n = labels->n, n_pairs = 0, n_from = 0;
    nomen_status status;
    if (d.options.decoding == NOMEN_DECODE_AUTO) {
        d.options.decoding = crf != NULL ? NOMEN_DECODE_VITERBI : NOMEN_DECODE_ARGMAX;
    }
    NOMEN_TRY(nomen_label_rules_create(labels, &d.rules, err));
    if (d.options.decoding == NOMEN_DECODE_VITERBI) {
        NOMEN_TRY(nomen_mem_product(n, n, "the transitions between labels", &n_pairs, err));
        NOMEN_TRY(nomen_mem_product(d.bound, n, "the words of a text without a known label", &n_from, err));
        NOMEN_TRY(NOMEN_NEW(d.into, n_pairs, err));
        NOMEN_TRY(NOMEN_NEW(d.start, n, err));
        NOMEN_TRY(NOMEN_NEW(d.end, n, err));
        NOMEN_TRY(NOMEN_NEW(d.best, n, err));
        NOMEN_TRY(NOMEN_NEW(d.next, n, err));
        NOMEN_TRY(NOMEN_NEW(d.from, n_from, err));
        NOMEN_TRY(NOMEN_NEW(d.alive, 2 * n, err));
        fill_scores(&d, crf);
    }
    nomen_decoder_reset(&d);
    *out = d;
    return NOMEN_OK;
done:
    nomen_decoder_clear(&d);
    return status;
}

void nomen_decoder_clear(nomen_decoder *d) {
    nomen_label_rules_clear(&d->rules);
    nomen_mem_free(d->into);
    nomen_mem_free(d->start);
    nomen_mem_free(d->end);
    nomen_mem_free(d->best);
    nomen_mem_free(d->next);
    nomen_mem_free(d->from);
    nomen_mem_free(d->alive);
    *d = (nomen_decoder){0};
}

void nomen_decoder_report(const nomen_decoder *d) {
    if (d->options.decoding == NOMEN_DECODE_ARGMAX) { return; }
    if (d->rules.scheme == NULL && !d->has_crf) {
        nomen_log_info("viterbi: the names of the labels forbid no sequence, so it is the same as argmax");
    }
    if (d->options.repair != NOMEN_REPAIR_CONLLEVAL) {
        nomen_log_info("viterbi never yields an I- tag that needs repair; leave the repair out");
    }
}

bool nomen_decoder_is_plain(const nomen_decoder *d) {
    return d->options.decoding == NOMEN_DECODE_ARGMAX && d->options.repair == NOMEN_REPAIR_CONLLEVAL;
}

/* ---- repairs ---- */

static int32_t repair(const nomen_decoder *d, int32_t label) {
    const nomen_label_rule *rule = &d->rules.labels[label];
    if (d->options.repair == NOMEN_REPAIR_CONLLEVAL || !rule->opened) { return label; }
    if (d->last >= 0 && d->rules.labels[d->last].type == rule->type &&
        (d->rules.labels[d->last].letter == 'B' || d->rules.labels[d->last].letter == 'I')) {
        return label;
    }
    if (d->options.repair == NOMEN_REPAIR_BEGIN) { return rule->begin; }
    return d->rules.outside >= 0 ? d->rules.outside : label;
}

/* ---- Viterbi ---- */

static int32_t *from_row(const nomen_decoder *d, size_t open_word) {
    return d->from + (d->first + open_word) % d->bound * d->rules.n;
}

/* The label with the highest score, the first of equals; `more` may be NULL. */
static int32_t find_best(const double *scores, const nomen_real *more, size_t n) {
    size_t best = 0;
    double top = -INFINITY;
    for (size_t k = 0; k < n; k++) {
        double score = scores[k] + (more != NULL ? (double)more[k] : 0);
        if (score > top) {
            best = k;
            top = score;
        }
    }
    return (int32_t)best;
}

/* Decides the first n open words, the last of which has `label`. */
static size_t decide(nomen_decoder *d, size_t n, int32_t label, int32_t *labels) {
    for (size_t w = n; w-- > 0;) {
        labels[w] = label;
        label = from_row(d, w)[label];
    }
    d->last = labels[n - 1];
    d->first = (d->first + n) % d->bound;
    d->n_open -= n;
    return n;
}

/* Walks back to where all paths that are left come from one label; what is before that is certain. */
static size_t decide_certain(nomen_decoder *d, int32_t *labels) {
    size_t n = d->rules.n, n_alive = 0, decided = 0;
    uint8_t *here = d->alive, *before = d->alive + n;
    for (size_t k = 0; k < n; k++) {
        here[k] = d->best[k] > -INFINITY;
        n_alive += here[k];
    }
    for (size_t w = d->n_open; w-- > 0;) {
        if (n_alive == 1) {
            const uint8_t *only = memchr(here, 1, n);
            decided = decide(d, w + 1, (int32_t)(only - here), labels);
            break;
        }
        if (w == 0) { break; }
        const int32_t *from = from_row(d, w);
        memset(before, 0, n);
        n_alive = 0;
        for (size_t k = 0; k < n; k++) {
            if (!here[k] || before[from[k]]) { continue; }
            before[from[k]] = 1;
            n_alive++;
        }
        uint8_t *swap = here;
        here = before;
        before = swap;
    }
    d->check_at = 2 * d->n_open > FIRST_CHECK ? 2 * d->n_open : FIRST_CHECK;
    if (d->check_at > d->bound) { d->check_at = d->bound; }
    return decided;
}

/* The label that a word has on the best path to `label` of the last word. */
static int32_t trace(const nomen_decoder *d, int32_t label, size_t open_word) {
    for (size_t w = d->n_open - 1; w > open_word; w--) { label = from_row(d, w)[label]; }
    return label;
}

/*
 * The bound is reached: decides the older half by the best path that could end here, and gives up the paths that
 * have another label where the halves meet. A path that can end a text stays, so that there is always one that
 * can go on.
 */
static size_t force(nomen_decoder *d, int32_t *labels) {
    size_t half = d->bound / 2 > 0 ? d->bound / 2 : 1;
    int32_t label = find_best(d->best, d->end, d->rules.n);
    label = trace(d, label, half - 1);
    for (size_t k = 0; k < d->rules.n; k++) {
        if (d->best[k] > -INFINITY && trace(d, (int32_t)k, half - 1) != label) { d->best[k] = -INFINITY; }
    }
    d->n_forced++;
    return decide(d, half, label, labels);
}

/* A row's score of a label, less the row's largest. */
static double score_of(const nomen_real *row, nomen_real top, size_t label) {
    double score = row[label] == top ? 0 : (double)row[label] - (double)top;
    return score >= lowest ? score : lowest;
}

/* One step of the recursion. */
static void step(nomen_decoder *d, const nomen_real *row) {
    size_t n = d->rules.n;
    nomen_real top = -INFINITY;
    for (size_t k = 0; row != NULL && k < n; k++) { top = row[k] > top ? row[k] : top; }
    int32_t *from = from_row(d, d->n_open);
    double most = -INFINITY;
    for (size_t j = 0; j < n; j++) {
        const nomen_real *into = d->into + j * n;
        double best = d->begun ? -INFINITY : (double)d->start[j];
        from[j] = 0;
        for (size_t i = 0; d->begun && i < n; i++) {
            double score = d->best[i] + (double)into[i];
            if (score > best) {
                best = score;
                from[j] = (int32_t)i;
            }
        }
        if (row != NULL) {
            best += score_of(row, top, j);
        } else if (d->rules.outside >= 0 && (int32_t)j != d->rules.outside) {
            best = -INFINITY;
        }
        d->next[j] = best;
        if (best > most) { most = best; }
    }
    for (size_t j = 0; j < n; j++) { d->best[j] = d->next[j] - most; }
    d->begun = true;
    d->n_open++;
}

/* ---- */

size_t nomen_decoder_push(nomen_decoder *d, const nomen_real *row, int32_t *labels) {
    if (d->options.decoding == NOMEN_DECODE_ARGMAX) {
        int32_t other = d->rules.outside >= 0 ? d->rules.outside : 0;
        d->last = repair(d, row != NULL ? (int32_t)nomen_largest(row, d->rules.n) : other);
        labels[0] = d->last;
        return 1;
    }
    step(d, row);
    if (d->n_open < d->check_at) { return 0; }
    size_t n = decide_certain(d, labels);
    return n == 0 && d->n_open == d->bound ? force(d, labels) : n;
}

size_t nomen_decoder_finish(nomen_decoder *d, int32_t *labels) {
    size_t n = d->n_open;
    if (n > 0) { n = decide(d, n, find_best(d->best, d->end, d->rules.n), labels); }
    nomen_decoder_reset(d);
    return n;
}
