/* A report as one JSON object; its keys are in docs/CHECK.md. */
#include "base/json_out.h"
#include "check/write.h"

static void write_files(nomen_json_out *json, const nomen_check_report *r) {
    nomen_json_begin_list(json, "files");
    for (size_t i = 0; i < r->n_files; i++) {
        const nomen_check_file *f = &r->files[i];
        nomen_json_begin_object(json, NULL);
        nomen_json_add_text(json, "path", f->path);
        nomen_json_add_text(json, "part", nomen_check_part_name(f->part));
        nomen_json_add_bool(json, "readable", f->readable);
        if (f->readable) {
            nomen_json_add_text(json, "format", f->format);
            nomen_json_add_text(json, "encoding", f->encoding);
            nomen_json_add_text(json, "scheme", f->scheme);
            nomen_json_add_size(json, "sentences", f->n_sentences);
            nomen_json_add_size(json, "words", f->n_words);
            nomen_json_add_size(json, "entities", f->n_entities);
            nomen_json_add_size(json, "skipped", f->n_skipped);
            nomen_json_add_number(json, "all_o_accuracy", f->outside);
            nomen_json_add_int(json, "all_o_f1", 0);
            nomen_json_add_number(json, "label_entropy_bits", f->entropy);
        }
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
}

static void write_types(nomen_json_out *json, const nomen_check_report *r) {
    nomen_json_begin_object(json, "types");
    for (size_t t = 0; t < r->n_types; t++) {
        nomen_json_begin_object(json, r->types[t].name);
        for (nomen_check_part p = 0; p < r->n_parts; p++) {
            if (r->parts[p]) { nomen_json_add_size(json, nomen_check_part_name(p), r->types[t].n_entities[p]); }
        }
        nomen_json_end_object(json);
    }
    nomen_json_end_object(json);
}

static void write_places(nomen_json_out *json, const nomen_finding *f) {
    nomen_json_begin_list(json, "places");
    for (size_t k = 0; k < f->n_places; k++) {
        nomen_json_begin_object(json, NULL);
        nomen_json_add_text(json, "file", f->places[k].path);
        if (f->places[k].line > 0) {
            nomen_json_add_size(json, "line", f->places[k].line);
        } else {
            nomen_json_add_null(json, "line");
        }
        nomen_json_add_text(json, "text", f->places[k].text);
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
}

static void write_findings(nomen_json_out *json, const nomen_check_report *r) {
    nomen_json_add_size(json, "errors", r->n_by_severity[NOMEN_SEVERITY_ERROR]);
    nomen_json_add_size(json, "warnings", r->n_by_severity[NOMEN_SEVERITY_WARNING]);
    nomen_json_add_size(json, "notes", r->n_by_severity[NOMEN_SEVERITY_NOTE]);
    nomen_json_begin_list(json, "findings");
    for (size_t i = 0; i < r->n_findings; i++) {
        const nomen_finding *f = &r->findings[i];
        nomen_json_begin_object(json, NULL);
        nomen_json_add_text(json, "id", f->id);
        nomen_json_add_text(json, "severity", nomen_severity_name(f->severity));
        nomen_json_add_size(json, "count", f->count);
        nomen_json_add_text(json, "title", f->title);
        nomen_json_add_text(json, "detail", f->detail);
        nomen_json_add_text(json, "meaning", f->meaning);
        nomen_json_add_text(json, "remedy", f->remedy);
        write_places(json, f);
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
}

static void write_example(nomen_json_out *json, const nomen_check_drift *d) {
    static const char *const keys[3] = {"word", "label", "drifted"};
    nomen_json_begin_object(json, "example");
    nomen_json_add_text(json, "file", d->path);
    nomen_json_add_size(json, "line", d->line);
    nomen_json_begin_list(json, "words");
    for (size_t i = 0; i < d->n_example; i++) {
        nomen_json_begin_object(json, NULL);
        for (size_t k = 0; k < 3; k++) { nomen_json_add_text(json, keys[k], d->example[3 * i + k]); }
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
    nomen_json_end_object(json);
}

static void write_drift(nomen_json_out *json, const nomen_check_drift *d) {
    nomen_json_begin_object(json, "drift");
    nomen_json_add_size(json, "sentences", d->n_sentences);
    nomen_json_add_size(json, "moved", d->n_moved);
    nomen_json_add_size(json, "wrong", d->n_wrong);
    nomen_json_add_size(json, "lost", d->n_lost);
    if (d->n_example > 0) {
        write_example(json, d);
    } else {
        nomen_json_add_null(json, "example");
    }
    nomen_json_end_object(json);
}

static void write_pieces(nomen_json_out *json, const nomen_check_pieces *p) {
    if (!p->used) { return; }
    nomen_json_begin_object(json, "pieces");
    nomen_json_add_size(json, "pieces", p->n_pieces);
    nomen_json_add_size(json, "limit", p->limit);
    nomen_json_add_size(json, "longest", p->longest);
    nomen_json_add_size(json, "sentences_over", p->n_over);
    nomen_json_add_size(json, "entities_over", p->n_entities_over);
    nomen_json_begin_object(json, "scripts");
    for (size_t i = 0; i < p->n_scripts; i++) {
        nomen_json_begin_object(json, p->scripts[i].name);
        nomen_json_add_size(json, "words", p->scripts[i].n_words);
        nomen_json_add_size(json, "unknown", p->scripts[i].n_unknown);
        nomen_json_end_object(json);
    }
    nomen_json_end_object(json);
    nomen_json_end_object(json);
}

nomen_status nomen_check_write_json(const nomen_check_report *report, nomen_buffer *out, nomen_error *err) {
    nomen_json_out json = nomen_json_start(out, err);
    nomen_json_begin_object(&json, NULL);
    write_files(&json, report);
    write_types(&json, report);
    write_findings(&json, report);
    write_drift(&json, &report->drift);
    write_pieces(&json, &report->pieces);
    nomen_json_end_object(&json);
    return nomen_json_end_line(&json);
}
