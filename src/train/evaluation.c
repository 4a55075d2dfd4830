/* The metric of the best evaluation; see the header. */
#include "train/evaluation.h"

#include <math.h>
#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "nomen/eval.h"

typedef struct figure {
    const char *name;
    size_t offset;
    bool smaller;
} figure;

/* By the names of nomen_report_to_json. */
static const figure figures[] = {
    {"f1", offsetof(nomen_report, micro.f1), false},
    {"precision", offsetof(nomen_report, micro.precision), false},
    {"recall", offsetof(nomen_report, micro.recall), false},
    {"accuracy", offsetof(nomen_report, accuracy), false},
    {"sentence_accuracy", offsetof(nomen_report, sentence_accuracy), false},
    {"macro_f1", offsetof(nomen_report, macro.f1), false},
    {"weighted_f1", offsetof(nomen_report, weighted.f1), false},
    {"loss", offsetof(nomen_report, loss), true},
};
static const figure type_figures[] = {
    {"f1", offsetof(nomen_prf, f1), false},
    {"precision", offsetof(nomen_prf, precision), false},
    {"recall", offsetof(nomen_prf, recall), false},
};
enum { N_FIGURES = sizeof figures / sizeof *figures, N_TYPE_FIGURES = sizeof type_figures / sizeof *type_figures };

static const figure *find_figure(const char *name, const figure *table, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(table[i].name, name) == 0) { return &table[i]; }
    }
    return NULL;
}

/* The types of the gold entities, as the scorer reads tags: in the report of what is right throughout. */
static nomen_status gold_types(const nomen_corpus_part *dev, nomen_report *out, nomen_error *err) {
    const nomen_dataset *data = dev->dataset;
    const char **tags = NULL;
    size_t capacity = 0;
    nomen_scorer *scorer = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_scorer_create(NULL, &scorer, err));
    for (size_t i = 0; i < dev->n; i++) {
        const nomen_sentence *s = &data->sentences[nomen_corpus_sentence(dev, i)];
        NOMEN_TRY(NOMEN_RESERVE(tags, capacity, s->n_words, err));
        for (size_t w = 0; w < s->n_words; w++) {
            tags[w] = nomen_tag_or_outside(data->tag_names[data->tags[s->first_word + w]]);
        }
        NOMEN_TRY(nomen_scorer_add(scorer, tags, tags, s->n_words, err));
    }
    status = nomen_scorer_report(scorer, out, err);
done:
    nomen_scorer_free(scorer);
    nomen_mem_free(tags);
    return status;
}

static nomen_status refuse(const char *name, const nomen_report *gold, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&text, err, "metric-for-best-model: \"%s\" is no figure of the dev part; choose ", name));
    for (size_t i = 0; i < N_FIGURES; i++) { NOMEN_TRY(nomen_buffer_printf(&text, err, "%s, ", figures[i].name)); }
    NOMEN_TRY(nomen_buffer_append_text(&text, "or TYPE.f1, TYPE.precision, TYPE.recall of one of its types:", err));
    for (size_t i = 0; i < gold->n_types; i++) { NOMEN_TRY(nomen_buffer_printf(&text, err, " %s", gold->types[i])); }
    if (gold->n_types == 0) { NOMEN_TRY(nomen_buffer_append_text(&text, " it has none", err)); }
    status = nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER, "%s", text.data);
done:
    nomen_buffer_clear(&text);
    return status;
}

nomen_status nomen_metric_find(const char *name, const nomen_corpus_part *dev, nomen_metric *out, nomen_error *err) {
    const figure *found = find_figure(name, figures, N_FIGURES);
    const char *dot = strrchr(name, '.'); /* the last: a type may have some, too */
    nomen_report gold = {0};
    nomen_metric metric = {.name = name};
    nomen_status status = NOMEN_OK;
    if (found == NULL) {
        NOMEN_TRY(gold_types(dev, &gold, err));
        found = dot != NULL ? find_figure(dot + 1, type_figures, N_TYPE_FIGURES) : NULL;
        for (size_t i = 0; found != NULL && metric.type == NULL && i < gold.n_types; i++) {
            size_t n = strlen(gold.types[i]);
            if (n != (size_t)(dot - name) || memcmp(gold.types[i], name, n) != 0) { continue; }
            metric.type = name;
            metric.n_type = n;
        }
        if (metric.type == NULL) { NOMEN_FAIL(refuse(name, &gold, err)); }
    }
    metric.offset = found->offset;
    metric.smaller = found->smaller;
    *out = metric;
done:
    nomen_report_clear(&gold);
    return status;
}

double nomen_metric_value(const nomen_metric *metric, const nomen_report *report) {
    const char *from = (const char *)report;
    double value = 0;
    if (metric->type != NULL) {
        size_t i = 0;
        while (i < report->n_types &&
               (strlen(report->types[i]) != metric->n_type || memcmp(report->types[i], metric->type, metric->n_type) != 0)) {
            i++;
        }
        if (i == report->n_types) { return 0; }
        from = (const char *)&report->per_type[i];
    }
    memcpy(&value, from + metric->offset, sizeof value);
    return value;
}

bool nomen_metric_is_better(const nomen_metric *metric, double value, double other) {
    if (isnan(value) || isnan(other)) { return !isnan(value); }
    return metric->smaller ? value < other : value > other;
}

bool nomen_metric_improves(const nomen_metric *metric, double value, double best, double threshold) {
    return nomen_metric_is_better(metric, value, best) && (isnan(best) || fabs(value - best) > threshold);
}

void nomen_top_add(const nomen_metric *metric, nomen_train_top *top, size_t *n_top, size_t most, nomen_train_top evaluation) {
    size_t at = *n_top;
    while (at > 0 && nomen_metric_is_better(metric, evaluation.metric, top[at - 1].metric)) { at--; }
    if (at >= most) { return; }
    if (*n_top < most) { (*n_top)++; }
    memmove(top + at + 1, top + at, (*n_top - at - 1) * sizeof *top);
    top[at] = evaluation;
}

bool nomen_top_has(const nomen_train_result *result, size_t step) {
    for (size_t i = 0; i < result->n_top; i++) {
        if (result->top[i].step == step) { return true; }
    }
    return false;
}
