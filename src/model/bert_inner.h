/* Inside of bert: the workspace, and views of the parameters that forward and backward share. */
#ifndef NOMEN_MODEL_BERT_INNER_H
#define NOMEN_MODEL_BERT_INNER_H

#include "model/bert.h"

/*
 * What a layer's forward leaves for its backward; all NULL in inference. Where only sums are kept, each
 * layer has sum2, mean2 and rstd2 of its own, and all share the rest, which holds the last layer computed.
 */
typedef struct nomen_bert_saved {
    nomen_real *qkv;                  /* (N,3H) */
    nomen_real *context;              /* (N,H) */
    nomen_real *lse;                  /* (A,N) */
    nomen_real *sum1, *mean1, *rstd1; /* (N,H), (N), (N): before the norm after attention */
    nomen_real *u;                    /* (N,F) before the activation; backward overwrites it with gelu(u) */
    nomen_real *sum2, *mean2, *rstd2; /* (N,H), (N), (N): before the norm after the feed-forward half */
} nomen_bert_saved;

struct nomen_bert_workspace {
    size_t n_tokens, longest; /* what it was made for */
    nomen_bert_keep keep;
    nomen_real *x;                 /* (N,H) input of a layer, then its output; in backward the gradient of it */
    nomen_real *y;                 /* (N,H) output of a layer's first half; in backward also dcontext */
    nomen_real *d;                 /* (N,H) training: gradient before dropout; also recomputed inputs */
    nomen_real *wide;              /* (N,F) activations or their gradient; (N,3H) dqkv; in inference (N,4H) qkv, context */
    nomen_real *sum, *mean, *rstd; /* training: (N,H), (N), (N) of the embeddings' norm */
    nomen_bert_saved *layers;      /* training: (L) */
    nomen_real *scratch;           /* of one operation */
    nomen_real *block;             /* holds all of the above */
};

/* Where dropout happens. A site's number seeds its random numbers, so it must never change. */
typedef enum nomen_bert_site {
    NOMEN_SITE_EMBEDDINGS = 0,
    NOMEN_SITE_CLASSIFIER = 1,
    NOMEN_SITE_PROBABILITIES = 2, /* of layer 0; each layer has the next NOMEN_SITES_PER_LAYER */
    NOMEN_SITE_ATTENTION = 3,
    NOMEN_SITE_OUTPUT = 4,
    NOMEN_SITES_PER_LAYER = 3 /* below 32768; the adapters' are from there on (bert_lora.c) */
} nomen_bert_site;

/* Dropout at a site, off when `step` is NULL. */
nomen_dropout nomen_bert_dropout_at(const nomen_bert_dropout *step, float rate, size_t layer, nomen_bert_site site);

/* The dense layers and norms of layer `index`, as views of bert->values. */
typedef struct nomen_bert_layer {
    nomen_dense dense[NOMEN_DENSE_PARTS];
    nomen_norm attention_norm, output_norm;
    nomen_attention heads;
} nomen_bert_layer;

/* Recomputes a layer's shared activations from its input x (N,H), up to u; leaves what fed u in w->y. */
bool nomen_bert_layer_recompute(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index,
                                const nomen_real *x, nomen_bert_workspace *w);

/* Whether a dense part has low-rank adapters beside it. */
bool nomen_bert_has_lora(const nomen_config *config, nomen_dense_part part);

/* The scratch that the adapters' operations ask for at up to N tokens; 0 without any. */
size_t nomen_bert_lora_scratch(const nomen_config *config, size_t n_tokens);

/* Adds what the adapters of a part make of its input x (N,I) to its output y (N,O). */
void nomen_bert_lora_forward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index,
                             nomen_dense_part part, nomen_real *y, const nomen_real *x, nomen_bert_workspace *w);

/*
 * Adds their share to dx (N,I), which may be NULL, and to `gradients` (a tail of the table), as `how` says, unless x (N,I) is
 * NULL; from dy (N,O).
 */
void nomen_bert_lora_backward(const nomen_bert *bert, const nomen_batch *batch, const nomen_bert_dropout *step, size_t index,
                              nomen_dense_part part, nomen_real *dx, const nomen_real *dy, const nomen_real *x,
                              nomen_real *gradients, unsigned how, nomen_bert_workspace *w);

nomen_bert_layer nomen_bert_get_layer(const nomen_bert *bert, size_t index);
nomen_dense nomen_bert_get_head(const nomen_bert *bert);
nomen_norm nomen_bert_get_embedding_norm(const nomen_bert *bert);

#endif
