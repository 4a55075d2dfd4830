/* The figures for people, a table for each part of them; and conlleval's output. */
#include <math.h>
#include <string.h>

#include "eval/kinds.h"
#include "base/names.h"
#include "eval/metrics.h"

static const char *const names[NOMEN_N_REPORT_PARTS + 1] = {"conlleval", "strict", "nervaluate", "outcomes",
                                                            "confusion", "length", "seen",       "calibration"};

const char *nomen_report_part_name(nomen_report_part part) {
    return nomen_name_of(names, (int)part);
}

nomen_status nomen_report_part_parse(const char *name, nomen_report_part *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, names, "table", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_report_part)found; }
    return status;
}

/* Columns of the names in the tables, as in the report's own table at least. */
enum { COLUMNS = 20 };

static nomen_status append_head(const char *what, nomen_buffer *out, nomen_error *err) {
    return nomen_buffer_printf(out, err, "\n%-*s%11s%11s%11s%11s%11s%11s\n", COLUMNS, what, "precision", "recall", "F1", "gold",
                               "predicted", "correct");
}

static nomen_status append_prf(const char *name, const nomen_prf *prf, nomen_buffer *out, nomen_error *err) {
    return nomen_buffer_printf(out, err, "%-*s%11.4f%11.4f%11.4f%11zu%11zu%11zu\n", COLUMNS, name, prf->precision, prf->recall,
                               prf->f1, prf->support, prf->predicted, prf->correct);
}

static nomen_status append_conlleval(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
    NOMEN_TRY(nomen_details_conlleval(d, out, err));
done:
    return status;
}

static nomen_status append_strict(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(append_head("strict scheme", out, err));
    for (nomen_strict_scheme s = 0; s < NOMEN_N_STRICT; s++) {
        if (d->refused[s] == NULL) {
            NOMEN_TRY(append_prf(nomen_strict_scheme_name(s), &d->strict[s].micro, out, err));
            continue;
        }
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-*s  has no tag ", COLUMNS, nomen_strict_scheme_name(s)));
        NOMEN_TRY(nomen_name_text(d->refused[s], 0, out, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
    }
done:
    return status;
}

static nomen_status append_nervaluate(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n%-*s%11s%11s%11s%11s%11s%11s%11s%11s\n", COLUMNS, "nervaluate", "precision",
                                  "recall", "F1", "correct", "incorrect", "partial", "missed", "spurious"));
    for (nomen_overlap_way way = 0; way < NOMEN_N_OVERLAP; way++) {
        const nomen_overlap *o = &d->overlap[way];
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-*s%11.4f%11.4f%11.4f%11zu%11zu%11zu%11zu%11zu\n", COLUMNS,
                                      nomen_overlap_way_name(way), o->precision, o->recall, o->f1, o->correct, o->incorrect,
                                      o->partial, o->missed, o->spurious));
    }
done:
    return status;
}

static nomen_status append_outcomes(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n%-*s%11s\n", COLUMNS, "outcome", "entities"));
    for (nomen_outcome o = 0; o < NOMEN_N_OUTCOMES; o++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-*s%11zu\n", COLUMNS, nomen_outcome_name(o), d->outcomes[o]));
    }
done:
    return status;
}

/* Types that went with another or with none; those that were found as themselves are in the first table. */
static nomen_status append_confusion(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n%-*s%-*s%11s\n", COLUMNS, "gold", COLUMNS, "found as", "entities"));
    for (size_t i = 0; i < d->n_confusion; i++) {
        const nomen_confusion *c = &d->confusion[i];
        if (c->gold != NULL && c->predicted != NULL && strcmp(c->gold, c->predicted) == 0) { continue; }
        NOMEN_TRY(nomen_name_text(c->gold != NULL ? c->gold : "-", COLUMNS, out, err));
        NOMEN_TRY(nomen_name_text(c->predicted != NULL ? c->predicted : "-", COLUMNS, out, err));
        NOMEN_TRY(nomen_buffer_printf(out, err, "%11zu\n", c->n));
    }
done:
    return status;
}

static nomen_status append_lengths(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(append_head("words", out, err));
    for (size_t i = 0; i < NOMEN_N_LENGTHS; i++) {
        if (d->by_length[i].support + d->by_length[i].predicted == 0) { continue; }
        const char name[] = {(char)('1' + i), i + 1 == NOMEN_N_LENGTHS ? '+' : '\0', '\0'};
        NOMEN_TRY(append_prf(name, &d->by_length[i], out, err));
    }
done:
    return status;
}

static nomen_status append_seen(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (!d->has_training) { goto done; }
    NOMEN_TRY(append_head("in training", out, err));
    for (nomen_seen_before s = 0; s < NOMEN_N_SEEN; s++) {
        NOMEN_TRY(append_prf(nomen_seen_before_name(s), &d->by_seen[s], out, err));
    }
done:
    return status;
}

static nomen_status append_bins(const char *what, const nomen_calibration *c, nomen_buffer *out, nomen_error *err) {
    const double n_bins = NOMEN_N_BINS;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n%-*s%11s%11s%11s\n", COLUMNS, what, "confidence", "accuracy", "number"));
    for (size_t i = 0; i < NOMEN_N_BINS; i++) {
        if (c->bins[i].n == 0) { continue; }
        NOMEN_TRY(nomen_buffer_printf(out, err, "%.3f to %.3f%*s%11.4f%11.4f%11zu\n", (double)i / n_bins,
                                      (double)(i + 1) / n_bins, COLUMNS - 14, "", c->bins[i].confidence, c->bins[i].accuracy,
                                      c->bins[i].n));
    }
    if (c->n > 0) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%-*s%11.4f%11.4f%11zu\n%-*s%11.4f\n", COLUMNS, "all", c->confidence, c->accuracy,
                                      c->n, COLUMNS, "ECE", c->ece));
    }
done:
    return status;
}

static nomen_status append_calibration(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (d->word_calibration.n == 0) { goto done; }
    NOMEN_TRY(append_bins("words", &d->word_calibration, out, err));
    NOMEN_TRY(append_bins("predicted entities", &d->entity_calibration, out, err));
done:
    return status;
}

static nomen_status append_interval(const char *name, const nomen_interval *interval, double confidence, nomen_buffer *out,
                                    nomen_error *err) {
    return nomen_buffer_printf(out, err, "%-17s%11.4f  to %.4f: %g %% of %zu bootstrap replicates\n", name, interval->low,
                               interval->high, 100 * confidence, interval->replicates);
}

/* Lines below the report's table: its interval, and the other system. */
static nomen_status append_resampled(const nomen_details *d, nomen_buffer *out, nomen_error *err) {
    const nomen_comparison *c = &d->comparison;
    double confidence = d->confidence;
    nomen_status status = NOMEN_OK;
    if (d->has_plain_text) {
        NOMEN_TRY(nomen_buffer_printf(
            out, err, "%-17s%11.4f  as tag finds it in the text alone; %zu sentence%s in other subword tokens\n",
            "F1 of plain text", d->plain_text.f1, d->plain_text_differ, d->plain_text_differ == 1 ? " is" : "s are"));
    }
    if (d->f1_interval.replicates > 0) { NOMEN_TRY(append_interval("F1 interval", &d->f1_interval, confidence, out, err)); }
    if (!c->made) { goto done; }
    NOMEN_TRY(append_head("against", out, err));
    NOMEN_TRY(append_prf("these", &d->report.micro, out, err));
    NOMEN_TRY(append_prf("the other's", &c->other, out, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n%-17s%+11.4f\n", "F1 difference", c->difference));
    if (c->interval.replicates > 0) { NOMEN_TRY(append_interval("interval", &c->interval, confidence, out, err)); }
    NOMEN_TRY(nomen_buffer_printf(out, err, "%-17s%11.4f  two-sided, %zu rounds of approximate randomisation; %zu sentence%s\n",
                                  "p", c->p_value, d->replicates, c->n_differ, c->n_differ == 1 ? " differs" : "s differ"));
done:
    return status;
}

nomen_status nomen_details_text(const nomen_details *details, unsigned parts, nomen_buffer *out, nomen_error *err) {
    static nomen_status (*const writers[NOMEN_N_REPORT_PARTS])(const nomen_details *, nomen_buffer *, nomen_error *) = {
        append_conlleval, append_strict,  append_nervaluate, append_outcomes,
        append_confusion, append_lengths, append_seen,       append_calibration};
    nomen_status status;
    NOMEN_TRY(nomen_report_text(&details->report, out, err));
    NOMEN_TRY(append_resampled(details, out, err));
    for (size_t part = 0; part < NOMEN_N_REPORT_PARTS; part++) {
        if ((parts >> part & 1) != 0) { NOMEN_TRY(writers[part](details, out, err)); }
    }
done:
    return status;
}
