/* Trials from runs: means, deviations, the order. */
#include "sweep/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static double ratio(size_t part, size_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

static nomen_prf pool(size_t gold, size_t predicted, size_t correct) {
    nomen_prf prf = {.precision = ratio(correct, predicted),
                     .recall = ratio(correct, gold),
                     .support = gold,
                     .predicted = predicted,
                     .correct = correct};
    prf.f1 = ratio(2 * correct, gold + predicted);
    return prf;
}

/* One trial from its runs, which lie one after another; those that are done count. */
static nomen_sweep_trial sum_up(const nomen_sweep_entry *runs, size_t n) {
    nomen_sweep_trial trial = {.f1 = NAN, .f1_deviation = NAN, .loss = NAN};
    size_t gold = 0, predicted = 0, correct = 0, n_scored = 0;
    double f1 = 0, squares = 0, loss = 0;
    for (size_t i = 0; i < n; i++) {
        if (!runs[i].done) { continue; }
        trial.n_runs++;
        trial.seconds += runs[i].seconds;
        if (runs[i].problem != NULL) { trial.problem = runs[i].problem; }
        trial.n_failed += isnan(runs[i].f1) ? 1 : 0;
        if (isnan(runs[i].f1)) { continue; }
        n_scored++;
        f1 += runs[i].f1;
        loss += runs[i].loss;
        gold += runs[i].n_gold;
        predicted += runs[i].n_predicted;
        correct += runs[i].n_correct;
    }
    trial.pooled = pool(gold, predicted, correct);
    if (n_scored == 0) { return trial; }
    trial.f1 = f1 / (double)n_scored;
    trial.loss = loss / (double)n_scored;
    for (size_t i = 0; i < n; i++) {
        if (runs[i].done && !isnan(runs[i].f1)) { squares += (runs[i].f1 - trial.f1) * (runs[i].f1 - trial.f1); }
    }
    if (n_scored > 1) { trial.f1_deviation = sqrt(squares / (double)(n_scored - 1)); }
    return trial;
}

/* A trial that failed in some of its runs can't be trusted with its mean of the others: it comes after those that did not. */
static int compare_trials(const void *a, const void *b) {
    const nomen_sweep_trial *x = a, *y = b;
    const size_t n_x = x->n_runs - x->n_failed, n_y = y->n_runs - y->n_failed;
    if (n_x != n_y) { return n_x > n_y ? -1 : 1; }
    if (x->f1 != y->f1 && !(isnan(x->f1) && isnan(y->f1))) { return x->f1 > y->f1 || isnan(y->f1) ? -1 : 1; }
    return x->values < y->values ? -1 : x->values > y->values; /* the order in which they were tried */
}

/* A report and all that it points to. */
typedef struct own_report {
    nomen_sweep_report report; /* first: the caller has its address */
    const char **names;
    nomen_sweep_trial *trials;
    char **texts; /* (n_trials * n_names) */
    size_t n_texts;
} own_report;

static nomen_status copy_values(own_report *own, const nomen_axes *axes, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(own->texts, axes->n_trials * axes->n + 1, err)); /* one more: trials without values are told apart, too */
    for (; own->n_texts < axes->n_trials * axes->n; own->n_texts++) {
        const char *text = axes->values[own->n_texts];
        NOMEN_TRY(NOMEN_COPY(own->texts[own->n_texts], text, strlen(text), err));
    }
done:
    return status;
}

nomen_status nomen_sweep_report_make(const nomen_axes *axes, const nomen_ledger *ledger, size_t folds, nomen_sweep_report **out,
                                     nomen_error *err) {
    size_t n_runs = ledger->n_runs / axes->n_trials;
    own_report *own = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(own, 1, err));
    NOMEN_TRY(NOMEN_NEW(own->names, axes->n, err));
    NOMEN_TRY(NOMEN_NEW(own->trials, axes->n_trials, err));
    NOMEN_TRY(copy_values(own, axes, err));
    for (size_t i = 0; i < axes->n; i++) { own->names[i] = axes->items[i].name; }
    own->report = (nomen_sweep_report){
        .names = own->names, .n_names = axes->n, .trials = own->trials, .n_seeds = axes->seeds.n_values, .n_folds = folds};
    if (own->report.n_seeds == 0) { own->report.n_seeds = 1; }
    for (size_t t = 0; t < axes->n_trials; t++) {
        const nomen_sweep_trial sum = sum_up(ledger->runs + t * n_runs, n_runs);
        if (sum.n_runs == 0) { continue; } /* the sweep ended before it */
        nomen_sweep_trial *trial = &own->trials[own->report.n_trials++];
        *trial = sum;
        trial->values = (const char *const *)(own->texts + t * axes->n);
        const char *problem = trial->problem;
        trial->problem = NULL;
        if (problem != NULL) { NOMEN_TRY(NOMEN_COPY(trial->problem, problem, strlen(problem), err)); }
    }
    qsort(own->trials, own->report.n_trials, sizeof *own->trials, compare_trials);
    *out = &own->report;
    return NOMEN_OK;
done:
    nomen_sweep_report_free(own != NULL ? &own->report : NULL);
    return status;
}

void nomen_sweep_report_free(nomen_sweep_report *report) {
    own_report *own = (own_report *)report;
    if (own == NULL) { return; }
    for (size_t i = 0; i < own->n_texts; i++) { nomen_mem_free(own->texts[i]); }
    for (size_t i = 0; i < own->report.n_trials; i++) { nomen_mem_free((char *)(uintptr_t)own->trials[i].problem); }
    nomen_mem_free(own->texts);
    nomen_mem_free(own->trials);
    nomen_mem_free(own->names);
    nomen_mem_free(own);
}
