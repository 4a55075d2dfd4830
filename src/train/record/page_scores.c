/* A part's scores by type, and which types were taken for which, as tables. */
#include <math.h>

#include "train/record/report_page.h"

/* More types than this make no table that anybody reads: the pairs are listed instead. */
enum { MOST_MATRIX_TYPES = 40, MOST_LISTED = 60 };

static nomen_status append_row(const char *name, const nomen_prf *x, const char *tag, nomen_buffer *out, nomen_error *err) {
    nomen_status status = nomen_buffer_printf(out, err, "<tr><%s>", tag);
    if (status == NOMEN_OK) { status = nomen_page_text(out, "", name, "", err); }
    if (status != NOMEN_OK) { return status; }
    return nomen_buffer_printf(out, err,
                               "</%s><td class=\"n\">%.4f</td><td class=\"n\">%.4f</td><td class=\"n\"><b>%.4f</b></td>"
                               "<td><span class=\"bar\" style=\"width:%.2frem\"></span></td><td class=\"n\">%zu</td>"
                               "<td class=\"n\">%zu</td><td class=\"n\">%zu</td></tr>\n",
                               tag, x->precision, x->recall, x->f1, 6 * x->f1, x->support, x->predicted, x->correct);
}

static nomen_status append_types(const nomen_report *scores, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out,
                                       "<div class=\"wide\"><table><thead><tr><th>type</th><th class=\"n\">precision</th>"
                                       "<th class=\"n\">recall</th><th class=\"n\">F1</th><th></th><th class=\"n\">gold</th>"
                                       "<th class=\"n\">predicted</th><th class=\"n\">correct</th></tr></thead><tbody>\n",
                                       err));
    for (size_t i = 0; i < scores->n_types; i++) {
        NOMEN_TRY(append_row(scores->types[i], &scores->per_type[i], "td", out, err));
    }
    NOMEN_TRY(append_row("all (micro)", &scores->micro, "th", out, err));
    if (scores->n_types > 0) { NOMEN_TRY(append_row("mean of types (macro)", &scores->macro, "td", out, err)); }
    NOMEN_TRY(nomen_buffer_printf(out, err, "</tbody></table></div>\n<p class=\"muted\">%zu sentences, %zu words.",
                                  scores->n_sentences, scores->n_words));
    if (isfinite(scores->accuracy)) { NOMEN_TRY(nomen_buffer_printf(out, err, " Accuracy of words %.4f.", scores->accuracy)); }
    if (isfinite(scores->loss)) { NOMEN_TRY(nomen_buffer_printf(out, err, " Loss %.4f.", scores->loss)); }
    status = nomen_buffer_append_text(out, " An entity is correct where its type, its first and its last word are.</p>\n", err);
done:
    return status;
}

static size_t find_count(const nomen_details *d, const char *gold, const char *predicted) {
    for (size_t i = 0; i < d->n_confusion; i++) {
        const nomen_confusion *c = &d->confusion[i];
        bool same_gold = gold == NULL || c->gold == NULL ? gold == c->gold : strcmp(gold, c->gold) == 0;
        bool same = predicted == NULL || c->predicted == NULL ? predicted == c->predicted : strcmp(predicted, c->predicted) == 0;
        if (same_gold && same) { return c->n; }
    }
    return 0;
}

/* A cell: the share of its row is the strength of its ground. The corner, nothing taken for nothing, is empty. */
static nomen_status append_cell(size_t n, size_t sum, bool right, nomen_buffer *out, nomen_error *err) {
    if (n == 0) { return nomen_buffer_append_text(out, "<td class=\"n muted\">0</td>", err); }
    return nomen_buffer_printf(out, err, "<td class=\"n %s\" style=\"--share:%.0f%%\" title=\"%.1f %% of the row\">%zu</td>",
                               right ? "right" : "wrong", 8 + 32 * (double)n / (double)sum, 100 * (double)n / (double)sum, n);
}

static nomen_status append_matrix_row(const nomen_report *scores, const nomen_details *d, const char *gold, nomen_buffer *out,
                                      nomen_error *err) {
    size_t sum = gold != NULL ? find_count(d, gold, NULL) : 0;
    nomen_status status;
    for (size_t k = 0; k < scores->n_types; k++) { sum += find_count(d, gold, scores->types[k]); }
    NOMEN_TRY(nomen_page_text(out, gold != NULL ? "<tr><th>" : "<tr><th class=\"none\">",
                              gold != NULL ? gold : "nothing (spurious)", "</th>", err));
    for (size_t k = 0; k < scores->n_types; k++) {
        bool right = gold != NULL && strcmp(gold, scores->types[k]) == 0;
        NOMEN_TRY(append_cell(find_count(d, gold, scores->types[k]), sum, right, out, err));
    }
    status = gold != NULL ? append_cell(find_count(d, gold, NULL), sum, false, out, err)
                          : nomen_buffer_append_text(out, "<td></td>", err);
    if (status == NOMEN_OK) { status = nomen_buffer_append_text(out, "</tr>\n", err); }
done:
    return status;
}

static nomen_status append_matrix(const nomen_report *scores, const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, "<div class=\"wide\"><table class=\"matrix\"><thead><tr><th>gold</th>", err));
    for (size_t k = 0; k < scores->n_types; k++) {
        NOMEN_TRY(nomen_page_text(out, "<th class=\"n\">", scores->types[k], "</th>", err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "<th class=\"n none\">nothing (missed)</th></tr></thead><tbody>\n", err));
    for (size_t k = 0; k < scores->n_types; k++) { NOMEN_TRY(append_matrix_row(scores, d, scores->types[k], out, err)); }
    NOMEN_TRY(append_matrix_row(scores, d, NULL, out, err));
    status = nomen_buffer_append_text(out, "</tbody></table></div>\n", err);
done:
    return status;
}

static nomen_status append_list(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    size_t n_listed = 0;
    NOMEN_TRY(nomen_buffer_append_text(
        out, "<div class=\"wide\"><table><tr><th>gold</th><th>found as</th><th class=\"n\">entities</th></tr>\n", err));
    for (size_t i = 0; i < d->n_confusion && n_listed < MOST_LISTED; i++) {
        const nomen_confusion *c = &d->confusion[i];
        if (c->gold != NULL && c->predicted != NULL && strcmp(c->gold, c->predicted) == 0) { continue; }
        NOMEN_TRY(nomen_page_text(out, "<tr><td>", c->gold != NULL ? c->gold : "nothing (spurious)", "</td>", err));
        NOMEN_TRY(nomen_page_text(out, "<td>", c->predicted != NULL ? c->predicted : "nothing (missed)", "</td>", err));
        NOMEN_TRY(nomen_buffer_printf(out, err, "<td class=\"n\">%zu</td></tr>\n", c->n));
        n_listed++;
    }
    status = nomen_buffer_append_text(out, "</table></div>\n", err);
done:
    return status;
}

nomen_status nomen_page_scores(const char *name, const nomen_report *scores, const nomen_review *review, nomen_buffer *out,
                               nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "<h2>Scores on the %s part</h2>\n", name));
    NOMEN_TRY(append_types(scores, out, err));
    if (!review->made || scores->n_types == 0) { goto done; }
    bool matrix = scores->n_types <= MOST_MATRIX_TYPES;
    NOMEN_TRY(nomen_buffer_printf(out, err,
                                  "<h3>Which types were found as which</h3>\n<p class=\"muted\">%s Entities of the %s part; one "
                                  "found with other borders counts by its types as well.</p>\n",
                                  matrix ? "Rows are gold types, columns what the model found." : "The most frequent mistakes.",
                                  name));
    status = matrix ? append_matrix(scores, &review->details, out, err) : append_list(&review->details, out, err);
done:
    return status;
}
