/* A report as a page to look at: the files, their labels as bars, and the findings by harm. */
#include <string.h>

#include "html/html.h"
#include "check/write.h"

static const char style[] =
    "main{max-width:64rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left}"
    ".n{text-align:right;font-variant-numeric:tabular-nums}"
    ".bar{display:inline-block;height:.6rem;border-radius:.2rem;background:var(--accent);vertical-align:middle}"
    ".w{white-space:nowrap}"
    ".wide{overflow-x:auto}"
    "section{background:var(--card);border:1px solid var(--line);border-left:.4rem solid var(--line);border-radius:.4rem;"
    "padding:.6rem 1rem;margin:.8rem 0;break-inside:avoid}"
    "section h3{margin:.1rem 0 .4rem;font-size:1rem}section p{margin:.4rem 0}"
    ".error{border-left-color:#c0392b}.warning{border-left-color:#d4a017}.note{border-left-color:var(--accent)}"
    ".tag{font-size:.75rem;text-transform:uppercase;letter-spacing:.05em;color:var(--muted)}"
    ".muted{color:var(--muted)}ul{margin:.3rem "
    "0;padding-left:1.2rem}li{overflow-wrap:anywhere}code{font-family:ui-monospace,monospace;font-size:.9em}"
    ".wrong{text-decoration:underline wavy #c0392b;font-weight:bold}"
    "@media print{main{max-width:none}}";

typedef struct html_writer {
    const nomen_check_report *report;
    nomen_buffer *out;
    nomen_error *err;
} html_writer;

static nomen_status append(html_writer *x, const char *html) {
    return nomen_buffer_append_text(x->out, html, x->err);
}

static nomen_status append_escaped(html_writer *x, const char *before, const char *text, const char *after) {
    nomen_status status = append(x, before);
    if (status == NOMEN_OK) { status = nomen_html_append(x->out, text, strlen(text), NOMEN_HTML_TEXT, x->err); }
    return status == NOMEN_OK ? append(x, after) : status;
}

static nomen_status number(html_writer *x, size_t n) {
    char text[NOMEN_GROUPED_SIZE];
    return nomen_buffer_printf(x->out, x->err, "<td class=\"n\">%s</td>", nomen_check_grouped(text, n));
}

static nomen_status write_files(html_writer *x) {
    nomen_status status;
    NOMEN_TRY(append(
        x, "<h2>Files</h2><div class=\"wide\"><table><tr><th>file</th><th>part</th><th>read as</th><th class=\"n\">sentences</th>"
           "<th class=\"n\">words</th><th class=\"n\">entities</th><th class=\"n\">left out</th>"
           "<th class=\"n\">accuracy of all O</th><th class=\"n\">bits a word</th></tr>"));
    for (size_t i = 0; i < x->report->n_files; i++) {
        const nomen_check_file *f = &x->report->files[i];
        NOMEN_TRY(append_escaped(x, "<tr><td>", f->path, "</td>"));
        NOMEN_TRY(append_escaped(x, "<td>", nomen_check_part_name(f->part), "</td>"));
        if (!f->readable) {
            NOMEN_TRY(append(x, "<td colspan=\"7\">could not be read</td></tr>"));
            continue;
        }
        NOMEN_TRY(append_escaped(x, "<td class=\"w\">", f->format, ", "));
        NOMEN_TRY(append_escaped(x, "", f->encoding, ", "));
        NOMEN_TRY(append_escaped(x, "", f->scheme, "</td>"));
        NOMEN_TRY(number(x, f->n_sentences));
        NOMEN_TRY(number(x, f->n_words));
        NOMEN_TRY(number(x, f->n_entities));
        NOMEN_TRY(number(x, f->n_skipped));
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "<td class=\"n\">%.2f %%</td><td class=\"n\">%.3f</td></tr>",
                                      100 * f->outside, f->entropy));
    }
    status =
        append(x, "</table></div><p class=\"muted\">A model that finds nothing has the accuracy of all O, and an F1 of 0.</p>");
done:
    return status;
}

static nomen_status write_types(html_writer *x) {
    const nomen_check_report *r = x->report;
    nomen_status status;
    size_t most = 1;
    if (r->n_types == 0) { return NOMEN_OK; }
    NOMEN_TRY(append(x, "<h2>Entities by type</h2><div class=\"wide\"><table><tr><th>type</th>"));
    for (nomen_check_part p = 0; p < r->n_parts; p++) {
        if (r->parts[p]) { NOMEN_TRY(append_escaped(x, "<th class=\"n\">", nomen_check_part_name(p), "</th><th></th>")); }
        for (size_t t = 0; t < r->n_types; t++) { most = r->types[t].n_entities[p] > most ? r->types[t].n_entities[p] : most; }
    }
    NOMEN_TRY(append(x, "</tr>"));
    for (size_t t = 0; t < r->n_types; t++) {
        NOMEN_TRY(append_escaped(x, "<tr><td>", r->types[t].name, "</td>"));
        for (size_t p = 0; p < r->n_parts; p++) {
            if (!r->parts[p]) { continue; }
            size_t n = r->types[t].n_entities[p];
            NOMEN_TRY(number(x, n));
            NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "<td><span class=\"bar\" style=\"width:%.2frem\"></span></td>",
                                          8 * (double)n / (double)most));
        }
        NOMEN_TRY(append(x, "</tr>"));
    }
    status = append(x, "</table></div>");
done:
    return status;
}

static nomen_status write_pieces(html_writer *x) {
    const nomen_check_pieces *p = &x->report->pieces;
    char a[NOMEN_GROUPED_SIZE];
    nomen_status status;
    if (!p->used) { return NOMEN_OK; }
    NOMEN_TRY(nomen_buffer_printf(
        x->out, x->err,
        "<h2>Subword tokens</h2><p>%s subword tokens. The longest sentence has %zu with special tokens; the model reads %zu at "
        "once. %zu sentences and %zu entities exceed that.</p><table><tr><th>script</th><th class=\"n\">words</th><th "
        "class=\"n\">with [UNK]</th><th class=\"n\">share</th><th></th></tr>",
        nomen_check_grouped(a, p->n_pieces), p->longest, p->limit, p->n_over, p->n_entities_over));
    for (size_t i = 0; i < p->n_scripts; i++) {
        double share = (double)p->scripts[i].n_unknown / (double)p->scripts[i].n_words;
        NOMEN_TRY(append_escaped(x, "<tr><td>", p->scripts[i].name, "</td>"));
        NOMEN_TRY(number(x, p->scripts[i].n_words));
        NOMEN_TRY(number(x, p->scripts[i].n_unknown));
        NOMEN_TRY(nomen_buffer_printf(
            x->out, x->err, "<td class=\"n\">%.2f %%</td><td><span class=\"bar\" style=\"width:%.2frem\"></span></td></tr>",
            100 * share, 12 * share));
    }
    status = append(x, "</table>");
done:
    return status;
}

static nomen_status write_example(html_writer *x) {
    static const char *const titles[3] = {"BERT's words", "their labels", "the drift's"};
    const nomen_check_drift *d = &x->report->drift;
    nomen_status status;
    if (d->n_example == 0) { return NOMEN_OK; }
    NOMEN_TRY(append_escaped(x, "<p>The first harmful one, ", d->path, ""));
    NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ":%zu:</p><div class=\"wide\"><table>", d->line));
    for (size_t row = 0; row < 3; row++) {
        NOMEN_TRY(append_escaped(x, "<tr><th>", titles[row], "</th>"));
        for (size_t i = 0; i < d->n_example; i++) {
            const char *cell = d->example[3 * i + row];
            bool wrong = row == 2 && strcmp(cell, d->example[3 * i + 1]) != 0;
            NOMEN_TRY(append_escaped(x, wrong ? "<td class=\"wrong\">" : "<td>", cell, "</td>"));
        }
        NOMEN_TRY(append(x, "</tr>"));
    }
    status = append(x, "</table></div>");
done:
    return status;
}

static nomen_status write_finding(html_writer *x, const nomen_finding *f) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "<section class=\"%s\"><span class=\"tag\">%s</span> ",
                                  nomen_severity_name(f->severity), nomen_severity_name(f->severity)));
    NOMEN_TRY(append_escaped(x, "<code>", f->id, "</code>"));
    NOMEN_TRY(append_escaped(x, "<h3>", f->title, "</h3>"));
    if (f->detail != NULL) { NOMEN_TRY(append_escaped(x, "<p>", f->detail, "</p>")); }
    if (f->n_places > 0) { NOMEN_TRY(append(x, "<ul>")); }
    for (size_t i = 0; i < f->n_places; i++) {
        NOMEN_TRY(append_escaped(x, "<li><code>", f->places[i].path, ""));
        if (f->places[i].line > 0) { NOMEN_TRY(nomen_buffer_printf(x->out, x->err, ":%zu", f->places[i].line)); }
        NOMEN_TRY(append_escaped(x, "</code> ", f->places[i].text, "</li>"));
    }
    if (f->n_places > 0) { NOMEN_TRY(append(x, "</ul>")); }
    if (f->n_places > 0 && f->count > f->n_places) {
        NOMEN_TRY(nomen_buffer_printf(x->out, x->err, "<p class=\"muted\">and %zu more</p>", f->count - f->n_places));
    }
    if (strcmp(f->id, "drift") == 0) { NOMEN_TRY(write_example(x)); }
    NOMEN_TRY(append_escaped(x, "<p class=\"muted\">", f->meaning, "</p>"));
    status = append_escaped(x, "<p><strong>Remedy:</strong> ", f->remedy, "</p></section>");
done:
    return status;
}

nomen_status nomen_check_write_html(const nomen_check_report *report, nomen_buffer *out, nomen_error *err) {
    html_writer x = {report, out, err};
    const size_t *n = report->n_by_severity;
    nomen_status status;
    NOMEN_TRY(nomen_html_begin(out, "nomen check", 0, style, err));
    NOMEN_TRY(nomen_buffer_printf(
        out, err, "<main><h1>What nomen check found</h1><p>Kinds of findings: %zu error%s, %zu warning%s, %zu note%s.</p>",
        n[NOMEN_SEVERITY_ERROR], n[NOMEN_SEVERITY_ERROR] == 1 ? "" : "s", n[NOMEN_SEVERITY_WARNING],
        n[NOMEN_SEVERITY_WARNING] == 1 ? "" : "s", n[NOMEN_SEVERITY_NOTE], n[NOMEN_SEVERITY_NOTE] == 1 ? "" : "s"));
    NOMEN_TRY(write_files(&x));
    NOMEN_TRY(write_types(&x));
    NOMEN_TRY(write_pieces(&x));
    NOMEN_TRY(append(&x, "<h2>Findings, most harmful first</h2>"));
    for (size_t i = 0; i < report->n_findings; i++) { NOMEN_TRY(write_finding(&x, &report->findings[i])); }
    if (report->n_findings == 0) { NOMEN_TRY(append(&x, "<p>Nothing was found.</p>")); }
    NOMEN_TRY(append(&x, "</main>"));
    status = nomen_html_end(out, err);
done:
    return status;
}
