/* A report as one JSON object; its keys are in docs/CHECK.md. */
#include <string.h>

#include "check/write.h"

typedef struct json_writer {
    nomen_buffer *out;
    nomen_error *err;
} json_writer;

static nomen_status append(json_writer *x, const char *before, const char *text) {
    nomen_status status = nomen_buffer_append_text(x->out, before, x->err);
    if (status != NOMEN_OK) { return status; }
    if (text == NULL) { return nomen_buffer_append_text(x->out, "null", x->err); }
    return nomen_buffer_append_json(x->out, text, strlen(text), x->err);
}

static nomen_status append_number(json_writer *x, const char *before, double number) {
    nomen_status status = nomen_buffer_append_text(x->out, before, x->err);
    return status == NOMEN_OK ? nomen_buffer_append_number(x->out, number, x->err) : status;
}

static nomen_status write_files(json_writer *x, const nomen_check_report *r) {
    nomen_status status = nomen_buffer_append_text(x->out, "{\"files\":[", x->err);
    for (size_t i = 0; status == NOMEN_OK && i < r->n_files; i++) {
        const nomen_check_file *f = &r->files[i];
        NOMEN_TRY(append(x, i > 0 ? ",{\"path\":" : "{\"path\":", f->path));
        NOMEN_TRY(append(x, ",\"part\":", nomen_check_part_name(f->part)));
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ",\"readable\":%s", f->readable ? "true" : "false"));
        if (f->readable) {
            NOMEN_TRY(append(x, ",\"format\":", f->format));
            NOMEN_TRY(append(x, ",\"encoding\":", f->encoding));
            NOMEN_TRY(append(x, ",\"scheme\":", f->scheme));
            NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ",\"sentences\":%zu,\"words\":%zu,\"entities\":%zu,\"skipped\":%zu",
                                          f->n_sentences, f->n_words, f->n_entities, f->n_skipped));
            NOMEN_TRY(append_number(x, ",\"all_o_accuracy\":", f->outside));
            NOMEN_TRY(append_number(x, ",\"all_o_f1\":0,\"label_entropy_bits\":", f->entropy));
        }
        NOMEN_TRY(nomen_buffer_append_byte(x->out, '}', x->err));
    }
done:
    return status;
}

static nomen_status write_types(json_writer *x, const nomen_check_report *r) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(x->out, "],\"types\":{", x->err));
    for (size_t t = 0; t < r->n_types; t++) {
        NOMEN_TRY(append(x, t > 0 ? "," : "", r->types[t].name));
        bool first = true;
        for (nomen_check_part p = 0; p < NOMEN_N_CHECK_PARTS; p++) {
            if (!r->parts[p]) { continue; }
            NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "%s\"%s\":%zu", first ? ":{" : ",", nomen_check_part_name(p),
                                          r->types[t].n_entities[p]));
            first = false;
        }
        NOMEN_TRY(nomen_buffer_append_byte(x->out, '}', x->err));
    }
    status = nomen_buffer_append_byte(x->out, '}', x->err);
done:
    return status;
}

static nomen_status write_findings(json_writer *x, const nomen_check_report *r) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ",\"errors\":%zu,\"warnings\":%zu,\"notes\":%zu,\"findings\":[",
                                  r->n_by_severity[NOMEN_SEVERITY_ERROR], r->n_by_severity[NOMEN_SEVERITY_WARNING],
                                  r->n_by_severity[NOMEN_SEVERITY_NOTE]));
    for (size_t i = 0; i < r->n_findings; i++) {
        const nomen_finding *f = &r->findings[i];
        NOMEN_TRY(append(x, i > 0 ? ",{\"id\":" : "{\"id\":", f->id));
        NOMEN_TRY(append(x, ",\"severity\":", nomen_severity_name(f->severity)));
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ",\"count\":%zu", f->count));
        NOMEN_TRY(append(x, ",\"title\":", f->title));
        NOMEN_TRY(append(x, ",\"detail\":", f->detail));
        NOMEN_TRY(append(x, ",\"meaning\":", f->meaning));
        NOMEN_TRY(append(x, ",\"remedy\":", f->remedy));
        NOMEN_TRY(nomen_buffer_append_text(x->out, ",\"places\":[", x->err));
        for (size_t k = 0; k < f->n_places; k++) {
            NOMEN_TRY(append(x, k > 0 ? ",{\"file\":" : "{\"file\":", f->places[k].path));
            NOMEN_TRY(f->places[k].line > 0 ? nomen_buffer_printf(x->out, x->err, ",\"line\":%zu", f->places[k].line)
                                            : nomen_buffer_append_text(x->out, ",\"line\":null", x->err));
            NOMEN_TRY(append(x, ",\"text\":", f->places[k].text));
            NOMEN_TRY(nomen_buffer_append_byte(x->out, '}', x->err));
        }
        NOMEN_TRY(nomen_buffer_append_text(x->out, "]}", x->err));
    }
    status = nomen_buffer_append_byte(x->out, ']', x->err);
done:
    return status;
}

static nomen_status write_drift(json_writer *x, const nomen_check_drift *d) {
    static const char *const keys[3] = {"{\"word\":", ",\"label\":", ",\"drifted\":"};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(
        x->out, x->err, ",\"drift\":{\"sentences\":%zu,\"moved\":%zu,\"wrong\":%zu,\"lost\":%zu,\"example\":", d->n_sentences,
        d->n_moved, d->n_wrong, d->n_lost));
    if (d->n_example == 0) {
        NOMEN_TRY(nomen_buffer_append_text(x->out, "null}", x->err));
        return NOMEN_OK;
    }
    NOMEN_TRY(append(x, "{\"file\":", d->path));
    NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ",\"line\":%zu,\"words\":[", d->line));
    for (size_t i = 0; i < d->n_example; i++) {
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(x->out, ',', x->err)); }
        for (size_t k = 0; k < 3; k++) { NOMEN_TRY(append(x, keys[k], d->example[3 * i + k])); }
        NOMEN_TRY(nomen_buffer_append_byte(x->out, '}', x->err));
    }
    status = nomen_buffer_append_text(x->out, "]}}", x->err);
done:
    return status;
}

static nomen_status write_pieces(json_writer *x, const nomen_check_pieces *p) {
    nomen_status status;
    if (!p->used) { return NOMEN_OK; }
    NOMEN_TRY(nomen_buffer_printf(
        x->out, x->err,
        ",\"pieces\":{\"pieces\":%zu,\"limit\":%zu,\"longest\":%zu,\"sentences_over\":%zu,\"entities_over\":%zu,"
        "\"scripts\":{",
        p->n_pieces, p->limit, p->longest, p->n_over, p->n_entities_over));
    for (size_t i = 0; i < p->n_scripts; i++) {
        NOMEN_TRY(append(x, i > 0 ? "," : "", p->scripts[i].name));
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ":{\"words\":%zu,\"unknown\":%zu}", p->scripts[i].n_words,
                                      p->scripts[i].n_unknown));
    }
    status = nomen_buffer_append_text(x->out, "}}", x->err);
done:
    return status;
}

nomen_status nomen_check_write_json(const nomen_check_report *report, nomen_buffer *out, nomen_error *err) {
    json_writer x = {out, err};
    nomen_status status;
    NOMEN_TRY(write_files(&x, report));
    NOMEN_TRY(write_types(&x, report));
    NOMEN_TRY(write_findings(&x, report));
    NOMEN_TRY(write_drift(&x, &report->drift));
    NOMEN_TRY(write_pieces(&x, &report->pieces));
    status = nomen_buffer_append_text(out, "}\n", err);
done:
    return status;
}
