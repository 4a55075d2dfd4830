/* Doubtful labels for programs, and the list to review them by. */
#include "base/file.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "check/label_errors.h"
#include "check/selection.h"
#include "data/formats.h"
#include "text/offsets.h"

static void add_place(nomen_json_out *json, const char *text, nomen_span bytes, const nomen_offset_map *map) {
    nomen_json_add_size(json, "start", nomen_offset_map_from_byte(map, bytes.start));
    nomen_json_add_size(json, "end", nomen_offset_map_from_byte(map, bytes.end));
    nomen_json_add_bytes(json, "text", text + bytes.start, bytes.end - bytes.start);
}

static void add_entities(nomen_json_out *json, const char *key, const char *text, const nomen_labelled *entities, size_t n,
                         const nomen_offset_map *map) {
    nomen_json_begin_list(json, key);
    for (size_t i = 0; i < n; i++) {
        nomen_json_begin_object(json, NULL);
        add_place(json, text, entities[i].bytes, map);
        nomen_json_add_text(json, "label", entities[i].type);
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
}

/* An error as an object. Offsets are code points of its sentence's text. */
static nomen_status add_error(nomen_json_out *json, const nomen_label_findings *f, size_t rank) {
    const nomen_label_error *e = &f->errors[rank];
    const char *text = nomen_sentence_text(&f->set, e->sentence);
    nomen_offset_map map = {0};
    nomen_status status =
        nomen_offset_map_fill(text, f->set.sentences[e->sentence].text_size, NOMEN_OFFSET_CODEPOINT, &map, json->err);
    if (status != NOMEN_OK) { return status; }
    nomen_json_begin_object(json, NULL);
    nomen_json_add_size(json, "rank", rank + 1);
    nomen_json_add_number(json, "margin", e->margin);
    nomen_json_add_number(json, "probability", e->probability);
    nomen_json_add_size(json, "line", e->line);
    nomen_json_add_size(json, "sentence", e->sentence + 1);
    add_place(json, text, e->place.bytes, &map);
    add_entities(json, "given", text, e->given, e->n_given, &map);
    add_entities(json, "suggested", text, e->suggested, e->n_suggested, &map);
    nomen_json_end_object(json);
    nomen_offset_map_clear(&map);
    return json->status;
}

nomen_status nomen_label_report_json(const nomen_label_report *r, size_t most, nomen_buffer *out, nomen_error *err) {
    const nomen_label_findings *f = nomen_label_findings_of(r);
    size_t n = most > 0 && most < r->n_errors ? most : r->n_errors;
    nomen_json_out json = nomen_json_start(out, err);
    nomen_status status = NOMEN_OK;
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "data", f->set.path);
    nomen_json_add_size(&json, "sentences", r->n_sentences);
    nomen_json_add_size(&json, "words", r->n_words);
    nomen_json_add_size(&json, "judged", r->n_judged);
    nomen_json_add_size(&json, "unknown_labels", r->n_unknown);
    nomen_json_add_size(&json, "candidates", r->n_candidates);
    nomen_json_add_size(&json, "places", r->n_errors);
    nomen_json_add_number(&json, "estimated", r->n_estimated);
    nomen_json_begin_list(&json, "pairs");
    for (size_t i = 0; i < r->n_pairs; i++) {
        nomen_json_begin_object(&json, NULL);
        nomen_json_add_text(&json, "given", r->pairs[i].given != NULL ? r->pairs[i].given : "O");
        nomen_json_add_text(&json, "suggested", r->pairs[i].suggested != NULL ? r->pairs[i].suggested : "O");
        nomen_json_add_number(&json, "estimated", r->pairs[i].estimated);
        nomen_json_add_size(&json, "listed", r->pairs[i].found);
        nomen_json_end_object(&json);
    }
    nomen_json_end_list(&json);
    nomen_json_begin_list(&json, "errors");
    for (size_t i = 0; i < n; i++) { NOMEN_TRY(add_error(&json, f, i)); }
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    status = nomen_json_end_line(&json);
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
    nomen_json_out json = nomen_json_start(&text, err);
    nomen_status status = NOMEN_OK;
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_size(&json, "rank", place);
    nomen_json_add_size(&json, "line", f->errors[rank].line);
    nomen_json_add_number(&json, "margin", f->errors[rank].margin);
    nomen_json_begin_list(&json, "errors");
    for (size_t i = rank; i < f->report.n_errors; i++) {
        if (f->errors[i].sentence == f->errors[rank].sentence) { NOMEN_TRY(add_error(&json, f, i)); }
    }
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    NOMEN_TRY(json.status);
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

nomen_status nomen_label_errors_check_review(const char *path, nomen_data_format *format, bool overwrite, nomen_error *err) {
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
    NOMEN_TRY(nomen_label_errors_check_review(path, &format, overwrite, err));
    NOMEN_TRY(choose(f, most, &chosen, err));
    nomen_write_options options = {.format = format, .meta = (const char *const *)chosen.meta};
    NOMEN_TRY(nomen_selection_write(&f->set, chosen.sentences, chosen.n, &options, false, path, err));
done:
    for (size_t i = 0; chosen.meta != NULL && i < chosen.n; i++) { nomen_mem_free(chosen.meta[i]); }
    nomen_mem_free(chosen.meta);
    nomen_mem_free(chosen.sentences);
    return status;
}
