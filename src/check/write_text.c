/* A report for people: the files, their labels, what was found by harm, and the drift side by side. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "base/names.h"
#include "check/write.h"

const char *nomen_check_part_name(nomen_check_part part) {
    static const char *const names[] = {"train", "dev", "test", NULL};
    return nomen_name_of(names, (int)part);
}

const char *nomen_check_grouped(char out[NOMEN_GROUPED_SIZE], size_t number) {
    char digits[24];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%zu", number), at = 0;
    for (size_t i = 0; i < n; i++) {
        out[at++] = digits[i];
        if ((n - i) % 3 == 1 && i + 1 < n) { out[at++] = ','; }
    }
    out[at] = '\0';
    return out;
}

typedef struct text_writer {
    const nomen_check_report *report;
    nomen_buffer *out;
    bool color;
    nomen_error *err;
} text_writer;

static const char *paint(const text_writer *x, const char *code) {
    return x->color ? code : "";
}

static nomen_status write_files(text_writer *x) {
    nomen_status status = NOMEN_OK;
    bool several = x->report->parts[NOMEN_CHECK_PART_DEV] || x->report->parts[NOMEN_CHECK_PART_TEST];
    for (size_t i = 0; i < x->report->n_files; i++) {
        const nomen_check_file *f = &x->report->files[i];
        char a[NOMEN_GROUPED_SIZE], b[NOMEN_GROUPED_SIZE], c[NOMEN_GROUPED_SIZE];
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "%s%s%s", paint(x, "\033[1m"), f->path, paint(x, "\033[0m")));
        if (several) { NOMEN_TRY(nomen_buffer_printf(x->out, x->err, " (%s)", nomen_check_part_name(f->part))); }
        if (!f->readable) {
            NOMEN_TRY(nomen_buffer_append_text(x->out, ": could not be read\n", x->err));
            continue;
        }
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ": %s, %s, %s\n  %s sentences, %s words, %s entities", f->format,
                                      f->encoding, f->scheme, nomen_check_grouped(a, f->n_sentences),
                                      nomen_check_grouped(b, f->n_words), nomen_check_grouped(c, f->n_entities)));
        if (f->n_skipped > 0) {
            NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "; %zu rows or sentences left out", f->n_skipped));
        }
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "\n  all O: accuracy %.2f %%, F1 0; labels: %.3f bits a word\n",
                                      100 * f->outside, f->entropy));
    }
done:
    return status;
}

/* How many columns of a terminal a name takes, near enough. */
static size_t width_of(const char *name) {
    return nomen_utf8_count(name, strlen(name));
}

static nomen_status write_types(text_writer *x) {
    const nomen_check_report *r = x->report;
    size_t widest = 5;
    nomen_status status = NOMEN_OK;
    if (r->n_types == 0) { return NOMEN_OK; }
    for (size_t t = 0; t < r->n_types; t++) {
        size_t width = width_of(r->types[t].name);
        if (width > widest) { widest = width; }
    }
    if (widest > 40) { widest = 40; }
    NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "\n%-*s", (int)widest, "type"));
    bool several = r->parts[NOMEN_CHECK_PART_DEV] || r->parts[NOMEN_CHECK_PART_TEST];
    for (nomen_check_part p = 0; p < r->n_parts; p++) {
        if (r->parts[p]) {
            NOMEN_TRY(nomen_buffer_printf(x->out, x->err, " %10s", several ? nomen_check_part_name(p) : "entities"));
        }
    }
    NOMEN_TRY(nomen_buffer_append_byte(x->out, '\n', x->err));
    for (size_t t = 0; t < r->n_types; t++) {
        size_t width = width_of(r->types[t].name);
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "%s%*s", r->types[t].name, (int)(width < widest ? widest - width : 0), ""));
        for (size_t p = 0; p < r->n_parts; p++) {
            char number[NOMEN_GROUPED_SIZE];
            if (r->parts[p]) {
                NOMEN_TRY(nomen_buffer_printf(x->out, x->err, " %10s", nomen_check_grouped(number, r->types[t].n_entities[p])));
            }
        }
        NOMEN_TRY(nomen_buffer_append_byte(x->out, '\n', x->err));
    }
done:
    return status;
}

static nomen_status write_pieces(text_writer *x) {
    const nomen_check_pieces *p = &x->report->pieces;
    char a[NOMEN_GROUPED_SIZE];
    nomen_status status = NOMEN_OK;
    if (!p->used) { return NOMEN_OK; }
    NOMEN_TRY(nomen_buffer_printf(
        x->out, x->err,
        "\n%s subword tokens; the longest sentence has %zu with special tokens, and the model reads %zu at once\n",
        nomen_check_grouped(a, p->n_pieces), p->longest, p->limit));
    for (size_t i = 0; i < p->n_scripts; i++) {
        const nomen_check_script *s = &p->scripts[i];
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "  %s: %s words, %.2f %% with [UNK]\n", s->name,
                                      nomen_check_grouped(a, s->n_words), 100 * (double)s->n_unknown / (double)s->n_words));
    }
done:
    return status;
}

/* BERT's words with the label they should get and the one they get, a column each. */
static nomen_status write_example(text_writer *x) {
    static const char *const titles[3] = {"BERT's words", "their labels", "the drift's"};
    const nomen_check_drift *d = &x->report->drift;
    nomen_status status = NOMEN_OK;
    if (d->n_example == 0) { return NOMEN_OK; }
    NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "    the first harmful one, %s:%zu:\n", d->path, d->line));
    for (size_t row = 0; row < 3; row++) {
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "      %-12s ", titles[row]));
        for (size_t i = 0; i < d->n_example; i++) {
            const char *cell = d->example[3 * i + row];
            bool wrong = row == 2 && strcmp(cell, d->example[3 * i + 1]) != 0;
            size_t widest = 0;
            for (size_t k = 0; k < 3; k++) {
                size_t width = width_of(d->example[3 * i + k]);
                if (width > widest) { widest = width; }
            }
            NOMEN_TRY(nomen_buffer_printf(x->out, x->err, " %s%s%s%*s", wrong ? paint(x, "\033[31m") : "", cell,
                                          wrong ? paint(x, "\033[0m") : "",
                                          i + 1 < d->n_example ? (int)(widest - width_of(cell)) : 0, ""));
        }
        NOMEN_TRY(nomen_buffer_append_byte(x->out, '\n', x->err));
    }
done:
    return status;
}

static nomen_status write_finding(text_writer *x, const nomen_finding *f) {
    static const char *const colors[3] = {"\033[36m", "\033[33m", "\033[31m"};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "\n%s%s%s %s%s%s: %s", paint(x, colors[f->severity]),
                                  nomen_severity_name(f->severity), paint(x, "\033[0m"), paint(x, "\033[1m"), f->id,
                                  paint(x, "\033[0m"), f->title));
    if (f->detail != NULL) { NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "; %s", f->detail)); }
    NOMEN_TRY(nomen_buffer_append_byte(x->out, '\n', x->err));
    for (size_t i = 0; i < f->n_places; i++) {
        const nomen_check_place *p = &f->places[i];
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "    %s", p->path));
        if (p->line > 0) { NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ":%zu", p->line)); }
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ": %s\n", p->text));
    }
    if (f->n_places > 0 && f->count > f->n_places) {
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "    and %zu more\n", f->count - f->n_places));
    }
    if (strcmp(f->id, "drift") == 0) { NOMEN_TRY(write_example(x)); }
    NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "  %s\n  %s->%s %s\n", f->meaning, paint(x, "\033[32m"), paint(x, "\033[0m"),
                                  f->remedy));
done:
    return status;
}

nomen_status nomen_check_write_text(const nomen_check_report *report, bool color, nomen_buffer *out, nomen_error *err) {
    text_writer x = {report, out, color, err};
    const size_t *n = report->n_by_severity;
    nomen_status status;
    NOMEN_TRY(write_files(&x));
    NOMEN_TRY(write_types(&x));
    NOMEN_TRY(write_pieces(&x));
    for (size_t i = 0; i < report->n_findings; i++) { NOMEN_TRY(write_finding(&x, &report->findings[i])); }
    if (report->n_findings == 0) {
        status = nomen_buffer_append_text(out, "\nnothing found\n", err);
        goto done;
    }
    status = nomen_buffer_printf(out, err, "\nkinds of findings: %zu error%s, %zu warning%s, %zu note%s\n",
                                 n[NOMEN_SEVERITY_ERROR], n[NOMEN_SEVERITY_ERROR] == 1 ? "" : "s", n[NOMEN_SEVERITY_WARNING],
                                 n[NOMEN_SEVERITY_WARNING] == 1 ? "" : "s", n[NOMEN_SEVERITY_NOTE],
                                 n[NOMEN_SEVERITY_NOTE] == 1 ? "" : "s");
done:
    return status;
}
