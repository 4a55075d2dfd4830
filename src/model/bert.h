/*
 * BERT with a token-classification head (Devlin et al. 2019; transformers'
 * BertForTokenClassification): forward, and backward as the forward read upwards.
 */
#ifndef NOMEN_MODEL_BERT_H
#define NOMEN_MODEL_BERT_H

#include "base/error.h"
#include "model/params.h"

/* Sequences packed one after another, special tokens included. No padding anywhere. */
typedef struct nomen_batch {
    nomen_rows rows;
    const int32_t *ids;       /* (N) */
    const int32_t *type_ids;  /* (N) */
    const int32_t *positions; /* (N) 0.. within each sequence */
    const int32_t *targets;   /* (N) label or NOMEN_IGNORE; NULL in inference */
} nomen_batch;

/* The model: a configuration, the table, and one block of values, all borrowed; and packed weights, its own. */
typedef struct nomen_bert {
    const nomen_config *config;
    const nomen_param_table *table;
    const nomen_real *values;  /* (table->n_elements) */
    nomen_dense_weights dense; /* packed weights, for inference; those of INT8 are there from loading on */
} nomen_bert;

/*
 * Packs the dense weights, for inference; does nothing where they are packed. The caller frees with
 * nomen_bert_unpack, and after changing values unpacks and packs again. `drop` is NULL, or the block of values
 * itself: then its dense weights are lost, a layer at a time, so that at no time two copies of all of them take
 * memory. It changes the model, so no other thread may have it yet. Where the call is stopped, what was dropped stays lost.
 */
nomen_status nomen_bert_pack(nomen_bert *bert, nomen_real *drop, nomen_error *err);
void nomen_bert_unpack(nomen_bert *bert);

/*
 * Adds scale B A of every low-rank adapter to the weight beside it in `values`, the block that `bert` is a view of. What then
 * ignores the adapters computes the same but for rounding.
 */
nomen_status nomen_bert_merge_lora(const nomen_bert *bert, nomen_real *values, nomen_error *err);

/*
 * The same for one tensor of a dense part that is on its way elsewhere: `weight` is what rows `first_row` on of the part are,
 * as the table has them (query, key and value are each one tensor). `scratch`: nomen_bert_merge_scratch.
 */
void nomen_bert_merge_lora_row(const nomen_bert *bert, size_t layer, nomen_dense_part part, size_t first_row, nomen_real *weight,
                               nomen_real *scratch);
size_t nomen_bert_merge_scratch(const nomen_config *config);

/* Frees packed weights of any kind. */
void nomen_bert_clear(nomen_bert *bert);

/* What forward keeps of each layer. The bits of logits and gradients are the same whichever it is. */
typedef enum nomen_bert_keep {
    NOMEN_KEEP_NOTHING = 0, /* inference: two layers' worth serve in turn */
    NOMEN_KEEP_ALL,         /* training */
    NOMEN_KEEP_SUMS         /* training in less memory: backward recomputes most of a layer */
} nomen_bert_keep;

/* Work memory for batches of at most `n_tokens` tokens whose longest sequence has at most `longest`. */
typedef struct nomen_bert_workspace nomen_bert_workspace;
nomen_status nomen_bert_workspace_create(const nomen_config *config, size_t n_tokens, size_t longest, nomen_bert_keep keep,
                                         nomen_bert_workspace **out, nomen_error *err);
void nomen_bert_workspace_free(nomen_bert_workspace *workspace);

/* Bytes that such a workspace takes. */
size_t nomen_bert_workspace_size(const nomen_config *config, size_t n_tokens, size_t longest, nomen_bert_keep keep);

/* Dropout of a training step; NULL for none. */
typedef struct nomen_bert_dropout {
    uint64_t seed;
    uint32_t step; /* optimiser step, from 0 */
} nomen_bert_dropout;

/* logits (N,K). Fails only where the call is stopped (base/call.h); `logits` are then not filled in. */
nomen_status nomen_bert_forward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *dropout,
                                nomen_bert_workspace *workspace, nomen_real *logits, nomen_error *err);

/*
 * Adds into `gradients` (the tail of a block that is trained) the gradients for dlogits (N,K), after a forward of the same
 * batch and dropout in the same training workspace, whose contents it uses up. It goes no further down than to the lowest
 * layer that is trained. dlogits is left as it is. Where it is the `first` to fill them, gradients need no zeroes but in the
 * rows of word embeddings that the batch has; those that it has not are left as they are. Fails only where the call is
 * stopped; `gradients` are then of no use.
 */
nomen_status nomen_bert_backward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *dropout,
                                 nomen_bert_workspace *workspace, const nomen_real *dlogits, nomen_real *gradients, bool first,
                                 nomen_error *err);

#endif
