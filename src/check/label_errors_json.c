/* Doubtful labels for programs, and the list to review them by. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "check/label_errors.h"
#include "check/selection.h"
#include "data/formats.h"
#include "text/offsets.h"

static nomen_status append_place(const char *text, nomen_span bytes, const nomen_offset_map *map, nomen_buffer *out,
                                 nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "\"start\":%zu,\"end\":%zu,\"text\":", nomen_offset_map_from_byte(map, bytes.start),
                                  nomen_offset_map_from_byte(map, bytes.end)));
    NOMEN_TRY(nomen_buffer_append_json(out, text + bytes.start, bytes.end - bytes.start, err));
done:
    return status;
}

static nomen_status append_entities(const char *key, const char *text, const nomen_labelled *entities, size_t n,
                                    const nomen_offset_map *map, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, ",\"%s\":[", key));
    for (size_t i = 0; i < n; i++) {
        NOMEN_TRY(nomen_buffer_append_text(out, i > 0 ? ",{" : "{", err));
        NOMEN_TRY(append_place(text, entities[i].bytes, map, out, err));
        NOMEN_TRY(nomen_buffer_append_text(out, ",\"label\":", err));
        NOMEN_TRY(nomen_buffer_append_json(out, entities[i].type, strlen(entities[i].type), err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, ']', err));
done:
    return status;
}

/* An error as an object. Offsets are code points of its sentence's text. */
static nomen_status append_error(const nomen_label_findings *f, size_t rank, nomen_buffer *out, nomen_error *err) {
    const nomen_label_error *e = &f->errors[rank];
    const char *text = nomen_sentence_text(&f->set, e->sentence);
    nomen_offset_map map = {0};
    nomen_status status;
    NOMEN_TRY(nomen_offset_map_create(text, f->set.sentences[e->sentence].text_size, NOMEN_OFFSET_CODEPOINT, &map, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, "{\"rank\":%zu,\"margin\":", rank + 1));
    NOMEN_TRY(nomen_buffer_append_number(out, e->margin, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"probability\":", err));
    NOMEN_TRY(nomen_buffer_append_number(out, e->probability, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, ",\"line\":%zu,\"sentence\":%zu,", e->line, e->sentence + 1));
    NOMEN_TRY(append_place(text, e->place.bytes, &map, out, err));
    NOMEN_TRY(append_entities("given", text, e->given, e->n_given, &map, out, err));
    NOMEN_TRY(append_entities("suggested", text, e->suggested, e->n_suggested, &map, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
done:
    nomen_offset_map_clear(&map);
    return status;
}

static nomen_status append_type(const char *key, const char *type, nomen_buffer *out, nomen_error *err) {
    nomen_status status = nomen_buffer_append_text(out, key, err);
    if (type == NULL) { type = "O"; }
    return status == NOMEN_OK ? nomen_buffer_append_json(out, type, strlen(type), err) : status;
}

nomen_status nomen_label_report_json(const nomen_label_report *r, size_t most, nomen_buffer *out, nomen_error *err) {
    const nomen_label_findings *f = nomen_label_findings_of(r);
    size_t n = most > 0 && most < r->n_errors ? most : r->n_errors;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, "{\"data\":", err));
    NOMEN_TRY(nomen_buffer_append_json(out, f->set.path, strlen(f->set.path), err));
    NOMEN_TRY(nomen_buffer_printf(out, err,
                                  ",\"sentences\":%zu,\"words\":%zu,\"judged\":%zu,\"unknown_labels\":%zu,"
                                  "\"candidates\":%zu,\"places\":%zu,\"estimated\":",
                                  r->n_sentences, r->n_words, r->n_judged, r->n_unknown, r->n_candidates, r->n_errors));
    NOMEN_TRY(nomen_buffer_append_number(out, r->n_estimated, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"pairs\":[", err));
    for (size_t i = 0; i < r->n_pairs; i++) {
        NOMEN_TRY(append_type(i > 0 ? ",{\"given\":" : "{\"given\":", r->pairs[i].given, out, err));
        NOMEN_TRY(append_type(",\"suggested\":", r->pairs[i].suggested, out, err));
        NOMEN_TRY(nomen_buffer_append_text(out, ",\"estimated\":", err));
        NOMEN_TRY(nomen_buffer_append_number(out, r->pairs[i].estimated, err));
        NOMEN_TRY(nomen_buffer_printf(out, err, ",\"listed\":%zu}", r->pairs[i].found));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "],\"errors\":[", err));
    for (size_t i = 0; i < n; i++) {
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ',', err)); }
        NOMEN_TRY(append_error(f, i, out, err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "]}\n", err));
done:
    return status;
}

/* The sentences to review, most doubtful first, and what is to be said of each. */
typedef struct review {
    size_t *sentences;
    char **meta;
    size_t n;
} review;

/* {"rank":1,"line":12,"errors":[...]}: all errors of a sentence whose most doubtful one is errors[rank]. */
static nomen_status make_meta(const nomen_label_findings *f, size_t rank, size_t place, char **out, nomen_error *err) {
    nomen_buffer text = {0};
    bool first = true;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&text, err, "{\"rank\":%zu,\"line\":%zu,\"margin\":", place, f->errors[rank].line));
    NOMEN_TRY(nomen_buffer_append_number(&text, f->errors[rank].margin, err));
    NOMEN_TRY(nomen_buffer_append_text(&text, ",\"errors\":[", err));
    for (size_t i = rank; i < f->report.n_errors; i++) {
        if (f->errors[i].sentence != f->errors[rank].sentence) { continue; }
        if (!first) { NOMEN_TRY(nomen_buffer_append_byte(&text, ',', err)); }
        first = false;
        NOMEN_TRY(append_error(f, i, &text, err));
    }
    NOMEN_TRY(nomen_buffer_append_text(&text, "]}", err));
    *out = nomen_buffer_release(&text);
done:
    nomen_buffer_clear(&text);
    return status;
}

static nomen_status choose(const nomen_label_findings *f, size_t most, review *out, nomen_error *err) {
    const nomen_label_report *r = &f->report;
    uint8_t *taken = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(taken, r->n_sentences, err));
    NOMEN_TRY(NOMEN_NEW(out->sentences, r->n_errors, err));
    NOMEN_TRY(NOMEN_NEW(out->meta, r->n_errors, err));
    for (size_t i = 0; i < r->n_errors && (most == 0 || out->n < most); i++) {
        size_t sentence = r->errors[i].sentence;
        if (taken[sentence]) { continue; }
        taken[sentence] = 1;
        NOMEN_TRY(make_meta(f, i, out->n + 1, &out->meta[out->n], err));
        out->sentences[out->n++] = sentence;
    }
done:
    nomen_mem_free(taken);
    return status;
}

nomen_status nomen_review_check(const char *path, nomen_data_format *format, bool overwrite, nomen_error *err) {
    if (*format == NOMEN_DATA_AUTO) { *format = nomen_format_of_path(path); }
    if (*format == NOMEN_DATA_AUTO) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "%s: the format can't be told from this name; state it, or use an extension such as .jsonl, .conll or .csv", path);
    }
    nomen_status status = nomen_format_check_writable(*format, err);
    if (status != NOMEN_OK) { return status; }
    if (nomen_format_get(*format)->write == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: %s consists of several files and can't be written here; choose another format", path,
                               nomen_format_get(*format)->name);
    }
    return nomen_output_check(path, overwrite, err);
}

nomen_status nomen_label_errors_review(const nomen_label_report *report, const char *path, nomen_data_format format, size_t most,
                                       bool overwrite, nomen_error *err) {
    const nomen_label_findings *f = nomen_label_findings_of(report);
    review chosen = {0};
    nomen_status status;
    NOMEN_TRY(nomen_review_check(path, &format, overwrite, err));
    NOMEN_TRY(choose(f, most, &chosen, err));
    nomen_write_options options = {.format = format, .meta = (const char *const *)chosen.meta};
    NOMEN_TRY(nomen_selection_write(&f->set, chosen.sentences, chosen.n, &options, false, path, err));
done:
    for (size_t i = 0; chosen.meta != NULL && i < chosen.n; i++) { nomen_mem_free(chosen.meta[i]); }
    nomen_mem_free(chosen.meta);
    nomen_mem_free(chosen.sentences);
    return status;
}
