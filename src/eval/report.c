/*
 * A report as JSON and as a table. The table goes to terminals, and type names come from files, so
 * control characters in them are not passed on.
 */
#include "eval/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void nomen_prf_json_members(nomen_json_out *json, const nomen_prf *prf, bool counts) {
    nomen_json_add_number(json, "precision", prf->precision);
    nomen_json_add_number(json, "recall", prf->recall);
    nomen_json_add_number(json, "f1", prf->f1);
    if (!counts) { return; }
    nomen_json_add_size(json, "support", prf->support);
    nomen_json_add_size(json, "predicted", prf->predicted);
    nomen_json_add_size(json, "correct", prf->correct);
}

void nomen_prf_json(nomen_json_out *json, const char *key, const nomen_prf *prf, bool counts) {
    nomen_json_begin_object(json, key);
    nomen_prf_json_members(json, prf, counts);
    nomen_json_end_object(json);
}

void nomen_report_json_types(nomen_json_out *json, const nomen_report *report) {
    nomen_prf_json(json, "macro", &report->macro, false);
    nomen_prf_json(json, "weighted", &report->weighted, false);
    nomen_json_begin_object(json, "per_type");
    for (size_t i = 0; i < report->n_types; i++) { nomen_prf_json(json, report->types[i], &report->per_type[i], true); }
    nomen_json_end_object(json);
}

void nomen_report_json_members(nomen_json_out *json, const nomen_report *report) {
    nomen_prf_json_members(json, &report->micro, false);
    nomen_json_add_number(json, "accuracy", report->accuracy);
    nomen_json_add_number(json, "sentence_accuracy", report->sentence_accuracy);
    nomen_json_add_number(json, "macro_f1", report->macro.f1);
    nomen_json_add_number(json, "weighted_f1", report->weighted.f1);
    nomen_json_add_size(json, "support", report->micro.support);
    nomen_json_add_size(json, "predicted", report->micro.predicted);
    nomen_json_add_size(json, "correct", report->micro.correct);
    nomen_json_add_size(json, "words", report->n_words);
    nomen_json_add_size(json, "sentences", report->n_sentences);
    if (!isnan(report->loss)) { nomen_json_add_number(json, "loss", report->loss); }
    nomen_report_json_types(json, report);
}

void nomen_report_json(nomen_json_out *json, const char *key, const nomen_report *report) {
    nomen_json_begin_object(json, key);
    nomen_report_json_members(json, report);
    nomen_json_end_object(json);
}

/* Characters of UTF-8 text, as a terminal's columns: right for all but wide and combining characters. */
static size_t width(const char *text) {
    size_t n = 0;
    for (; *text != '\0'; text++) { n += ((unsigned char)*text & 0xC0) != 0x80; }
    return n;
}

nomen_status nomen_name_text(const char *name, size_t columns, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (const char *p = name; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        bool c1 = c == 0xC2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xA0;
        if (c1) { p++; }
        NOMEN_TRY(nomen_buffer_append_byte(out, c < 0x20 || c == 0x7F || c1 ? '?' : *p, err));
    }
    for (size_t n = width(name); n < columns; n++) { NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err)); }
done:
    return status;
}

/* A figure in 11 columns with four decimals, or "-". */
static nomen_status append_figure(double figure, nomen_buffer *out, nomen_error *err) {
    return isnan(figure) ? nomen_buffer_printf(out, err, "%11s", "-") : nomen_buffer_printf(out, err, "%11.4f", figure);
}

static nomen_status append_row(const char *name, size_t columns, const nomen_prf *prf, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_name_text(name, columns, out, err));
    NOMEN_TRY(append_figure(prf->precision, out, err));
    NOMEN_TRY(append_figure(prf->recall, out, err));
    NOMEN_TRY(append_figure(prf->f1, out, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, "%11zu%11zu%11zu\n", prf->support, prf->predicted, prf->correct));
done:
    return status;
}

/* A line below the table, such as "accuracy    0.9461  of 22,148 words". */
static nomen_status append_line(const char *name, size_t columns, double figure, const char *of, size_t n, const char *what,
                                nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_name_text(name, columns, out, err));
    NOMEN_TRY(append_figure(figure, out, err));
    if (of != NULL) { NOMEN_TRY(nomen_buffer_printf(out, err, "  %s %zu %s%s", of, n, what, n == 1 ? "" : "s")); }
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
done:
    return status;
}

nomen_status nomen_report_text(const nomen_report *report, nomen_buffer *out, nomen_error *err) {
    static const char sentence[] = "sentence accuracy";
    nomen_status status;
    size_t columns = sizeof sentence - 1;
    for (size_t i = 0; i < report->n_types; i++) {
        if (width(report->types[i]) > columns) { columns = width(report->types[i]); }
    }
    NOMEN_TRY(nomen_name_text("type", columns, out, err));
    NOMEN_TRY(
        nomen_buffer_printf(out, err, "%11s%11s%11s%11s%11s%11s\n", "precision", "recall", "F1", "gold", "predicted", "correct"));
    for (size_t i = 0; i < report->n_types; i++) {
        NOMEN_TRY(append_row(report->types[i], columns, &report->per_type[i], out, err));
    }
    if (report->n_types > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err)); }
    NOMEN_TRY(append_row("all (micro)", columns, &report->micro, out, err));
    NOMEN_TRY(append_row("macro mean", columns, &report->macro, out, err));
    NOMEN_TRY(append_row("weighted mean", columns, &report->weighted, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
    NOMEN_TRY(append_line("accuracy", columns, report->accuracy, "of", report->n_words, "word", out, err));
    NOMEN_TRY(append_line(sentence, columns, report->sentence_accuracy, "mean over", report->n_sentences, "sentence", out, err));
    if (!isnan(report->loss)) { NOMEN_TRY(append_line("loss", columns, report->loss, NULL, 0, NULL, out, err)); }
done:
    return status;
}

nomen_status nomen_report_to_json(const nomen_report *report, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_json_out json = nomen_json_start(&text, err);
    nomen_report_json(&json, NULL, report);
    return nomen_buffer_string(json.status, &text, out, n_bytes, err);
}

nomen_status nomen_report_to_text(const nomen_report *report, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_report_text(report, &text, err), &text, out, n_bytes, err);
}
