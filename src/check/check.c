/* A check from its files to its report; see nomen/check.h and check/checker.h. */
#include "nomen/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/call.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "check/checker.h"
#include "data/formats.h"
#include "data/scheme_rules.h"

enum { DEFAULT_PLACES = 3 };

/* Owns all that the report shows. */
typedef struct check_report {
    nomen_check_report report; /* first, so that one address is both */
    nomen_checker checker;
    nomen_check_file *files;
    nomen_check_type *types;
    size_t n_by_severity[NOMEN_N_SEVERITIES];
    bool parts[NOMEN_N_CHECK_PARTS];
    nomen_finding *findings;
    char **texts; /* the titles and remedies */
    size_t n_texts;
    char **paths;
    size_t n_paths;
} check_report;

static const char *const severities[] = {"note", "warning", "error", NULL};

const char *nomen_severity_name(nomen_severity severity) {
    return nomen_name_of(severities, (int)severity);
}

nomen_status nomen_severity_parse(const char *name, nomen_severity *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, severities, "severity", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_severity)found; }
    return status;
}

static void clear_checker(nomen_checker *checker) {
    for (size_t i = 0; checker->inputs != NULL && i < checker->n_inputs; i++) {
        nomen_dataset_clear(&checker->inputs[i].set);
        nomen_mem_free(checker->inputs[i].facts);
        nomen_mem_free(checker->inputs[i].tag_counts);
    }
    nomen_mem_free(checker->inputs);
    nomen_findings_clear(&checker->findings);
    nomen_interner_clear(&checker->types);
    nomen_interner_clear(&checker->labels);
    nomen_mem_free(checker->type_counts);
    nomen_hashes_clear(&checker->texts_table);
    nomen_hashes_clear(&checker->names_table);
    nomen_mem_free(checker->texts);
    nomen_mem_free(checker->names);
    nomen_mem_free(checker->words);
    for (size_t i = 0; i < 3 * checker->drift.n_example; i++) { nomen_mem_free((char *)(uintptr_t)checker->drift.example[i]); }
    nomen_mem_free((void *)(uintptr_t)checker->drift.example);
    nomen_mem_free((void *)(uintptr_t)checker->pieces.scripts);
}

/* The texts, tables and words are of no use to a report. */
static void drop_scratch(nomen_checker *checker) {
    for (size_t i = 0; i < checker->n_inputs; i++) { nomen_dataset_clear(&checker->inputs[i].set); }
    nomen_hashes_clear(&checker->texts_table);
    nomen_hashes_clear(&checker->names_table);
    nomen_mem_free(checker->texts);
    nomen_mem_free(checker->names);
    checker->texts = NULL;
    checker->names = NULL;
}

void nomen_check_report_free(nomen_check_report *report) {
    check_report *own = (check_report *)report;
    if (own == NULL) { return; }
    clear_checker(&own->checker);
    for (size_t i = 0; i < own->n_texts; i++) { nomen_mem_free(own->texts[i]); }
    for (size_t i = 0; i < own->n_paths; i++) { nomen_mem_free(own->paths[i]); }
    nomen_mem_free(own->texts);
    nomen_mem_free(own->paths);
    nomen_mem_free(own->files);
    for (size_t i = 0; own->types != NULL && i < own->report.n_types; i++) {
        nomen_mem_free((char *)(uintptr_t)own->types[i].name);
    }
    nomen_mem_free(own->types);
    nomen_mem_free(own->findings);
    nomen_mem_free(own);
}

static nomen_status check_sentences(nomen_checker *checker, nomen_checked *c, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_check_tags_begin(checker, c, err));
    for (size_t s = 0; s < c->set.n_sentences; s++) {
        if ((s & 4095) == 0) { NOMEN_TRY(nomen_call_check(err)); }
        if (s % NOMEN_REPEATS == 0) {
            size_t n = c->set.n_sentences - s < NOMEN_REPEATS ? c->set.n_sentences - s : NOMEN_REPEATS;
            NOMEN_TRY(nomen_check_repeats(checker, c, s, n, err));
        }
        nomen_check_characters(checker, c, s);
        NOMEN_TRY(nomen_check_drift_of(checker, c, s, err));
        NOMEN_TRY(nomen_check_tags(checker, c, s, err));
    }
    nomen_check_tags_end(checker, c);
done:
    return status;
}

static nomen_status check_all(nomen_checker *checker, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < checker->n_inputs; i++) {
        NOMEN_TRY(nomen_check_read(checker, i, err));
        if (checker->inputs[i].readable) { NOMEN_TRY(check_sentences(checker, &checker->inputs[i], err)); }
    }
    NOMEN_TRY(nomen_check_names_end(checker, err));
    nomen_check_leaks_end(checker);
    NOMEN_TRY(nomen_check_labels(checker, err));
    const nomen_check_drift *drift = &checker->drift;
    if (drift->n_sentences > 0) {
        nomen_findings_detail(&checker->findings, NOMEN_CHECK_DRIFT,
                              "%zu of their labels would land on another word (%zu of them wrongly), and %zu on none",
                              drift->n_moved, drift->n_wrong, drift->n_lost);
    }
    if (checker->options->model != NULL) { NOMEN_TRY(nomen_check_pieces_of(checker, err)); }
    if (checker->findings.status != NOMEN_OK) { NOMEN_TRY(nomen_error_memory(err, 1, 1)); }
done:
    return status;
}

static double entropy_of(const nomen_checked *c) {
    double bits = 0;
    for (size_t t = 0; t < c->set.n_tags; t++) {
        double share = (double)c->tag_counts[t] / (double)c->set.n_words;
        if (share > 0) { bits -= share * log2(share); }
    }
    return bits > 0 ? bits : 0;
}

static nomen_status report_files(check_report *own, nomen_error *err) {
    nomen_checker *checker = &own->checker;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(own->files, checker->n_inputs, err));
    NOMEN_TRY(NOMEN_NEW(own->paths, checker->n_inputs, err));
    own->report.files = own->files;
    own->report.n_files = checker->n_inputs;
    own->report.all_readable = true;
    for (size_t i = 0; i < checker->n_inputs; i++) {
        const nomen_checked *c = &checker->inputs[i];
        nomen_check_file *file = &own->files[i];
        if ((own->paths[i] = nomen_mem_copy(c->name, strlen(c->name))) == NULL) {
            NOMEN_TRY(nomen_error_memory(err, strlen(c->name), 1));
        }
        own->n_paths++;
        *file = (nomen_check_file){.path = own->paths[i], .part = c->input->part, .readable = c->readable};
        own->parts[c->input->part] = true;
        own->report.all_readable = own->report.all_readable && c->readable;
        if (!c->readable) { continue; }
        size_t n_outside = 0;
        for (size_t t = 0; t < c->set.n_tags; t++) { n_outside += c->facts[t].kind == NOMEN_TAG_OUTSIDE ? c->tag_counts[t] : 0; }
        file->format = nomen_format_title(c->set.format);
        file->encoding = c->set.encoding;
        file->scheme = c->set.unit == NOMEN_WORDS_AUTO ? nomen_scheme_title(c->set.scheme) : "spans";
        file->n_sentences = c->set.n_sentences;
        file->n_words = c->set.n_words;
        file->n_entities = c->n_entities;
        file->n_skipped = c->set.n_skipped;
        file->outside = c->set.n_words > 0 ? (double)n_outside / (double)c->set.n_words : 0;
        file->entropy = entropy_of(c);
    }
done:
    return status;
}

static int compare_types(const void *a, const void *b) {
    return strcmp(((const nomen_check_type *)a)->name, ((const nomen_check_type *)b)->name);
}

static nomen_status report_types(check_report *own, nomen_error *err) {
    nomen_checker *checker = &own->checker;
    size_t n = checker->types.n;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(own->types, n, err));
    own->report.types = own->types;
    own->report.n_types = n;
    for (size_t t = 0; t < n; t++) {
        own->types[t].name = nomen_mem_copy(checker->types.names[t], strlen(checker->types.names[t]));
        if (own->types[t].name == NULL) { NOMEN_TRY(nomen_error_memory(err, 1, 1)); }
        own->types[t].n_entities = checker->type_counts[t].n_entities;
    }
    if (n > 1) { qsort(own->types, n, sizeof *own->types, compare_types); }
done:
    return status;
}

/* Keeps a printed text for the report. */
static const char *keep(check_report *own, nomen_buffer *text) {
    return own->texts[own->n_texts++] = nomen_buffer_release(text);
}

static nomen_status report_finding(check_report *own, nomen_check_kind kind, nomen_error *err) {
    const nomen_found *found = &own->checker.findings.kinds[kind];
    const nomen_check_kind_words *words = nomen_check_kind_get(kind);
    const char *advice = nomen_check_advice(&own->checker, nomen_check_kind_setting(kind));
    int n = (int)strlen(words->remedy) - 1; /* the advice stands before the full stop */
    nomen_buffer title = {0}, remedy = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&title, err, "%zu %s", found->count, found->count == 1 ? words->one : words->many));
    NOMEN_TRY(nomen_buffer_printf(&remedy, err, "%.*s%s.", n, words->remedy, advice));
    own->findings[own->report.n_findings++] = (nomen_finding){.id = words->id,
                                                              .severity = words->severity,
                                                              .count = found->count,
                                                              .title = keep(own, &title),
                                                              .detail = found->detail,
                                                              .meaning = words->meaning,
                                                              .remedy = keep(own, &remedy),
                                                              .places = found->places,
                                                              .n_places = found->n_places};
    own->n_by_severity[words->severity]++;
done:
    nomen_buffer_clear(&title);
    nomen_buffer_clear(&remedy);
    return status;
}

static nomen_status make_report(check_report *own, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(report_files(own, err));
    NOMEN_TRY(report_types(own, err));
    NOMEN_TRY(NOMEN_NEW(own->findings, NOMEN_CHECK_N_KINDS, err));
    NOMEN_TRY(NOMEN_NEW(own->texts, 2 * (size_t)NOMEN_CHECK_N_KINDS, err));
    own->report.findings = own->findings;
    for (int severity = NOMEN_SEVERITY_ERROR; severity >= NOMEN_SEVERITY_NOTE; severity--) {
        for (nomen_check_kind kind = 0; kind < NOMEN_CHECK_N_KINDS; kind++) {
            bool here = (int)nomen_check_kind_get(kind)->severity == severity;
            if (here && own->checker.findings.kinds[kind].count > 0) { NOMEN_TRY(report_finding(own, kind, err)); }
        }
    }
    own->report.n_by_severity = own->n_by_severity;
    own->report.n_severities = NOMEN_N_SEVERITIES;
    own->report.parts = own->parts;
    own->report.n_parts = NOMEN_N_CHECK_PARTS;
    own->report.drift = own->checker.drift;
    own->report.pieces = own->checker.pieces;
done:
    return status;
}

nomen_status nomen_check_run(const nomen_check_input *inputs, size_t n_inputs, const nomen_check_options *options,
                             nomen_check_report **out, nomen_error *err) {
    nomen_check_options taken = {0};
    check_report *own = NULL;
    nomen_call_scope scope = {0};
    nomen_status status;
    if (n_inputs == 0) { return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "nothing to check; give a labelled file"); }
    NOMEN_TRY(NOMEN_NEW(own, 1, err));
    nomen_checker *checker = &own->checker;
    NOMEN_TRY(NOMEN_TAKE(nomen_check_options, &taken, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, taken.call, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &checker->reading, taken.data, err));
    checker->options = &taken;
    checker->findings.max_places = taken.max_places == 0 ? DEFAULT_PLACES : taken.max_places;
    checker->key = nomen_hashes_key();
    NOMEN_TRY(NOMEN_NEW(checker->inputs, n_inputs, err));
    checker->n_inputs = n_inputs;
    for (size_t i = 0; i < n_inputs; i++) {
        NOMEN_TRY(nomen_string_check(inputs[i].path, "the path of the labelled file", err));
        checker->inputs[i].input = &inputs[i];
    }
    NOMEN_TRY(check_all(checker, err));
    NOMEN_TRY(make_report(own, err));
    drop_scratch(checker);
    checker->options = NULL; /* they end here */
    if (own->report.drift.path != NULL) {
        for (size_t i = 0; i < n_inputs; i++) {
            if (checker->inputs[i].name == own->report.drift.path) { own->report.drift.path = own->paths[i]; }
        }
    }
    *out = &own->report;
    own = NULL;
done:
    nomen_call_leave(&scope);
    if (own != NULL) { nomen_check_report_free(&own->report); }
    return status;
}
