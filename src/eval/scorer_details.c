/* What a scorer with details gives beside its report. */
#include <math.h>

#include "eval/scorer.h"

bool nomen_scorer_match(const nomen_scorer *scorer, size_t i, nomen_match *out) {
    char *const *types = scorer->tags.types.names;
    if (!scorer->options.details || i >= scorer->account.pairs.n) { return false; }
    const nomen_pair *pair = &scorer->account.pairs.items[i];
    *out = (nomen_match){.outcome = pair->outcome};
    if (pair->gold != SIZE_MAX) {
        const nomen_run *run = &scorer->gold.runs.items[pair->gold];
        out->gold = (nomen_match_side){.type = types[run->type], .begin = run->begin, .end = run->end};
    }
    if (pair->predicted != SIZE_MAX) {
        const nomen_run *run = &scorer->predicted.runs.items[pair->predicted];
        out->predicted = (nomen_match_side){.type = types[run->type], .begin = run->begin, .end = run->end};
    }
    return true;
}

/* Notes what ended before `place`, if it did. */
static nomen_status add_seen(nomen_scorer *scorer, bool ended, nomen_chunk chunk, size_t place, const char *text,
                             const nomen_span *words, nomen_error *err) {
    const nomen_run run = {.begin = chunk.begin, .end = place};
    if (!ended) { return NOMEN_OK; }
    return nomen_seen_add(&scorer->account.seen, scorer->tags.types.names[chunk.type], text, words, &run, err);
}

nomen_status nomen_scorer_add_training(nomen_scorer *scorer, const char *text, const nomen_span *words, const char *const *tags,
                                       size_t n_words, nomen_error *err) {
    nomen_account *account = &scorer->account;
    nomen_chunk_state state = nomen_chunk_start();
    const nomen_tag_parts *o;
    nomen_chunk chunk = {0};
    nomen_status status = NOMEN_OK;
    int32_t tag;
    for (size_t i = 0; i < n_words; i++) {
        if (tags[i] == NULL || tags[i][0] == '\0') {
            status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "word %zu of a training sentence has no tag", i + 1);
            goto done;
        }
        NOMEN_TRY(nomen_tag_parts_intern(&scorer->tags, tags[i], &tag, err));
    }
    NOMEN_TRY(nomen_account_reserve(account, &scorer->tags, words, n_words, err));
    for (size_t i = 0; i < n_words; i++) {
        NOMEN_TRY(nomen_tag_parts_intern(&scorer->tags, tags[i], &tag, err)); /* it is there: this gives its number */
        const nomen_tag_parts *parts = &scorer->tags.parts[tag];
        bool ended = nomen_chunk_step(&state, parts->letter, parts->type, i, &chunk);
        NOMEN_TRY(add_seen(scorer, ended, chunk, i, text, words, err));
    }
    o = &scorer->tags.parts[scorer->outside];
    NOMEN_TRY(add_seen(scorer, nomen_chunk_step(&state, o->letter, o->type, n_words, &chunk), chunk, n_words, text, words, err));
    account->has_training = true;
done:
    return status;
}

static nomen_status fill_resampled(const nomen_scorer *scorer, nomen_details *out, nomen_error *err) {
    nomen_comparison *c = &out->comparison;
    nomen_report other = {0};
    nomen_status status = NOMEN_OK;
    out->f1_interval = c->interval = (nomen_interval){.low = NAN, .high = NAN};
    if (scorer->resample == NULL) { goto done; }
    NOMEN_TRY(nomen_resample_finish(scorer->resample, scorer->options.confidence, &out->f1_interval, c, err));
    if (scorer->other == NULL) { goto done; }
    NOMEN_TRY(nomen_scorer_report(scorer->other, &other, err));
    c->other = other.micro;
    c->difference = out->report.micro.f1 - other.micro.f1;
    c->made = true;
done:
    nomen_report_clear(&other);
    return status;
}

nomen_status nomen_scorer_details(const nomen_scorer *scorer, nomen_details *out, nomen_error *err) {
    nomen_details details = {0};
    nomen_status status;
    if (!scorer->options.details) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the scorer keeps no details; create it with the option details");
    }
    NOMEN_TRY(nomen_scorer_report(scorer, &details.report, err));
    NOMEN_TRY(nomen_account_fill(&scorer->account, &scorer->tags, &details, err));
    details.replicates = scorer->options.replicates;
    details.confidence = scorer->options.confidence;
    NOMEN_TRY(fill_resampled(scorer, &details, err));
    *out = details;
    details = (nomen_details){0};
done:
    nomen_details_clear(&details);
    return status;
}
