/* The page about a run. */
#include "train/record/run_report.h"

#include "base/file.h"
#include "base/log.h"
#include "train/record/chart.h"

static const char style[] =
    "h3{font-size:1rem;margin:1.25rem 0 .4rem}\n"
    ".muted{color:var(--muted)}.wide{overflow-x:auto}\n"
    ".cards{display:flex;flex-wrap:wrap;gap:.75rem;margin:0 0 1rem;padding:0;list-style:none}\n"
    ".cards li{padding:.5rem .9rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}\n"
    ".cards b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}.cards "
    "span{color:var(--muted);font-size:.85rem}\n"
    ".notice{padding:.5rem .9rem;border-left:.35rem solid var(--accent);background:var(--card)}\n"
    ".bar{display:inline-block;height:.6rem;border-radius:.2rem;background:var(--accent);vertical-align:middle}\n"
    "td,th{white-space:nowrap}td.path{min-width:12rem;white-space:normal;overflow-wrap:anywhere}\n"
    ".matrix th.none{font-weight:400;font-style:italic}.matrix td,.matrix th{padding:.25rem .6rem}\n"
    ".matrix .right{background:color-mix(in srgb,var(--accent) var(--share),transparent);font-weight:600}\n"
    ".matrix .wrong{background:color-mix(in srgb,#c46016 var(--share),transparent)}\n"
    "section{margin:.75rem 0;padding:.5rem .9rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem;"
    "break-inside:avoid}\n"
    "section p{margin:0 0 .3rem;font-size:.85rem;overflow-wrap:anywhere}\n"
    "dl{display:grid;grid-template-columns:3.5rem minmax(0,1fr);gap:.2rem .5rem;margin:0}\n"
    "dt{color:var(--muted);line-height:1.9}dd{margin:0;line-height:1.9;overflow-wrap:anywhere;unicode-bidi:plaintext}\n"
    "mark{background:var(--ground);color:var(--ink);border-bottom:2px var(--kind) var(--edge);border-radius:.25em;"
    "padding-block:.1em;padding-inline:.3em;-webkit-box-decoration-break:clone;box-decoration-break:clone}\n"
    "mark small{margin-inline-start:.4em;direction:ltr;font-size:.78em;font-weight:600;white-space:nowrap;unicode-bidi:isolate}\n"
    "mark.bad{background:none;color:var(--text);box-shadow:inset 0 0 0 1.5px var(--edge);border-bottom-color:transparent}\n"
    "pre{padding:.6rem .9rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem;white-space:pre-wrap;"
    "overflow-wrap:anywhere}\n"
    ".settings th{font-weight:400;color:var(--muted)}\n";

/* What a page of this file has in its head, and no other page of nomen's. */
static const char title[] = "Training run";
static const char title_line[] = "<title>Training run</title>", generator[] = "<meta name=\"generator\" content=\"nomen ";
enum { HEAD_SIZE = 1024 };

nomen_status nomen_run_report_check(const char *path, bool replace, nomen_error *err) {
    if (!nomen_file_exists(path)) { return NOMEN_OK; }
    nomen_mapping file;
    nomen_status status = nomen_mapping_open(path, &file, err);
    if (status != NOMEN_OK) { return status; }
    size_t size = file.size, n = size < HEAD_SIZE ? size : HEAD_SIZE;
    bool ours = n > 0 && memmem(file.data, n, title_line, sizeof title_line - 1) != NULL &&
                memmem(file.data, n, generator, sizeof generator - 1) != NULL;
    nomen_mapping_close(&file);
    if (size == 0) { return NOMEN_OK; }
    if (!ours) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: is no report of a run; it is left alone: give another file for the report", path);
    }
    return replace ? NOMEN_OK
                   : nomen_error_set_remedy(err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_OVERWRITE, "%s: holds another report", path);
}

static nomen_status append_card(nomen_buffer *out, const char *name, double value, nomen_error *err) {
    return nomen_buffer_printf(out, err, "<li><b>%.4f</b><span>%s</span></li>\n", value, name);
}

static nomen_status append_summary(const nomen_run_report *r, nomen_buffer *out, nomen_error *err) {
    const nomen_train_result *x = r->result;
    nomen_status status;
    NOMEN_TRY(nomen_page_text(out, "<h1>Training run: ", r->options->output, "</h1>\n", err));
    if (r->stopped != NULL) {
        NOMEN_TRY(nomen_buffer_printf(out, err,
                                      "<p class=\"notice\">The run ended early (%s), at step %zu of %zu. The best weights "
                                      "before that were kept.</p>\n",
                                      r->stopped, x->steps, r->n_steps));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "<ul class=\"cards\">\n", err));
    if (x->has_test) { NOMEN_TRY(append_card(out, "F1 on the test part", x->test.micro.f1, err)); }
    if (x->has_dev) { NOMEN_TRY(append_card(out, "F1 on the dev part", x->dev.micro.f1, err)); }
    status = nomen_buffer_printf(out, err,
                                 "<li><b>%zu of %zu</b><span>epoch that was kept</span></li>\n"
                                 "<li><b>%zu</b><span>optimiser steps</span></li>\n"
                                 "<li><b>%zu</b><span>training sentences</span></li>\n</ul>\n",
                                 x->best_epoch, r->options->epochs, x->steps, x->n_sentences[0]);
done:
    return status;
}

/* The page's types have colours by number; the charts use those of two of them. */
static size_t count_colors(const nomen_run_report *r) {
    const size_t least = 10;
    return r->dev->types.n > least ? r->dev->types.n : least;
}

static nomen_status make_page(const nomen_run_report *r, nomen_buffer *out, nomen_error *err) {
    nomen_buffer all_styles = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&all_styles, nomen_chart_style, err));
    NOMEN_TRY(nomen_buffer_append_text(&all_styles, style, err));
    NOMEN_TRY(nomen_html_begin(out, title, count_colors(r), all_styles.data, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "<main>\n", err));
    NOMEN_TRY(append_summary(r, out, err));
    NOMEN_TRY(nomen_page_curves(r, out, err));
    if (r->result->has_test) { NOMEN_TRY(nomen_page_scores("test", &r->result->test, r->test, out, err)); }
    if (r->result->has_dev) { NOMEN_TRY(nomen_page_scores("dev", &r->result->dev, r->dev, out, err)); }
    if (r->corpus->dev.dataset != NULL) { NOMEN_TRY(nomen_page_sentences(r->dev, r->corpus->dev.dataset, out, err)); }
    NOMEN_TRY(nomen_page_data(r, out, err));
    NOMEN_TRY(nomen_page_run(r, out, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "</main>\n", err));
    status = nomen_html_end(out, err);
done:
    nomen_buffer_clear(&all_styles);
    return status;
}

nomen_status nomen_run_report_write(const nomen_run_report *r, nomen_error *err) {
    nomen_buffer page = {0};
    nomen_error problem = {0};
    nomen_status status;
    NOMEN_TRY(make_page(r, &page, err));
    status = nomen_file_write(r->options->report, page.data, page.size, &problem);
    if (status == NOMEN_ERROR_IO) {
        nomen_log_warning("the report was not written: %s; the model is not affected", problem.message);
        status = NOMEN_OK;
    } else if (status != NOMEN_OK) {
        status = nomen_error_pass(err, &problem);
    }
done:
    nomen_buffer_clear(&page);
    return status;
}
