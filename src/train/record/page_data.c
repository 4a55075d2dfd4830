/* The data of a run, and how it was started, as tables. */
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "math/ops.h"
#include "nomen/runtime.h"
#include "nomen/version.h"
#include "train/options/options.h"
#include "train/record/report_page.h"

enum { N_PARTS = 3 };
static const char *const part_names[N_PARTS] = {"train", "dev", "test"};

/* What a part of the data is. */
typedef struct part_figures {
    const nomen_corpus_part *part;
    const char *path;
    size_t n_words, longest; /* words of the longest sentence */
    size_t *labels;          /* (K + 1) words of each label; of those that are none of them */
    bool has_windows;        /* it was read by the model: */
    size_t n_windows, n_long;
} part_figures;

static nomen_status count_part(const nomen_run_report *r, part_figures *f, nomen_error *err) {
    const nomen_dataset *data = f->part->dataset;
    int32_t *map = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(f->labels, r->labels->n + 1, err));
    if (data == NULL) { goto done; }
    NOMEN_TRY(nomen_labels_map(r->labels, data, &map, err));
    for (size_t i = 0; i < f->part->n; i++) {
        const nomen_sentence *s = &data->sentences[nomen_corpus_sentence(f->part, i)];
        f->n_words += s->n_words;
        f->longest = s->n_words > f->longest ? s->n_words : f->longest;
        for (size_t w = 0; w < s->n_words; w++) {
            int32_t label = map[data->tags[s->first_word + w]];
            f->labels[label >= 0 ? (size_t)label : r->labels->n]++;
        }
    }
done:
    nomen_mem_free(map);
    return status;
}

static void find_parts(const nomen_run_report *r, part_figures parts[N_PARTS]) {
    const nomen_corpus_part *const given[N_PARTS] = {&r->corpus->train, &r->corpus->dev, &r->corpus->test};
    const nomen_review *const reviews[N_PARTS] = {NULL, r->dev, r->test};
    for (size_t p = 0; p < N_PARTS; p++) {
        parts[p] = (part_figures){.part = given[p], .path = given[p]->dataset != NULL ? given[p]->dataset->path : NULL};
        if (reviews[p] != NULL && reviews[p]->made) {
            parts[p].has_windows = true;
            parts[p].n_windows = reviews[p]->details.n_windows;
            parts[p].n_long = reviews[p]->details.n_long_sentences;
        }
    }
    parts[0].has_windows = true;
    parts[0].n_windows = r->n_windows;
    parts[0].n_long = r->n_long;
}

static nomen_status append_parts(const nomen_run_report *r, const part_figures *parts, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(
        out,
        "<div class=\"wide\"><table><thead><tr><th>part</th><th class=\"n\">sentences</th><th class=\"n\">words</th>"
        "<th class=\"n\">share of O</th><th class=\"n\">longest sentence</th><th class=\"n\">windows</th>"
        "<th class=\"n\">longer than a window</th><th>file</th></tr></thead><tbody>\n",
        err));
    for (size_t p = 0; p < N_PARTS; p++) {
        const part_figures *f = &parts[p];
        int32_t other = nomen_labels_find(r->labels, "O", 1);
        double outside = other >= 0 && f->n_words > 0 ? 100 * (double)f->labels[other] / (double)f->n_words : 0;
        if (f->path == NULL) { continue; }
        NOMEN_TRY(
            nomen_buffer_printf(out, err,
                                "<tr><td>%s</td><td class=\"n\">%zu</td><td class=\"n\">%zu</td><td class=\"n\">%.2f %%</td>"
                                "<td class=\"n\">%zu words</td>",
                                part_names[p], f->part->n, f->n_words, outside, f->longest));
        NOMEN_TRY(f->has_windows
                      ? nomen_buffer_printf(out, err, "<td class=\"n\">%zu</td><td class=\"n\">%zu</td>", f->n_windows, f->n_long)
                      : nomen_buffer_append_text(out, "<td class=\"n\">not read</td><td class=\"n\"></td>", err));
        NOMEN_TRY(nomen_page_text(out, "<td class=\"path\">", f->path, "</td></tr>\n", err));
    }
    status = nomen_buffer_append_text(out, "</tbody></table></div>\n", err);
done:
    return status;
}

static nomen_status append_label(const part_figures *parts, size_t k, const char *name, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_page_text(out, "<tr><td>", name, "</td>", err));
    for (size_t p = 0; p < N_PARTS; p++) {
        if (parts[p].path == NULL) { continue; }
        double share = parts[p].n_words > 0 ? (double)parts[p].labels[k] / (double)parts[p].n_words : 0;
        NOMEN_TRY(nomen_buffer_printf(out, err, "<td class=\"n\">%zu</td><td class=\"n muted\">%.2f %%</td>", parts[p].labels[k],
                                      100 * share));
    }
    status = nomen_buffer_append_text(out, "</tr>\n", err);
done:
    return status;
}

static nomen_status append_labels(const nomen_run_report *r, const part_figures *parts, nomen_buffer *out, nomen_error *err) {
    size_t n_unknown = 0;
    nomen_status status;
    NOMEN_TRY(
        nomen_buffer_append_text(out, "<h3>Words by label</h3>\n<div class=\"wide\"><table><thead><tr><th>label</th>", err));
    for (size_t p = 0; p < N_PARTS; p++) {
        if (parts[p].path == NULL) { continue; }
        n_unknown += parts[p].labels[r->labels->n];
        NOMEN_TRY(nomen_buffer_printf(out, err, "<th class=\"n\">%s</th><th></th>", part_names[p]));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "</tr></thead><tbody>\n", err));
    for (size_t k = 0; k < r->labels->n; k++) { NOMEN_TRY(append_label(parts, k, r->labels->names[k], out, err)); }
    if (n_unknown > 0) { NOMEN_TRY(append_label(parts, r->labels->n, "none of these", out, err)); }
    status = nomen_buffer_append_text(out, "</tbody></table></div>\n", err);
done:
    return status;
}

nomen_status nomen_page_data(const nomen_run_report *r, nomen_buffer *out, nomen_error *err) {
    part_figures parts[N_PARTS];
    nomen_status status = NOMEN_OK;
    find_parts(r, parts);
    for (size_t p = 0; p < N_PARTS; p++) { NOMEN_TRY(count_part(r, &parts[p], err)); }
    NOMEN_TRY(nomen_buffer_append_text(out, "<h2>The data</h2>\n", err));
    NOMEN_TRY(append_parts(r, parts, out, err));
    status = append_labels(r, parts, out, err);
done:
    for (size_t p = 0; p < N_PARTS; p++) { nomen_mem_free(parts[p].labels); }
    return status;
}

static nomen_status append_fact(const char *name, const char *value, nomen_buffer *out, nomen_error *err) {
    nomen_status status = nomen_page_text(out, "<tr><th>", name, "</th>", err);
    return status == NOMEN_OK ? nomen_page_text(out, "<td class=\"path\">", value, "</td></tr>\n", err) : status;
}

/* Every setting by its name, as the record of the run has it. */
static nomen_status append_settings(const nomen_train_options *o, nomen_buffer *out, nomen_error *err) {
    nomen_buffer shown = {0};
    json_t *record = NULL, *value;
    const char *key;
    nomen_status status;
    NOMEN_TRY(nomen_train_record(o, &record, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "<h3>Settings</h3>\n<table class=\"settings\">\n", err));
    json_object_foreach(record, key, value) {
        nomen_buffer_reset(&shown);
        NOMEN_TRY(nomen_json_append(value, false, &shown, err));
        NOMEN_TRY(append_fact(key, json_is_string(value) ? json_string_value(value) : shown.data, out, err));
    }
    status = nomen_buffer_append_text(out, "</table>\n", err);
done:
    json_decref(record);
    nomen_buffer_clear(&shown);
    return status;
}

nomen_status nomen_page_run(const nomen_run_report *r, nomen_buffer *out, nomen_error *err) {
    const time_t started = (time_t)r->started;
    struct tm t = {0};
    char text[128];
    nomen_status status;
    (void)gmtime_r(&started, &t);
    NOMEN_TRY(nomen_buffer_append_text(out, "<h2>The run</h2>\n", err));
    if (r->options->command != NULL) { NOMEN_TRY(nomen_page_text(out, "<pre>", r->options->command, "</pre>\n", err)); }
    NOMEN_TRY(nomen_buffer_append_text(out, "<table class=\"settings\">\n", err));
    NOMEN_TRY(append_fact("model", r->options->model_name != NULL ? r->options->model_name : r->options->model, out, err));
    NOMEN_TRY(append_fact("nomen", NOMEN_VERSION, out, err));
    NOMEN_TRY(append_fact("instruction set", nomen_math_isa(), out, err));
    nomen_number_snprintf(text, sizeof text, "%d", nomen_get_threads());
    NOMEN_TRY(append_fact("threads", text, out, err));
    nomen_number_snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d UTC", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                          t.tm_hour, t.tm_min, t.tm_sec);
    NOMEN_TRY(append_fact("started", text, out, err));
    nomen_number_snprintf(text, sizeof text, "%.1f s in %zu steps, %.0f tokens/s, %.1f sentences/s", r->seconds, r->result->steps,
                          r->result->tokens_per_second, r->result->sentences_per_second);
    NOMEN_TRY(append_fact("training", text, out, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "</table>\n", err));
    status = append_settings(r->options, out, err);
done:
    return status;
}
