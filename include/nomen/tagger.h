/*
 * Tagging: texts in, entities out.
 *
 *     nomen_error err = {0};
 *     nomen_model *model;
 *     nomen_tagger *tagger;
 *     nomen_results *results;
 *     const nomen_text text = {.text = "Bill Gates founded Microsoft", .n_bytes = 28};
 *     if (nomen_model_load("my-model", NULL, &model, &err) != NOMEN_OK) { return fail(&err); }
 *     if (nomen_tagger_create(model, NULL, &tagger, &err) != NOMEN_OK) { return fail(&err); }
 *     if (nomen_tag(tagger, &text, 1, NULL, &results, &err) != NOMEN_OK) { return fail(&err); }
 *     for (size_t i = 0; i < nomen_results_n_entities(results, 0); i++) {
 *         const nomen_result_entity *e = nomen_results_entity(results, 0, i);
 *         printf("%s: %s\n", e->type, e->text);
 *     }
 *     nomen_results_free(results);
 *     nomen_tagger_free(tagger);
 *     nomen_model_release(model);
 *
 * A model serves any number of threads, each with a tagger of its own. nomen/queue.h tags for many threads at once.
 */
#ifndef NOMEN_TAGGER_H
#define NOMEN_TAGGER_H

#include "nomen/call.h"
#include "nomen/decode.h"
#include "nomen/model.h"
#include "nomen/tag.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/*
 * What is asked of a call. Zero is the default of each member: `nomen_request request = {.size = sizeof request};`, and NULL is
 * that. Strings and the call are borrowed until the call ends.
 */
typedef struct nomen_request {
    size_t size;                   /* sizeof(nomen_request) */
    const nomen_call *call;        /* what can stop it; NULL: nothing but nomen_set_interrupt */
    nomen_aggregation aggregation; /* how labels of subword tokens become entities */
    nomen_word_unit word_unit;     /* what a word is, in texts that come without words; default: as the model was trained */
    /*
     * How labels are chosen. With ARGMAX and CONLLEVAL, entities are those of Hugging Face's pipeline by `aggregation`.
     * Otherwise words are decoded (scored by `aggregation`, which then can't be NONE or SIMPLE), an entity is a run of
     * words by the scheme of their labels, and its score is the mean probability of those labels.
     */
    nomen_decoding decoding;
    nomen_repair repair;
    bool no_calibration; /* the model's own scores, and all entities: what nomen_calibrate stored has no effect */
    /*
     * Entities of a lower score are left out: "0.9" for all types, or "per=0.9,geo=0.5", which leaves the others as calibrated.
     * Without spaces; where several are for a type, the last counts. NULL: as calibrated.
     */
    const char *thresholds;
    const char *types;         /* only entities of these types, separated by commas; NULL: of all */
    const char *ignored_types; /* no entities of these types; NULL: none is ignored */
    bool overlap_given;        /* `overlap` replaces the model's stride */
    size_t overlap;            /* of windows, in subword tokens; smaller than a window */
    nomen_offset_unit offsets; /* the unit of nomen_result_entity's `start` and `end`; for nomen_tag alone */
    bool words;                /* also each word with its label */
    bool probabilities;        /* also the words, and the probability of each label for each of them */
    bool windows;              /* also the windows in which each text was read */
    void *user;                /* of a queue: what nomen_ticket_get_user returns */
} nomen_request;

/* Settings of a tagger; zero is the default of each. */
typedef struct nomen_tagger_options {
    size_t size;   /* sizeof(nomen_tagger_options) */
    int n_threads; /* compute threads of its calls, at most 64; 0: as many as nomen_get_threads() */
} nomen_tagger_options;

/* The work memory for tagging with a model. Serves one call at a time; it may move from one thread to another. */
typedef struct nomen_tagger nomen_tagger;

/*
 * Makes a tagger, which holds a reference to the model. `options` may be NULL. Fails with NOMEN_ERROR_MEMORY, and with
 * NOMEN_ERROR_ARGUMENT for a model that is loaded for training.
 */
nomen_status nomen_tagger_create(const nomen_model *model, const nomen_tagger_options *options, nomen_tagger **out,
                                 nomen_error *err);

/* Frees a tagger, and gives the model's reference back; NULL is allowed. */
void nomen_tagger_free(nomen_tagger *tagger);

/* The results of a call: the caller's, self-contained, and never changed. Any thread may read them. */
typedef struct nomen_results nomen_results;

/*
 * Tags n_texts texts together. A text of any length is read whole, in windows; its results have the same bits alone or
 * together with others. `request` may be NULL. On NOMEN_OK *out is the caller's, to be freed with nomen_results_free; the texts
 * are not needed any more. Fails with NOMEN_ERROR_ARGUMENT for a request that can't be met, NOMEN_ERROR_LIMIT where a text is
 * too long and the model was loaded to refuse that, NOMEN_ERROR_INTERRUPTED, NOMEN_ERROR_TIMEOUT and NOMEN_ERROR_MEMORY; the
 * tagger is as before then.
 */
nomen_status nomen_tag(nomen_tagger *tagger, const nomen_text *texts, size_t n_texts, const nomen_request *request,
                       nomen_results **out, nomen_error *err);

/* Frees results; NULL is allowed. */
void nomen_results_free(nomen_results *results);

/* An entity of a text. Borrowed from its results, as its strings are. */
typedef struct nomen_result_entity {
    const char *type;            /* "per"; with NONE the label, "B-per" */
    const char *text;            /* its part of the text, NUL-terminated; a NUL byte of the text itself ends it early for C */
    size_t start, end;           /* where it is in the text, in the unit that was asked for */
    size_t byte_start, byte_end; /* the same in bytes */
    size_t first_word, n_words;  /* the words that it is in, wholly or in part */
    float score;                 /* its probability, from 0 to 1 */
    int32_t label;               /* with NONE its label; otherwise that of its first subword token or word */
    size_t index;                /* with NONE: HF's index, the subword token's place counting special tokens, from 1; else 0 */
} nomen_result_entity;

/* A word of a text, where words were asked for. Borrowed from its results. */
typedef struct nomen_result_word {
    const char *label;           /* "B-per", "O" */
    size_t start, end;           /* in the unit that was asked for */
    size_t byte_start, byte_end; /* in bytes */
} nomen_result_word;

/* The number of texts. */
size_t nomen_results_n_texts(const nomen_results *results);

/* The number of entities of a text, and one of them, in the order of the text; NULL where there is no such text or entity. */
size_t nomen_results_n_entities(const nomen_results *results, size_t text);
const nomen_result_entity *nomen_results_entity(const nomen_results *results, size_t text, size_t index);

/* The number of words of a text, 0 unless requested, and one of them; NULL where there is no such text or word. */
size_t nomen_results_n_words(const nomen_results *results, size_t text);
const nomen_result_word *nomen_results_word(const nomen_results *results, size_t text, size_t index);

/*
 * The probabilities of a text, (words of the text, labels of the model), row after row, with NaNs for a word that has no
 * subword token; NULL unless requested. Those of the texts follow each other, so that text 0's begin one block of all.
 */
const float *nomen_results_probabilities(const nomen_results *results, size_t text);

/* The number of windows of a text, 0 unless requested, and one of them, in bytes; NULL where there is none. */
size_t nomen_results_n_windows(const nomen_results *results, size_t text);
const nomen_window_span *nomen_results_window(const nomen_results *results, size_t text, size_t index);

/* The labels of the model: their number, and the name of one or NULL. */
size_t nomen_results_n_labels(const nomen_results *results);
const char *nomen_results_label(const nomen_results *results, size_t label);

/*
 * A text's results in the form that the writers of nomen/tag.h take: fills *out, which starts as {0}, may be filled again, and
 * is given to nomen_tagged_clear at the end. `text` is the text that was tagged; *out borrows it, and the results. Fails with
 * NOMEN_ERROR_ARGUMENT where there is no such text or the results do not lie in it, and with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_results_to_tagged(const nomen_results *results, size_t index, const nomen_text *text, nomen_tagged *out,
                                     nomen_error *err);

/*
 * Receives the result for texts[index]; `tagged` is valid during the call. Any status but NOMEN_OK ends the run with that status;
 * where `err` is not filled in, with NOMEN_ERROR_CALLBACK.
 */
typedef nomen_status (*nomen_tagged_function)(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err);

/*
 * nomen_tag for more texts than results fit in memory: hands each result over, in the order of the texts. Apart from the texts
 * and the result that is handed over, memory grows neither with their number nor with their length. Without texts it only
 * looks whether the request can be met.
 */
nomen_status nomen_tagger_run(nomen_tagger *tagger, const nomen_text *texts, size_t n_texts, const nomen_request *request,
                              nomen_tagged_function function, void *user, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
