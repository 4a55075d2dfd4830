/* What conlleval prints; and the figures as strings of the caller's own. */
#include "eval/metrics.h"

/* conlleval's percentages, in its own order of operations. */
typedef struct percentages {
    double precision, recall, f1;
} percentages;

static percentages percent(const nomen_prf *prf) {
    percentages p = {0};
    if (prf->predicted > 0) { p.precision = 100 * (double)prf->correct / (double)prf->predicted; }
    if (prf->support > 0) { p.recall = 100 * (double)prf->correct / (double)prf->support; }
    if (p.precision + p.recall > 0) { p.f1 = 2 * p.precision * p.recall / (p.precision + p.recall); }
    return p;
}

nomen_status nomen_details_conlleval(const nomen_details *details, nomen_buffer *out, nomen_error *err) {
    const nomen_report *report = &details->conlleval;
    const nomen_prf *all = &report->micro;
    percentages p = percent(all);
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "processed %zu tokens with %zu phrases; found: %zu phrases; correct: %zu.\n",
                                  report->n_words, all->support, all->predicted, all->correct));
    if (report->n_words > 0) {
        double words = (double)report->n_words, right = report->accuracy * words;
        /* The accuracy is a ratio of whole numbers, of which this finds the upper one again. */
        right = (double)(size_t)(right + 0.5);
        NOMEN_TRY(nomen_buffer_printf(out, err, "accuracy: %6.2f%%; precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f\n",
                                      100 * right / words, p.precision, p.recall, p.f1));
    }
    for (size_t i = 0; i < report->n_types; i++) {
        const nomen_prf *type = &report->per_type[i];
        p = percent(type);
        /* Entities without a type stand there twice where both sides have some: conlleval's own oversight. */
        bool twice = report->types[i][0] == '\0' && type->support > 0 && type->predicted > 0;
        for (int n = twice ? 2 : 1; n > 0; n--) {
            NOMEN_TRY(nomen_buffer_printf(out, err, "%17s: precision: %6.2f%%; recall: %6.2f%%; FB1: %6.2f  %zu\n",
                                          report->types[i], p.precision, p.recall, p.f1, type->predicted));
        }
    }
done:
    return status;
}

nomen_status nomen_details_to_json(const nomen_details *details, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_details_json(details, &text, err), &text, out, n_bytes, err);
}

nomen_status nomen_details_to_conlleval(const nomen_details *details, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    return nomen_buffer_string(nomen_details_conlleval(details, &text, err), &text, out, n_bytes, err);
}
