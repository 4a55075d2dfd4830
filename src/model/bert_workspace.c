/*
 * The workspace of the model: one block, planned once for the largest batch, all parts on 64 bytes.
 *
 *   training                                    inference
 *   x      (N,H)                                x      (N,H)
 *   y      (N,H)                                y      (N,H)
 *   wide   (N,max(F,3H))                        wide   (N,max(F,4H))
 *   d      (N,H)                                scratch
 *   sum (N,H), mean (N), rstd (N)
 *   a layer, L times:
 *     qkv (N,3H), context (N,H), lse (A,N),
 *     sum1 (N,H), mean1 (N), rstd1 (N), u (N,F),
 *     sum2 (N,H), mean2 (N), rstd2 (N)
 *   scratch
 *
 * A layer keeps 6H + F + A + 4 reals a token. The outputs of norms (a layer's input, the input of its
 * feed-forward half) and of the activation are not kept: backward recomputes them from sum and
 * u, by the operations that made them, which costs two passes over (N,H) and none over (N,F).
 *
 * Frozen layers at the bottom, which have no backward, share one place.
 *
 * With NOMEN_KEEP_SUMS a layer keeps sum2, mean2 and rstd2 alone, H + 2 reals a token; the rest of a
 * layer is there once. A layer's input is the norm of the sum2 below it, from which all up to u is
 * recomputed: two thirds of a forward.
 */
#include <stdint.h>

#include "base/mem.h"
#include "model/bert_inner.h"

/* Hands out parts of a block, or only counts when the block is NULL. */
typedef struct planner {
    nomen_real *block;
    size_t n_reals;
    bool overflow;
} planner;

/*
 * Work memory of up to this many bytes lies on huge pages: all-MiniLM's makes a batch 7 % and a training step 6 %
 * quicker, for at most 2 MB more of each part that is touched. BERT-base's in training, 1.6 GB, gains nothing.
 */
enum { MOST_HUGE = 512 << 20 };

enum { ALIGNMENT = 16 }; /* reals; a multiple of 64 bytes in float and double */

static nomen_real *reserve(planner *plan, size_t n_rows, size_t n_columns) {
    size_t n = 0;
    size_t end = 0;
    if (__builtin_mul_overflow(n_rows, n_columns, &n) || n > SIZE_MAX - ALIGNMENT ||
        __builtin_add_overflow(plan->n_reals, (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT, &end)) {
        plan->overflow = true;
        return NULL;
    }
    nomen_real *part = plan->block != NULL ? plan->block + plan->n_reals : NULL;
    plan->n_reals = end;
    return part;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* The most that one operation asks for. */
static size_t scratch_size(const nomen_config *config, size_t n, size_t longest, nomen_bert_keep keep) {
    size_t h = config->hidden_size;
    nomen_attention attention = {h, config->num_attention_heads};
    size_t most = nomen_op_attention_scratch(&attention, n, longest);
    for (int part = 0; part < NOMEN_DENSE_PARTS; part++) {
        nomen_dense_place place = nomen_dense_place_of(config, 0, (nomen_dense_part)part);
        most = larger(most, nomen_op_dense_scratch(nomen_dense_kind_of(config), n, place.in, place.out));
    }
    most = larger(most, nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, n, h, config->n_labels));
    most = larger(most, nomen_bert_lora_scratch(config, n));
    return keep != NOMEN_KEEP_NOTHING ? larger(most, nomen_op_residual_norm_scratch(n, h)) : most;
}

static void plan_sum2(planner *plan, size_t n, size_t h, nomen_bert_saved *saved) {
    saved->sum2 = reserve(plan, n, h);
    saved->mean2 = reserve(plan, n, 1);
    saved->rstd2 = reserve(plan, n, 1);
}

/* `shared` is the layer whose place the parts before sum2 take, and all with `frozen`, or NULL for a place of their own. */
static void plan_layer(planner *plan, const nomen_config *config, size_t n, const nomen_bert_saved *shared, bool frozen,
                       nomen_bert_saved *saved) {
    size_t h = config->hidden_size;
    if (shared != NULL) {
        *saved = *shared;
        if (!frozen) { plan_sum2(plan, n, h, saved); }
        return;
    }
    saved->qkv = reserve(plan, n, 3 * h);
    saved->context = reserve(plan, n, h);
    saved->lse = reserve(plan, n, config->num_attention_heads);
    saved->sum1 = reserve(plan, n, h);
    saved->mean1 = reserve(plan, n, 1);
    saved->rstd1 = reserve(plan, n, 1);
    saved->u = reserve(plan, n, config->intermediate_size);
    plan_sum2(plan, n, h, saved);
}

/* Lays `workspace` out; its layers may be NULL while only counting. */
static void plan_all(planner *plan, const nomen_config *config, size_t n, size_t longest, nomen_bert_keep keep,
                     nomen_bert_workspace *workspace) {
    size_t h = config->hidden_size;
    bool training = keep != NOMEN_KEEP_NOTHING;
    nomen_bert_saved first = {0};
    workspace->x = reserve(plan, n, h);
    workspace->y = reserve(plan, n, h);
    workspace->wide = reserve(plan, n, larger(config->intermediate_size, (training ? 3 : 4) * h));
    if (training) {
        workspace->d = reserve(plan, n, h);
        workspace->sum = reserve(plan, n, h);
        workspace->mean = reserve(plan, n, 1);
        workspace->rstd = reserve(plan, n, 1);
        for (size_t i = 0; i < config->num_hidden_layers; i++) {
            nomen_bert_saved layer;
            bool frozen = i < config->trained.freeze_layers;
            plan_layer(plan, config, n, (keep == NOMEN_KEEP_SUMS || frozen) && i > 0 ? &first : NULL, frozen, &layer);
            if (i == 0) { first = layer; }
            if (workspace->layers != NULL) { workspace->layers[i] = layer; }
        }
    }
    /* Asking operations for their scratch is only safe while the products above fit. */
    if (!plan->overflow) { workspace->scratch = reserve(plan, scratch_size(config, n, longest, keep), 1); }
}

size_t nomen_bert_workspace_size(const nomen_config *config, size_t n_tokens, size_t longest, nomen_bert_keep keep) {
    planner plan = {0};
    nomen_bert_workspace unused = {0};
    plan_all(&plan, config, n_tokens, longest, keep, &unused);
    bool fits = !plan.overflow && plan.n_reals <= SIZE_MAX / sizeof(nomen_real);
    return fits ? plan.n_reals * sizeof(nomen_real) : SIZE_MAX;
}

nomen_status nomen_bert_workspace_create(const nomen_config *config, size_t n_tokens, size_t longest, nomen_bert_keep keep,
                                         nomen_bert_workspace **out, nomen_error *err) {
    nomen_bert_workspace *workspace = NULL;
    nomen_status status;
    size_t n_bytes = nomen_bert_workspace_size(config, n_tokens, longest, keep);
    if (n_bytes == SIZE_MAX) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_LIMIT,
                                   "work memory for %zu tokens is more than this machine can address; use smaller "
                                   "batches",
                                   n_tokens));
    }
    NOMEN_TRY(NOMEN_NEW(workspace, 1, err));
    workspace->n_tokens = n_tokens;
    workspace->longest = longest;
    workspace->keep = keep;
    if (keep != NOMEN_KEEP_NOTHING) { NOMEN_TRY(NOMEN_NEW(workspace->layers, config->num_hidden_layers, err)); }
    size_t n_reals = n_bytes / sizeof(nomen_real);
    NOMEN_TRY(n_bytes <= MOST_HUGE ? NOMEN_NEW_HUGE(workspace->block, n_reals, err)
                                   : NOMEN_NEW_ALIGNED(workspace->block, n_reals, err));
    planner plan = {.block = workspace->block};
    plan_all(&plan, config, n_tokens, longest, keep, workspace);
    *out = workspace;
    workspace = NULL;
done:
    nomen_bert_workspace_free(workspace);
    return status;
}

void nomen_bert_workspace_free(nomen_bert_workspace *workspace) {
    if (workspace == NULL) { return; }
    nomen_mem_free(workspace->layers);
    nomen_mem_free(workspace->block);
    nomen_mem_free(workspace);
}
