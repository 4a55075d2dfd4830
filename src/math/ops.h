/*
 * The operations the model is made of, each as a forward/backward pair. The model calls these and
 * nothing else on tensor elements, so a second device can be added below this header.
 *
 * Shape letters, the same in the whole project: N tokens in the batch (no padding), B sequences,
 * T longest sequence, H hidden size, A heads, D = H/A, F intermediate size, L layers, V vocabulary,
 * K labels; in a matrix product I is a layer's input and O its output size. Matrices are row-major.
 *
 * Rules. A backward adds into gradients of parameters (dweight, dbias, dgamma...) and assigns the
 * gradient of its input unless its comment says otherwise. Every sum has a fixed order that depends
 * on shapes alone: not on threads, vector width, or the other sequences in the batch (but for the
 * gradients of parameters, which sum over all N rows in order). Arguments are trusted; the model
 * has checked them. Work memory is the caller's: `scratch` holds at least the number of reals that
 * the *_scratch function gives; each thread has its share of it, so ask again when the team has grown.
 * Operations run on the team of base/threads.h. A dropout of NULL or rate 0 drops nothing.
 *
 * nomen_real is float. Tests compile the model and the plain operations (ops_plain.c) a second time
 * with double, to check gradients against finite differences.
 */
#ifndef NOMEN_MATH_OPS_H
#define NOMEN_MATH_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/ignore.h"

#ifdef NOMEN_REAL_DOUBLE
#include "math/ops_names.h"
typedef double nomen_real;
#else
typedef float nomen_real;
#endif

/* Which rows belong to which sequence. */
typedef struct nomen_rows {
    size_t n_tokens;           /* N */
    size_t n_seqs;             /* B */
    const size_t *seq_start;   /* (B+1): first is 0, last is N, never falling */
    const uint32_t *seq_index; /* (B): each sequence's index in the optimiser step; NULL outside training */
} nomen_rows;

/*
 * Where dropout happens. An element is kept when its random number says so, and then divided by
 * 1 - rate. The number is Philox(seed; step, sequence's index in the step, token in the sequence,
 * site, element), so nothing is stored and backward computes it again.
 */
typedef struct nomen_dropout {
    float rate; /* 0 switches it off */
    uint64_t seed;
    uint32_t step; /* optimiser step, from 0 */
    uint32_t site; /* unique to a place in the model, < 65536 */
} nomen_dropout;

typedef enum nomen_activation {
    NOMEN_GELU_ERF = 0,  /* x Phi(x), "gelu" */
    NOMEN_GELU_TANH = 1, /* "gelu_new", "gelu_pytorch_tanh" */
    NOMEN_RELU = 2
} nomen_activation;

/* How the weight of a dense layer is held. */
typedef enum nomen_dense_kind {
    NOMEN_DENSE_FLOAT = 0,
    NOMEN_DENSE_INT8 = 1, /* for inference alone: see below */
    NOMEN_DENSE_BF16 = 2  /* floats, rounded to bf16 for the products: see below */
} nomen_dense_kind;

/* A dense layer y = x weight^T + bias, as torch.nn.Linear. */
typedef struct nomen_dense {
    nomen_dense_kind kind;
    size_t in;                /* I; of INT8 at most NOMEN_INT8_MAX_IN */
    size_t out;               /* O */
    const nomen_real *bias;   /* (O) */
    const nomen_real *weight; /* FLOAT, BF16: (O,I) */
    const void *packed;       /* aligned to 64 bytes. INT8: nomen_op_int8_pack of the quantised weight. FLOAT, BF16:
                                 nomen_op_dense_pack of it, or NULL: packed into scratch at each use */
    const nomen_real *scale;  /* INT8: (O) */
} nomen_dense;

/* ---- dense layers ---- */

/* Bytes that the packed form of an (O,I) weight takes. Of INT8 it is the same for every processor. */
size_t nomen_op_dense_packed_size(nomen_dense_kind kind, size_t in, size_t out);

/* Packs a float weight (O,I) for a FLOAT or BF16 layer, in parallel. */
void nomen_op_dense_pack(nomen_dense_kind kind, void *packed, const nomen_real *weight, size_t in, size_t out);

/* Scratch, in reals, of forward and backward of a layer at up to N rows. */
size_t nomen_op_dense_scratch(nomen_dense_kind kind, size_t n_rows, size_t in, size_t out);

/* y (N,O) = x (N,I) weight^T + bias. */
void nomen_op_dense_forward(nomen_real *y, const nomen_real *x, const nomen_dense *layer, size_t n_rows, nomen_real *scratch);

/* Exceptions from the rules above, for nomen_op_dense_backward. */
enum {
    NOMEN_ADD_DX = 1,     /* dx is added to instead of assigned */
    NOMEN_SET_DWEIGHT = 2 /* dweight is assigned instead of added to; its zeros may then be negative */
};

/*
 * dx (N,I) = dy weight (skipped when dx is NULL); dweight (O,I) += dy^T x; dbias (O) += column sums
 * of dy (both skipped when dweight is NULL; dbias and x are NULL then too). `how` is 0 or the sum of
 * exceptions. Two calls, one for each half, give the same bits as one for both.
 */
void nomen_op_dense_backward(nomen_real *dx, nomen_real *dweight, nomen_real *dbias, const nomen_real *dy, const nomen_real *x,
                             const nomen_dense *layer, size_t n_rows, unsigned how, nomen_real *scratch);

/*
 * The same followed by an activation while the tile is near: u (N,O) = x weight^T + bias is saved
 * for backward (skipped when u is NULL, as it must be for INT8), y (N,O) = activation(u).
 */
void nomen_op_dense_act_forward(nomen_real *y, nomen_real *u, const nomen_real *x, const nomen_dense *layer,
                                nomen_activation activation, size_t n_rows, nomen_real *scratch);

/*
 * Backward through the activation alone: du (N,O) = dy * activation'(u), and y (N,O) =
 * activation(u) recomputed, for the weight gradient of the layer above. du may be dy, and y may be u.
 */
void nomen_op_act_backward(nomen_real *du, nomen_real *y, const nomen_real *dy, const nomen_real *u, nomen_activation activation,
                           size_t n_elements);

/* ---- dense layers in bf16 ---- */

/*
 * Whether this processor multiplies bf16: a layer of that kind is for such a one alone. The operands of its products, forward
 * and backward, are rounded to bf16 while they are packed (to the nearest, ties to even; NaN is kept, subnormal numbers become
 * zeros); sums, bias, activation and what is written are in floats. Half as many bytes as FLOAT packed. The bits are the
 * same on every processor that has it, in an order of summation of their own (gemm.h, gemm_bf16.inc.h).
 */
bool nomen_math_has_bf16(void);

/* ---- dense layers in 8 bits, for inference ---- */

enum {
    /* The largest I: sums of so many products of bytes stay below 2^31 (131072 * 127 * 127 = 2,114,060,288). */
    NOMEN_INT8_MAX_IN = 131072,
    NOMEN_INT8_MOST = 127, /* the largest |q| */
    /*
     * Weights up to this one in magnitude are narrow: two of their products with a byte of x, shifted to 1..255,
     * fit into 16 bits (2 * 255 * 64 = 32,640), for which some instruction sets have a faster way.
     */
    NOMEN_INT8_NARROW = 64
};

/*
 * The weight (O,I) of an INT8 layer is about scale[o] * q[o][i], with q in [-127, 127]. Its input is
 * quantised row by row in the same way as it comes: a row's scale is max|x| / 127, and q is the
 * nearest of x * (127 / max|x|), ties to even. The sums over I are exact integers, and
 *   y = fma(sum, scale of the row * scale of the channel, bias),
 * so a row's result depends on nothing but the row. A row with an infinity or a NaN gives NaN; one
 * that stays below 2^-120 counts as zeros. The activation's GELU is within 2^-15 of the true one.
 */

/*
 * q (O,I) and scale (O) of weight (O,I), quantised as above, but to [-most, most]: `most` is NOMEN_INT8_MOST or
 * NOMEN_INT8_NARROW. A channel with a NaN has the scale NaN.
 */
void nomen_op_int8_quantize(int8_t *q, nomen_real *scale, const nomen_real *weight, size_t in, size_t out, int most);

/* Packs q (O,I), in parallel, and finds out whether all of it is narrow. The bits of y do not depend on that. */
void nomen_op_int8_pack(void *packed, const int8_t *q, size_t in, size_t out);

/* Whether what was packed is narrow, so that its products take the faster way where there is one. */
bool nomen_op_int8_is_narrow(const void *packed, size_t in, size_t out);

/* ---- embeddings ---- */

/*
 * out (N,H) = word[ids] + position[positions] + type[type_ids], summed in this order:
 * (word + type) + position, as HF's BertEmbeddings does. Ids are inside their tables.
 */
void nomen_op_embedding_forward(nomen_real *out, const nomen_real *word, const nomen_real *position, const nomen_real *type,
                                const int32_t *ids, const int32_t *positions, const int32_t *type_ids, size_t n_rows,
                                size_t hidden);

/* dword, dposition, dtype += dout (N,H) on the rows touched, rows in ascending order of token. */
void nomen_op_embedding_backward(nomen_real *dword, nomen_real *dposition, nomen_real *dtype, const nomen_real *dout,
                                 const int32_t *ids, const int32_t *positions, const int32_t *type_ids, size_t n_rows,
                                 size_t hidden);

/* ---- residual, dropout, layer normalisation (Ba, Kiros, Hinton 2016) ---- */

typedef struct nomen_norm {
    const nomen_real *gamma; /* (H) */
    const nomen_real *beta;  /* (H) */
    size_t hidden;           /* H */
    float eps;
} nomen_norm;

/*
 * sum (N,H) = dropout(x) + residual (residual may be NULL); y (N,H) = norm(sum). Saves sum, mean (N)
 * and rstd (N) for backward. sum may be x; y must not overlap x or residual unless it is x and sum
 * is NULL (inference: nothing is saved, mean and rstd are NULL too).
 */
void nomen_op_residual_norm_forward(nomen_real *y, nomen_real *sum, nomen_real *mean, nomen_real *rstd, const nomen_real *x,
                                    const nomen_real *residual, const nomen_norm *norm, const nomen_rows *rows,
                                    const nomen_dropout *dropout);

size_t nomen_op_residual_norm_scratch(size_t n_rows, size_t hidden);

/*
 * dsum (N,H), the gradient of the residual branch, is assigned; dx (N,H) = dsum through dropout
 * (skipped when dx is NULL; may be dsum when dropout is off); dgamma, dbeta (H) are added to.
 * dsum may be dy.
 */
void nomen_op_residual_norm_backward(nomen_real *dx, nomen_real *dsum, nomen_real *dgamma, nomen_real *dbeta,
                                     const nomen_real *dy, const nomen_real *sum, const nomen_real *mean, const nomen_real *rstd,
                                     const nomen_norm *norm, const nomen_rows *rows, const nomen_dropout *dropout,
                                     nomen_real *scratch);

/* y (N,H) = dropout(x), in place when y is x; backward is the same call on gradients. */
void nomen_op_dropout(nomen_real *y, const nomen_real *x, size_t hidden, const nomen_rows *rows, const nomen_dropout *dropout);

/* ---- attention (Vaswani et al. 2017, section 3.2) ---- */

typedef struct nomen_attention {
    size_t hidden; /* H */
    size_t heads;  /* A */
} nomen_attention;

/* Scratch for batches of up to N tokens whose longest sequence has T. */
size_t nomen_op_attention_scratch(const nomen_attention *attention, size_t n_tokens, size_t longest);

/*
 * context (N,H) from qkv (N,3H), where a row holds query, key and value side by side, each as A
 * heads of D. Each sequence attends to itself: dropout(softmax(Q K^T / sqrt(D))) V. Saves lse (A,N),
 * the logarithm of each softmax's denominator (or what backward needs to get the same
 * probabilities), not the probabilities (NULL in inference).
 */
void nomen_op_attention_forward(nomen_real *context, nomen_real *lse, const nomen_real *qkv, const nomen_attention *attention,
                                const nomen_rows *rows, const nomen_dropout *dropout, nomen_real *scratch);

/* dqkv (N,3H) is assigned; the probabilities are recomputed from qkv. */
void nomen_op_attention_backward(nomen_real *dqkv, const nomen_real *dcontext, const nomen_real *context, const nomen_real *lse,
                                 const nomen_real *qkv, const nomen_attention *attention, const nomen_rows *rows,
                                 const nomen_dropout *dropout, nomen_real *scratch);

/* ---- head ---- */

/*
 * Cross-entropy over the rows whose target is not NOMEN_IGNORE: returns the sum (in double, in row
 * order) of weight[target] * (log sum exp(logits) - logits[target]). class_weights (K) may be NULL,
 * for 1. Where n_correct is not NULL it receives how many of those rows have their largest logit
 * (the first of equals) at the target.
 */
double nomen_op_cross_entropy_forward(const nomen_real *logits, const int32_t *targets, const nomen_real *class_weights,
                                      size_t n_rows, size_t n_labels, size_t *n_correct);

/* dlogits (N,K) = scale * weight * (softmax - one-hot), and 0 on ignored rows. */
void nomen_op_cross_entropy_backward(nomen_real *dlogits, const nomen_real *logits, const int32_t *targets,
                                     const nomen_real *class_weights, nomen_real scale, size_t n_rows, size_t n_labels);

/*
 * A linear-chain CRF over the labels (Lafferty, McCallum, Pereira 2001): a sequence y of labels has the score
 *   start[y_1] + sum logits[t,y_t] + sum transitions[y_t-1,y_t] + end[y_m],
 * and the probability exp(score - log Z), where Z sums exp(score) over all K^m sequences.
 */
typedef struct nomen_crf {
    const nomen_real *transitions; /* (K,K): row the label before, column the one behind */
    const nomen_real *start;       /* (K) */
    const nomen_real *end;         /* (K) */
    size_t n_labels;               /* K */
} nomen_crf;

size_t nomen_op_crf_scratch(size_t n_labels);

/*
 * A chain is made of a sequence's rows whose target is not NOMEN_IGNORE, in their order, as if the others were not
 * there. Returns the sum over the chains of log Z - score of the targets (in double, in row order). Saves in alpha
 * (N,K) what backward needs, on the rows of chains: the logarithms of the probability of each label at a row given
 * the rows up to there.
 */
double nomen_op_crf_forward(nomen_real *alpha, const nomen_real *logits, const int32_t *targets, const nomen_crf *crf,
                            const nomen_rows *rows, nomen_real *scratch);

/*
 * The gradients of `scale` times that sum: dlogits (N,K) = scale * (probability of the label - one-hot), and 0 on
 * ignored rows; dtransitions (K,K), dstart (K) and dend (K) are added to.
 */
void nomen_op_crf_backward(nomen_real *dlogits, nomen_real *dtransitions, nomen_real *dstart, nomen_real *dend,
                           const nomen_real *alpha, const int32_t *targets, const nomen_crf *crf, nomen_real scale,
                           const nomen_rows *rows, nomen_real *scratch);

/* probabilities (N,K) = softmax of each row of logits; may be in place. */
void nomen_op_softmax(nomen_real *probabilities, const nomen_real *logits, size_t n_rows, size_t n_labels);

/* y (n_elements) = log(x), -infinity at 0; may be in place. */
void nomen_op_log(nomen_real *y, const nomen_real *x, size_t n_elements);

/* best (N) = the column of each row's largest element, the first of equals; x (N,K), K > 0. */
void nomen_op_argmax_rows(int32_t *best, const nomen_real *x, size_t n_rows, size_t n_columns);

/* ---- plain elements ---- */

/* x (n_elements) = value. */
void nomen_op_fill(nomen_real *x, nomen_real value, size_t n_elements);

/* to (N,W) = from (N,W), which do not overlap. */
void nomen_op_copy_rows(nomen_real *to, const nomen_real *from, size_t n_rows, size_t width);

/* ---- updates of flat parameter arrays ---- */

/* The sum of squares, in double and in a fixed order. */
double nomen_op_square_sum(const nomen_real *x, size_t n_elements);

/* value -= rate * scale * gradient. `scale` carries gradient clipping. */
void nomen_op_sgd_update(nomen_real *value, const nomen_real *gradient, size_t n_elements, float rate, float scale);

/*
 * AdamW with decoupled weight decay (Loshchilov, Hutter 2019), as torch.optim.AdamW: with
 * g = scale * gradient,
 *   value *= 1 - rate * decay;  m += (1 - beta1) (g - m);  v = beta2 v + (1 - beta2) g^2;
 *   value -= (rate / correction1) * m / (sqrt(v) / sqrt(correction2) + eps)
 * where correction_i = 1 - beta_i^t comes from the caller.
 */
typedef struct nomen_adamw {
    double rate; /* double, as 1 - 0.999f is off by 1e-5 */
    double beta1;
    double beta2;
    double eps;
    double decay;
    double scale;
    double correction1;
    double correction2_sqrt;
} nomen_adamw;

void nomen_op_adamw_update(nomen_real *value, nomen_real *m, nomen_real *v, const nomen_real *gradient, size_t n_elements,
                           const nomen_adamw *settings);

/* average += (1 - decay) (value - average): one update of an exponential moving average, as torch.lerp. */
void nomen_op_average_update(nomen_real *average, const nomen_real *value, size_t n_elements, double decay);

/* ---- the same where few rows of a table change ---- */

/*
 * A table of rows in which a step changes few: the word embeddings. Rows that are not marked
 * NOMEN_ROW_NOW have a gradient of zero. Rows with no mark have no moments yet; they and the gradient
 * are not read there, so that they take no memory. The bits are those of updating every row.
 */
typedef struct nomen_row_marks {
    uint8_t *marks; /* (R) sums of nomen_row_mark */
    size_t n_rows;  /* R */
    size_t width;   /* elements of a row; all rows are marked NOMEN_ROW_NOW unless it is a multiple of 16 */
    size_t offset;  /* of the first row in a block of the parameter table; a multiple of 16 */
} nomen_row_marks;

typedef enum nomen_row_mark {
    NOMEN_ROW_NOW = 1,    /* has a gradient in this step */
    NOMEN_ROW_EARLIER = 2 /* had one in an earlier step */
} nomen_row_mark;

/* As nomen_op_square_sum over a whole block that holds the table. */
double nomen_op_square_sum_rows(const nomen_real *x, size_t n_elements, const nomen_row_marks *rows);

/* As the updates above, over the table alone (its offset does not matter). */
void nomen_op_sgd_update_rows(nomen_real *value, const nomen_real *gradient, const nomen_row_marks *rows, float rate,
                              float scale);
void nomen_op_adamw_update_rows(nomen_real *value, nomen_real *m, nomen_real *v, const nomen_real *gradient,
                                const nomen_row_marks *rows, const nomen_adamw *settings);

/* ---- the machine ---- */

/*
 * The instruction set in use: "avx512", "avx2", "neon" or "plain". Chosen once, at the first
 * operation, from what the processor has. All give the same bits.
 *
 * Layers in 8 bits have kernels of their own: "amx", "avx512vnni", "avx512", "avx2vnni", "avx2",
 * "neondot", "neon" or "plain", chosen at the first such operation, which is when the system is asked
 * for leave to use AMX. The environment's NOMEN_ISA may name any of these, for both: "avx512vnni" is
 * AVX-512 without AMX, "avx512" that without VNNI.
 */
const char *nomen_math_isa(void);
const char *nomen_math_int8_isa(void);

#endif
