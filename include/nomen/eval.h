/*
 * Scores of tag sequences: what `nomen eval` computes, for tags from anywhere.
 *
 *     nomen_error err = {0};
 *     nomen_scorer *scorer;
 *     const char *gold[] = {"B-per", "I-per", "O"}, *predicted[] = {"B-per", "I-per", "B-org"};
 *     if (nomen_scorer_create(NULL, &scorer, &err) != NOMEN_OK) { return fail(&err); }
 *     nomen_scorer_add(scorer, gold, predicted, 3, &err);
 *     nomen_report report = {0};
 *     if (nomen_scorer_report(scorer, &report, &err) == NOMEN_OK) { printf("F1 %.3f\n", report.micro.f1); }
 *     nomen_report_clear(&report);
 *     nomen_scorer_free(scorer);
 *
 * Entities are found and compared as seqeval 1.2.2 does in its default mode (that of conlleval): an
 * entity counts as correct where its type, its first and its last word are all those of the gold
 * entity. Every figure equals seqeval's; see docs/METRICS.md. With details (see the options) a scorer also fills
 * nomen_details: the same pass gives conlleval's figures, seqeval's strict ones, nervaluate's, and what
 * kinds of errors there are.
 */
#ifndef NOMEN_EVAL_H
#define NOMEN_EVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/error.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Precision, recall and their harmonic mean, each 0 where its denominator is 0, and the counts that they are computed from. */
typedef struct nomen_prf {
    double precision, recall, f1;
    size_t support;   /* gold entities */
    size_t predicted; /* predicted entities */
    size_t correct;   /* entities in both */
} nomen_prf;

/*
 * The figures of a whole set of sentences. A figure that is not defined is a NaN: `macro` where there
 * is no entity at all, the accuracies where there is no word, `loss` unless the caller set it.
 */
typedef struct nomen_report {
    nomen_prf micro;     /* of all entities together: the usual precision, recall and F1 */
    nomen_prf macro;     /* plain means over the types; the counts are micro's */
    nomen_prf weighted;  /* means over the types, weighted by support; the counts are micro's */
    nomen_prf *per_type; /* (n_types) */
    char **types;        /* (n_types) names with a gold or predicted entity, sorted by bytes */
    size_t n_types;
    double accuracy;          /* share of words whose tag is the gold tag, letter for letter */
    double sentence_accuracy; /* mean over the sentences that have words of that share in the sentence */
    size_t n_words, n_sentences;
    double loss; /* filled by the caller that has one; NaN otherwise */
} nomen_report;

/* What a scorer computes besides the report: nomen_scorer_options o = {.size = sizeof o} for nothing, then change. */
typedef struct nomen_scorer_options {
    size_t size;       /* of this struct */
    bool details;      /* compute what nomen_scorer_details gives; the rest is only for that: */
    size_t replicates; /* resamplings for intervals and the paired test; 0 for neither */
    double confidence; /* of the intervals; 0 is 0.95 */
    uint64_t seed;     /* of the resampling; the same seed gives the same bits at any number of threads */
} nomen_scorer_options;

/* Collects sentences one at a time; its memory grows with the number of tags and types, not of sentences. */
typedef struct nomen_scorer nomen_scorer;

/*
 * Makes an empty scorer, to be freed with nomen_scorer_free; NULL for `options` means the defaults. One thread
 * at a time may use it. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_scorer_create(const nomen_scorer_options *options, nomen_scorer **out, nomen_error *err);

/* Frees a scorer; NULL is allowed. */
void nomen_scorer_free(nomen_scorer *scorer);

/*
 * Adds a sentence: the gold and the predicted tag of each word, as UTF-8. Tags are borrowed for the
 * call. Any scheme of B, I, E, S prefixes will do (IOB1, IOB2, IOE, IOBES), as will illegal sequences and tags
 * without prefix: they are read as seqeval reads them (of "PER" the type is "ER"). A sentence without
 * words counts in n_sentences alone.
 *
 * Fails with NOMEN_ERROR_ARGUMENT where a tag is NULL or empty (says which), or NOMEN_ERROR_MEMORY;
 * the scorer is then as it was before the call.
 */
nomen_status nomen_scorer_add(nomen_scorer *scorer, const char *const *gold, const char *const *predicted, size_t n_words,
                              nomen_error *err);

/* What is known about a sentence besides its tags, for a scorer with details; what is not known is NULL. */
typedef struct nomen_sentence_facts {
    const char *text;         /* with `words`, for by_seen */
    const nomen_span *words;  /* (n_words) bytes of the text */
    const float *confidence;  /* (n_words) probability of each predicted tag, NaN for none; for calibration */
    const char *const *other; /* (n_words) tags of another system, for `comparison`: with all sentences or none */
    /*
     * (n_words) words without a known gold label: whatever their gold tag, they count in no accuracy, and a predicted
     * entity with such a word counts nowhere, as in spaCy's scorer. This is also used without details.
     */
    const bool *unknown;
} nomen_sentence_facts;

/* nomen_scorer_add with what else is known; `facts` may be NULL. */
nomen_status nomen_scorer_add_facts(nomen_scorer *scorer, const char *const *gold, const char *const *predicted, size_t n_words,
                                    const nomen_sentence_facts *facts, nomen_error *err);

/*
 * Remembers the entities of a sentence of the training data, for by_seen of the sentences that follow:
 * its memory grows with the number of different entities there. Fails as nomen_scorer_add does.
 */
nomen_status nomen_scorer_add_training(nomen_scorer *scorer, const char *text, const nomen_span *words, const char *const *tags,
                                       size_t n_words, nomen_error *err);

/*
 * Computes the report of all sentences so far; more may be added afterwards. What `out` held is not
 * freed; the caller clears it with nomen_report_clear. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_scorer_report(const nomen_scorer *scorer, nomen_report *out, nomen_error *err);

/* Frees what a report holds and leaves {0}. */
void nomen_report_clear(nomen_report *report);

/*
 * The report as one JSON object on one line (that of `nomen eval --json`; a NaN is null), or as a
 * table for people. On NOMEN_OK *out is NUL-terminated UTF-8 of *n_bytes bytes that the caller frees
 * with nomen_free. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_report_to_json(const nomen_report *report, char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_report_to_text(const nomen_report *report, char **out, size_t *n_bytes, nomen_error *err);

/* The schemes of seqeval's strict mode. */
typedef enum nomen_strict_scheme {
    NOMEN_STRICT_IOB1 = 0,
    NOMEN_STRICT_IOB2 = 1,
    NOMEN_STRICT_IOE1 = 2,
    NOMEN_STRICT_IOE2 = 3,
    NOMEN_STRICT_IOBES = 4,
    NOMEN_STRICT_BILOU = 5
} nomen_strict_scheme;

/* "IOB1", "IOB2"... Borrowed, for ever. */
const char *nomen_strict_scheme_name(nomen_strict_scheme scheme);

/* The ways in which nervaluate 1.2 compares: a predicted entity is right where ... */
typedef enum nomen_overlap_way {
    NOMEN_OVERLAP_STRICT = 0,  /* type and words are those of the gold entity */
    NOMEN_OVERLAP_EXACT = 1,   /* the words are, whatever the type */
    NOMEN_OVERLAP_PARTIAL = 2, /* the words are; one that shares some is half right; whatever the type */
    NOMEN_OVERLAP_TYPE = 3     /* the type is, and it shares words */
} nomen_overlap_way;

/* "strict", "exact", "partial", "ent_type": nervaluate's names. Borrowed, for ever. */
const char *nomen_overlap_way_name(nomen_overlap_way way);

/* The counts of one way, and the scores that they give. */
typedef struct nomen_overlap {
    size_t correct, incorrect, partial, missed, spurious;
    double precision, recall, f1;
} nomen_overlap;

/* What happened to a gold entity, or to a predicted one without a gold one. */
typedef enum nomen_outcome {
    NOMEN_RIGHT = 0,
    NOMEN_WRONG_TYPE = 1,   /* the same words */
    NOMEN_WRONG_BORDER = 2, /* the same type and some of the words */
    NOMEN_WRONG_BOTH = 3,   /* some of the words, and another type */
    NOMEN_MISSED = 4,       /* goes with no predicted entity */
    NOMEN_SPURIOUS = 5      /* predicted, and goes with no gold entity */
} nomen_outcome;

/* "correct", "wrong type", "wrong border", "both", "missed", "spurious". Borrowed, for ever. */
const char *nomen_outcome_name(nomen_outcome outcome);

/* How often a type was found as another. A name is NULL on a side without an entity. */
typedef struct nomen_confusion {
    const char *gold, *predicted; /* in nomen_details.names */
    size_t n;
} nomen_confusion;

/* An entity by its type and its words, from `begin` to before `end`; the type is NULL where there is none. */
typedef struct nomen_match_side {
    const char *type; /* borrowed until the next call */
    size_t begin, end;
} nomen_match_side;

/* A gold entity, the predicted one that goes with it, or either alone. */
typedef struct nomen_match {
    nomen_outcome outcome;
    nomen_match_side gold, predicted;
} nomen_match;

/*
 * The i-th match of the last sentence added to a scorer with details, in the order of the text; false if
 * there are fewer. Every entity of both sides is in one match: first
 * those with equal words, then each remaining predicted entity with the gold one that shares most words.
 */
bool nomen_scorer_match(const nomen_scorer *scorer, size_t i, nomen_match *out);

/* Whether the training data has an entity. */
typedef enum nomen_seen_before {
    NOMEN_SEEN = 0,            /* the same words, joined by a space, with the same type */
    NOMEN_SEEN_OTHER_TYPE = 1, /* only with other types */
    NOMEN_UNSEEN = 2
} nomen_seen_before;

/* "seen", "seen as another type", "unseen". Borrowed, for ever. */
const char *nomen_seen_before_name(nomen_seen_before seen);

/* Confidence against correctness, in bins (m-1)/15 < confidence <= m/15. Without any data the figures are NaNs. */
typedef struct nomen_calibration {
    size_t n;
    double confidence, accuracy; /* means */
    double ece;                  /* expected calibration error: mean over all of |confidence - accuracy| of their bin */
    struct {
        size_t n;
        double confidence, accuracy; /* means; NaN for an empty bin */
    } bins[15];
} nomen_calibration;

/* A percentile interval by resampling sentences; NaNs if there is none. */
typedef struct nomen_interval {
    double low, high;
    size_t replicates; /* those with an entity in them, gold or predicted: the others have no F1 */
} nomen_interval;

/* The predictions against another system's on the same sentences. */
typedef struct nomen_comparison {
    bool made; /* there was another system, and options.replicates is not 0 */
    nomen_prf other;
    double difference;       /* F1 less the other's */
    nomen_interval interval; /* of the difference, both systems on the same resampled sentences */
    double p_value;          /* two-sided, by approximate randomisation: the systems' answers to a sentence are swapped */
    size_t n_differ;         /* sentences whose counts differ: those that can decide */
} nomen_comparison;

/* All figures of a set of sentences. */
typedef struct nomen_details {
    nomen_report report;
    /* Of a model: the windows in which the sentences were read, and the sentences longer than one. Nothing is cut off. */
    size_t n_windows, n_long_sentences;
    nomen_report conlleval; /* sentence_accuracy and loss are NaNs */
    nomen_report *strict;   /* (n_strict) by nomen_strict_scheme; the same, and accuracy too */
    char **refused;         /* (n_strict) the first tag that the scheme lacks, or NULL; with one there are no figures */
    size_t n_strict;

    nomen_overlap *overlap;      /* (n_overlap) by nomen_overlap_way */
    nomen_overlap *type_overlap; /* (report.n_types, n_overlap) each type by itself */
    size_t n_overlap;

    size_t *outcomes; /* (n_outcomes) by nomen_outcome */
    size_t n_outcomes;
    nomen_confusion *confusion; /* (n_confusion) pairs of types, most frequent first */
    size_t n_confusion;
    nomen_prf by_length[6]; /* entities of 1 to 5 words, and of 6 or more */
    bool has_training;      /* nomen_scorer_add_training was called */
    nomen_prf *by_seen;     /* (n_seen) by nomen_seen_before */
    size_t n_seen;

    size_t replicates; /* as in the options */
    double confidence;
    nomen_interval f1_interval;
    nomen_comparison comparison;
    nomen_calibration word_calibration;   /* the predicted tag is the gold tag, O included */
    nomen_calibration entity_calibration; /* the predicted entity is a gold one; the mean of its words' confidence */
    bool has_plain_text;                  /* a model was also scored on the texts without their words, as `tag` would tag them */
    nomen_prf plain_text;                 /* entities as spans of characters */
    size_t plain_text_differ;             /* sentences whose subword tokens then differ */
    char **names;                         /* (n_names) what the names above point to */
    size_t n_names;
} nomen_details;

/*
 * Computes all figures of all sentences so far, of a scorer made with `details`. What `out` held is not freed; the
 * caller clears it with nomen_details_clear. Fails with NOMEN_ERROR_ARGUMENT if the scorer has no
 * details, or NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_scorer_details(const nomen_scorer *scorer, nomen_details *out, nomen_error *err);

/* Frees what it holds and leaves {0}. */
void nomen_details_clear(nomen_details *details);

/*
 * All figures as one JSON object on one line, whose first keys are those of nomen_report_to_json; and
 * what conlleval prints, byte for byte. As above.
 */
nomen_status nomen_details_to_json(const nomen_details *details, char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_details_to_conlleval(const nomen_details *details, char **out, size_t *n_bytes, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
