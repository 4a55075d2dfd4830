/* All figures of a scorer that keeps an account. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/account.h"

/* What a nomen_details has by the kinds of this version, in one block. */
typedef struct figures {
    nomen_report strict[NOMEN_N_STRICT]; /* first, so that its address is the block's */
    char *refused[NOMEN_N_STRICT];
    nomen_overlaps overlap;
    size_t outcomes[NOMEN_N_OUTCOMES];
    nomen_prf by_seen[NOMEN_N_SEEN];
} figures;

static nomen_status make_figures(nomen_details *out, nomen_error *err) {
    figures *f = NULL;
    nomen_status status = NOMEN_NEW(f, 1, err);
    if (status != NOMEN_OK) { return status; }
    out->strict = f->strict;
    out->refused = f->refused;
    out->n_strict = NOMEN_N_STRICT;
    out->overlap = f->overlap;
    out->n_overlap = NOMEN_N_OVERLAP;
    out->outcomes = f->outcomes;
    out->n_outcomes = NOMEN_N_OUTCOMES;
    out->by_seen = f->by_seen;
    out->n_seen = NOMEN_N_SEEN;
    return NOMEN_OK;
}

static nomen_status copy_name(const char *name, char **out, nomen_error *err) {
    size_t n_bytes = strlen(name);
    *out = nomen_mem_copy(name, n_bytes);
    return *out != NULL ? NOMEN_OK : nomen_error_memory(err, n_bytes + 1, 1);
}

static nomen_status fill_conlleval(const nomen_account *account, const nomen_interner *types, nomen_details *out,
                                   nomen_error *err) {
    nomen_report *report = &out->conlleval;
    nomen_counts *counts = NULL;
    nomen_status status;
    *report = (nomen_report){.accuracy = NAN, .sentence_accuracy = NAN, .loss = NAN};
    report->n_words = out->report.n_words;
    report->n_sentences = out->report.n_sentences;
    if (report->n_words > 0) { report->accuracy = (double)account->n_conll_words / (double)report->n_words; }
    NOMEN_TRY(NOMEN_NEW(counts, types->n, err));
    for (size_t i = 0; i < account->n_types; i++) { counts[i] = account->types[i].conll; }
    /* The end of the file ends an entity (that an O did not: one of an odd tag without type). */
    if (account->conll.open) { counts[account->conll.gold.conll_type].correct++; }
    status = nomen_report_fill(types, counts, account->n_types, sizeof *counts, report, err);
done:
    nomen_mem_free(counts);
    return status;
}

static nomen_status fill_strict(const nomen_account *account, const nomen_tag_parts_table *tags, nomen_details *out,
                                nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < NOMEN_N_STRICT; s++) {
        nomen_report *report = &out->strict[s];
        *report = (nomen_report){.accuracy = NAN, .sentence_accuracy = NAN, .loss = NAN};
        report->n_words = out->report.n_words;
        report->n_sentences = out->report.n_sentences;
        if (account->refused[s] >= 0) {
            NOMEN_TRY(copy_name(tags->tags.names[account->refused[s]], &out->refused[s], err));
        } else {
            NOMEN_TRY(nomen_report_fill(&tags->types, &account->types->strict[s], account->n_types, sizeof *account->types,
                                        report, err));
        }
    }
done:
    return status;
}

static nomen_status fill_overlap(const nomen_account *account, const nomen_interner *types, nomen_details *out,
                                 nomen_error *err) {
    const nomen_report *report = &out->report;
    nomen_status status;
    memcpy(out->overlap, account->overlaps, sizeof account->overlaps);
    nomen_overlap_finish(out->overlap);
    NOMEN_TRY(NOMEN_NEW(out->type_overlap, report->n_types * NOMEN_N_OVERLAP, err));
    for (size_t i = 0; i < report->n_types; i++) {
        int32_t type = nomen_interner_find(types, report->types[i], strlen(report->types[i]));
        nomen_overlap *own = out->type_overlap + i * NOMEN_N_OVERLAP;
        memcpy(own, account->type_overlaps[type], sizeof(nomen_overlaps));
        nomen_overlap_finish(own);
    }
done:
    return status;
}

/* By count, then by names, no name last. */
static int compare_names(const char *a, const char *b) {
    if (a == NULL || b == NULL) { return (a == NULL) - (b == NULL); }
    return strcmp(a, b);
}

static int by_count(const void *a, const void *b) {
    const nomen_confusion *x = a, *y = b;
    if (x->n != y->n) { return x->n > y->n ? -1 : 1; }
    int order = compare_names(x->gold, y->gold);
    return order != 0 ? order : compare_names(x->predicted, y->predicted);
}

static nomen_status fill_confusion(const nomen_account *account, const nomen_interner *types, nomen_details *out,
                                   nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(out->names, types->n, err));
    for (; out->n_names < types->n; out->n_names++) {
        NOMEN_TRY(copy_name(types->names[out->n_names], &out->names[out->n_names], err));
    }
    NOMEN_TRY(NOMEN_NEW(out->confusion, account->n_confusion, err));
    for (size_t i = 0; i < account->n_slots; i++) {
        const nomen_type_pair *pair = &account->confusion[i];
        if (pair->n == 0) { continue; }
        out->confusion[out->n_confusion++] = (nomen_confusion){
            .gold = pair->gold >= 0 ? out->names[pair->gold] : NULL,
            .predicted = pair->predicted >= 0 ? out->names[pair->predicted] : NULL,
            .n = pair->n,
        };
    }
    if (out->n_confusion > 1) { qsort(out->confusion, out->n_confusion, sizeof *out->confusion, by_count); }
done:
    return status;
}

nomen_status nomen_account_fill(const nomen_account *account, const nomen_tag_parts_table *tags, nomen_details *out,
                                nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(make_figures(out, err));
    NOMEN_TRY(fill_conlleval(account, &tags->types, out, err));
    NOMEN_TRY(fill_strict(account, tags, out, err));
    NOMEN_TRY(fill_overlap(account, &tags->types, out, err));
    NOMEN_TRY(fill_confusion(account, &tags->types, out, err));
    memcpy(out->outcomes, account->outcomes, sizeof account->outcomes);
    for (size_t i = 0; i < NOMEN_N_LENGTHS; i++) { out->by_length[i] = nomen_counts_score(account->lengths[i]); }
    out->has_training = account->has_training;
    for (size_t i = 0; i < NOMEN_N_SEEN; i++) { out->by_seen[i] = nomen_counts_score(account->seen_counts[i]); }
    out->word_calibration = nomen_bins_finish(&account->word_bins);
    out->entity_calibration = nomen_bins_finish(&account->entity_bins);
done:
    return status;
}

void nomen_details_clear(nomen_details *details) {
    nomen_report_clear(&details->report);
    nomen_report_clear(&details->conlleval);
    for (size_t s = 0; s < details->n_strict; s++) {
        nomen_report_clear(&details->strict[s]);
        nomen_mem_free(details->refused[s]);
    }
    nomen_mem_free(details->strict);
    for (size_t i = 0; i < details->n_names; i++) { nomen_mem_free(details->names[i]); }
    nomen_mem_free(details->names);
    nomen_mem_free(details->confusion);
    nomen_mem_free(details->type_overlap);
    *details = (nomen_details){0};
}
