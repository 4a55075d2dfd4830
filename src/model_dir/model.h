/*
 * The model directory as a whole: loading it into one handle, and writing it. See nomen/model.h.
 */
#ifndef NOMEN_MODEL_DIR_MODEL_H
#define NOMEN_MODEL_DIR_MODEL_H

#include "model_dir/model_parts.h"

/*
 * Writes a model directory into `directory`, which exists: config.json, model.safetensors, crf.safetensors where
 * there is a CRF, the tokenizer's files and nomen.json. `record` (borrowed, may be NULL) is what nomen.json has
 * beside the settings: the recipe, the scores.
 */
nomen_status nomen_model_save(const nomen_model *model, const char *directory, const json_t *record, nomen_error *err);

/* The same without the weights, which nomen_model_save_weights writes. */
nomen_status nomen_model_save_around(const nomen_model *model, const char *directory, const json_t *record, nomen_error *err);

/* The same of a model in floats with its dense layers quantised, to 8 or 7 bits: a directory that loads as int8. */
nomen_status nomen_model_save_int8(const nomen_model *model, const char *directory, const json_t *record, int weight_bits,
                                   nomen_error *err);

/*
 * Loads a model to train no more than a part of it. With LoRA its adapters are fresh, and stay beside the weights until
 * nomen_model_merge_lora: saving then writes a directory of the adapter.
 */
nomen_status nomen_model_load_to_train(const char *directory, const nomen_model_options *options, const nomen_trained *trained,
                                       nomen_model **out, nomen_error *err);

/*
 * Writes the weights alone, those of the CRF too, and reads them back: what training keeps of its best epoch. With LoRA, those
 * that are trained.
 */
nomen_status nomen_model_save_weights(const nomen_model *model, const char *directory, nomen_error *err);
nomen_status nomen_model_restore_weights(nomen_model *model, const char *directory, nomen_error *err);

/* NOMEN_ERROR_ARGUMENT for a model that is loaded for training, and so may change while it is used. */
nomen_status nomen_model_check_use(const nomen_model *model, nomen_error *err);

/* The model's CRF as a view in *out, or NULL where it has none. */
const nomen_crf *nomen_model_get_crf(const nomen_model *model, nomen_crf *out);

/* The largest number of a text's pieces in a window: settings.max_length less the special tokens. */
size_t nomen_model_window_limit(const nomen_model *model);

/* The pieces of context on each side, of which there is no use for more than a window holds. */
size_t nomen_model_context_pieces(const nomen_model *model);

/*
 * NOMEN_ERROR_LIMIT where a text of so many pieces (`all`, or these so far) is longer than a window and that is to be an error.
 * It is on that line of the file `name`; where that is NULL it is text number `text`, from 0.
 */
nomen_status nomen_model_check_overflow(const nomen_model *model, const char *name, size_t line, size_t text, size_t n_pieces,
                                        bool all, nomen_error *err);

#endif
