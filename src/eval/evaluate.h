/* A model's scores on labelled sentences. */
#ifndef NOMEN_EVAL_EVALUATE_H
#define NOMEN_EVAL_EVALUATE_H

#include "decode/decoder.h"
#include "eval/judge.h"
#include "nomen/tagger.h"
#include "run/predict.h"

/*
 * Tags the given sentences (all where `sentences` is NULL) and scores them against their gold tags.
 * report->loss is the mean cross-entropy over the labelled pieces or, of a model with a CRF, the negative
 * log-likelihood of the gold sequences divided by their number. Labels are decoded as the model asks for. Every
 * gold entity counts: those past a window too, and those in words that give no piece (predicted O). The model's
 * temperature and thresholds are at work, as in tag. Memory does not grow with the number of sentences. The caller
 * clears *out.
 */
nomen_status nomen_evaluate(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences, size_t n_sentences,
                            nomen_report *out, nomen_error *err);

/* The same on all sentences, with a predictor of its own. */
nomen_status nomen_evaluate_model(const nomen_model *model, const nomen_dataset *dataset, nomen_report *out, nomen_error *err);

/*
 * That with all figures: the options have scorer.details. The loss is in out->report. `request` is complete, or NULL: its
 * decoding, repair and calibration count, and it may leave types out; the aggregation is FIRST.
 * The confidence of calibration is the softmax probability of the word's label at its first piece, with a CRF too; a
 * orphan I- that became a B- keeps that of the I-.
 */
nomen_status nomen_evaluate_details(const nomen_model *model, const nomen_dataset *dataset, const nomen_judge_options *options,
                                    const nomen_request *request, nomen_details *out, nomen_error *err);

/* The same of the given sentences (all where `sentences` is NULL), with a predictor that is there and the model's own request. */
nomen_status nomen_evaluate_part_details(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences,
                                         size_t n_sentences, const nomen_judge_options *options, nomen_details *out,
                                         nomen_error *err);

/*
 * Says through the log which tags of those sentences are no labels of the model, and how often: they
 * count as errors. `name` is what the sentences are called.
 */
nomen_status nomen_report_unknown_labels(const nomen_labels *labels, const nomen_dataset *dataset, const size_t *sentences,
                                         size_t n_sentences, const char *name, nomen_error *err);

#endif
