/* Scores of counts; see the header. */
#include "eval/scores.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

nomen_prf nomen_counts_score(nomen_counts counts) {
    nomen_prf prf = {.support = counts.gold, .predicted = counts.predicted, .correct = counts.correct};
    if (counts.predicted > 0) { prf.precision = (double)counts.correct / (double)counts.predicted; }
    if (counts.gold > 0) { prf.recall = (double)counts.correct / (double)counts.gold; }
    double sum = prf.precision + prf.recall;
    if (sum > 0) { prf.f1 = 2 * prf.precision * prf.recall / sum; }
    return prf;
}

/* The means over the types; `weighted` by support, otherwise plain. */
static nomen_prf average(const nomen_report *report, bool weighted) {
    nomen_prf mean = report->micro;
    double precision = 0, recall = 0, f1 = 0;
    for (size_t i = 0; i < report->n_types; i++) {
        const nomen_prf *type = &report->per_type[i];
        double weight = weighted ? (double)type->support : 1;
        precision += type->precision * weight;
        recall += type->recall * weight;
        f1 += type->f1 * weight;
    }
    /* Without gold entities seqeval's weighted scores are 0; without any type its macro scores are NaN. */
    double total = weighted ? (double)report->micro.support : (double)report->n_types;
    if (weighted && report->micro.support == 0) { total = 1; }
    mean.precision = precision / total;
    mean.recall = recall / total;
    mean.f1 = f1 / total;
    return mean;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const nomen_counts *at(const nomen_counts *counts, size_t stride, size_t type) {
    return (const nomen_counts *)(const void *)((const char *)counts + type * stride);
}

nomen_status nomen_report_fill(const nomen_interner *types, const nomen_counts *counts, size_t n_counts, size_t stride,
                               nomen_report *report, nomen_error *err) {
    nomen_status status;
    nomen_counts all = {0};
    size_t n = 0;
    for (size_t i = 0; i < n_counts; i++) {
        const nomen_counts *c = at(counts, stride, i);
        n += c->gold + c->predicted > 0;
        all = (nomen_counts){all.gold + c->gold, all.predicted + c->predicted, all.correct + c->correct};
    }
    NOMEN_TRY(NOMEN_NEW(report->types, n, err));
    NOMEN_TRY(NOMEN_NEW(report->per_type, n, err));
    for (size_t i = 0; i < n_counts; i++) {
        if (at(counts, stride, i)->gold + at(counts, stride, i)->predicted == 0) { continue; }
        size_t n_bytes = strlen(types->names[i]);
        char *name = nomen_mem_copy(types->names[i], n_bytes);
        if (name == NULL) {
            status = nomen_error_memory(err, n_bytes + 1, 1);
            goto done;
        }
        report->types[report->n_types++] = name;
    }
    if (n > 1) { qsort(report->types, n, sizeof *report->types, by_name); }
    for (size_t i = 0; i < n; i++) {
        int32_t type = nomen_interner_find(types, report->types[i], strlen(report->types[i]));
        report->per_type[i] = nomen_counts_score(*at(counts, stride, (size_t)type));
    }
    report->micro = nomen_counts_score(all);
    report->macro = average(report, false);
    report->weighted = average(report, true);
done:
    return status;
}

void nomen_report_clear(nomen_report *report) {
    for (size_t i = 0; i < report->n_types; i++) { nomen_mem_free(report->types[i]); }
    nomen_mem_free(report->types);
    nomen_mem_free(report->per_type);
    *report = (nomen_report){0};
}
