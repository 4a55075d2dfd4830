/* Windows to packed batches. */
#include "run/batch.h"

#include "base/mem.h"

nomen_status nomen_batcher_create(size_t capacity, nomen_batcher *out, nomen_error *err) {
    nomen_batcher b = {.capacity = capacity};
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(b.ids, capacity, err));
    NOMEN_TRY(NOMEN_NEW(b.type_ids, capacity, err));
    NOMEN_TRY(NOMEN_NEW(b.positions, capacity, err));
    NOMEN_TRY(NOMEN_NEW(b.targets, capacity, err));
    NOMEN_TRY(NOMEN_NEW(b.seq_start, capacity + 1, err));
    NOMEN_TRY(NOMEN_NEW(b.seq_index, capacity, err));
    NOMEN_TRY(NOMEN_NEW(b.refs, capacity, err));
    NOMEN_TRY(NOMEN_NEW(b.own_row, capacity, err));
    *out = b;
    return NOMEN_OK;
done:
    nomen_batcher_clear(&b);
    return status;
}

void nomen_batcher_clear(nomen_batcher *b) {
    nomen_mem_free(b->ids);
    nomen_mem_free(b->type_ids);
    nomen_mem_free(b->positions);
    nomen_mem_free(b->targets);
    nomen_mem_free(b->seq_start);
    nomen_mem_free(b->seq_index);
    nomen_mem_free(b->refs);
    nomen_mem_free(b->own_row);
    *b = (nomen_batcher){0};
}

void nomen_batcher_reset(nomen_batcher *b) {
    b->n_tokens = b->n_seqs = b->longest = 0;
}

/* The context of a window: that before its text belongs to the first, that after it to the last. */
static nomen_context context_of(const nomen_examples *examples, nomen_window_ref ref) {
    if (examples->context == NULL) { return (nomen_context){0}; }
    nomen_context context = examples->context[ref.text];
    if (ref.window != examples->window_start[ref.text]) { context.n_before = 0; }
    if (ref.window + 1 != examples->window_start[ref.text + 1]) { context.n_after = 0; }
    return context;
}

size_t nomen_batcher_length(const nomen_model *model, const nomen_examples *examples, nomen_window_ref ref) {
    nomen_special_tokens special;
    nomen_tokenizer_get_special(model->tokenizer, &special);
    nomen_context context = context_of(examples, ref);
    const nomen_window *w = &examples->windows[ref.window];
    return special.n_prefix + context.n_before + w->end - w->start + context.n_after + special.n_suffix;
}

static void append(nomen_batcher *b, int32_t id, int32_t type_id, int32_t target) {
    size_t i = b->n_tokens++;
    b->ids[i] = id;
    b->type_ids[i] = type_id;
    b->positions[i] = (int32_t)(i - b->seq_start[b->n_seqs]);
    b->targets[i] = target;
}

/* Pieces without a target. */
static void append_context(nomen_batcher *b, const int32_t *ids, size_t first, size_t n, int32_t type_id) {
    for (size_t i = first; i < first + n; i++) { append(b, ids[i], type_id, NOMEN_IGNORE); }
}

bool nomen_batcher_add(nomen_batcher *b, const nomen_model *model, const nomen_examples *examples, nomen_window_ref ref,
                       uint32_t seq_index) {
    size_t length = nomen_batcher_length(model, examples, ref);
    if (length > b->capacity - b->n_tokens) { return false; }
    nomen_special_tokens special;
    nomen_tokenizer_get_special(model->tokenizer, &special);
    nomen_context context = context_of(examples, ref);
    const int32_t *around = examples->context_ids != NULL ? examples->context_ids : examples->ids;
    const nomen_window *w = &examples->windows[ref.window];
    size_t first = examples->piece_start[ref.text];
    b->seq_start[b->n_seqs] = b->n_tokens;
    append_context(b, special.prefix, 0, special.n_prefix, special.type_id);
    append_context(b, around, context.before, context.n_before, special.type_id);
    b->own_row[b->n_seqs] = b->n_tokens + w->own_start - w->start;
    for (size_t i = w->start; i < w->end; i++) {
        bool owned = i >= w->own_start && i < w->own_end;
        append(b, examples->ids[first + i], special.type_id, owned ? examples->targets[first + i] : NOMEN_IGNORE);
    }
    append_context(b, around, context.after, context.n_after, special.type_id);
    append_context(b, special.suffix, 0, special.n_suffix, special.type_id);
    b->seq_index[b->n_seqs] = seq_index;
    b->refs[b->n_seqs] = ref;
    b->n_seqs++;
    b->seq_start[b->n_seqs] = b->n_tokens;
    if (length > b->longest) { b->longest = length; }
    return true;
}

nomen_batch nomen_batcher_get(const nomen_batcher *b) {
    return (nomen_batch){
        .rows = {.n_tokens = b->n_tokens, .n_seqs = b->n_seqs, .seq_start = b->seq_start, .seq_index = b->seq_index},
        .ids = b->ids,
        .type_ids = b->type_ids,
        .positions = b->positions,
        .targets = b->targets,
    };
}
