/* Windows to packed batches. */
#include "infer/batch.h"

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
    *b = (nomen_batcher){0};
}

void nomen_batcher_reset(nomen_batcher *b) {
    b->n_tokens = b->n_seqs = b->longest = 0;
}

size_t nomen_batcher_length(const nomen_model *model, const nomen_examples *examples, size_t window) {
    nomen_special_tokens special;
    nomen_tokenizer_get_special(model->tokenizer, &special);
    return special.n_prefix + examples->windows[window].end - examples->windows[window].start + special.n_suffix;
}

static void put(nomen_batcher *b, int32_t id, int32_t type_id, int32_t target) {
    size_t i = b->n_tokens++;
    b->ids[i] = id;
    b->type_ids[i] = type_id;
    b->positions[i] = (int32_t)(i - b->seq_start[b->n_seqs]);
    b->targets[i] = target;
}

bool nomen_batcher_add(nomen_batcher *b, const nomen_model *model, const nomen_examples *examples, nomen_window_ref ref,
                       uint32_t seq_index) {
    size_t length = nomen_batcher_length(model, examples, ref.window);
    if (length > b->capacity - b->n_tokens) { return false; }
    nomen_special_tokens special;
    nomen_tokenizer_get_special(model->tokenizer, &special);
    const nomen_window *w = &examples->windows[ref.window];
    size_t first = examples->piece_start[ref.text];
    b->seq_start[b->n_seqs] = b->n_tokens;
    for (size_t i = 0; i < special.n_prefix; i++) { put(b, special.prefix[i], special.type_id, NOMEN_IGNORE); }
    for (size_t i = w->start; i < w->end; i++) {
        bool owned = i >= w->own_start && i < w->own_end;
        put(b, examples->ids[first + i], special.type_id, owned ? examples->targets[first + i] : NOMEN_IGNORE);
    }
    for (size_t i = 0; i < special.n_suffix; i++) { put(b, special.suffix[i], special.type_id, NOMEN_IGNORE); }
    b->n_prefix = special.n_prefix;
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
