/*
 * Many texts to pieces, on the team, in rounds: stretches of texts of like size are encoded each into arrays
 * of its own, which are then put one after the other. A round is small enough that its arrays stay in the
 * caches and are used again by the next.
 */
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "token/encoding.h"

/*
 * Bytes of a stretch: not worth one below the least (some 25 microseconds), not in one round above the most.
 * A text costs A_TEXT beside its bytes. A thread has several stretches in a round, so that one who is slow,
 * or has harder texts, does fewer.
 */
enum { LEAST_STRETCH = 4 * 1024, MOST_STRETCH = 16 * 1024, A_TEXT = 16, STRETCHES_A_THREAD = 4 };

typedef struct stretch {
    size_t first, end; /* texts */
    nomen_encoding encoding;
    size_t start; /* of its pieces in the result */
    nomen_status status;
    nomen_error err;
} stretch;

static size_t weight_of(const nomen_text *text) {
    return text->n_bytes + A_TEXT;
}

/* Shares texts [first, end) of `total` weight among n stretches. */
static void cut(const nomen_text *texts, size_t first, size_t end, size_t total, stretch *stretches, size_t n) {
    size_t done = 0;
    for (size_t i = 0; i < n; i++) {
        size_t until = i + 1 < n ? (size_t)((double)total / (double)n * (double)(i + 1)) : SIZE_MAX;
        stretches[i].first = first;
        for (; first < end && done < until; first++) { done += weight_of(&texts[first]); }
        stretches[i].end = first;
    }
}

/* Encodes texts [first, end); piece_start counts from `out`'s beginning. */
static nomen_status encode(const nomen_tokenizer *tokenizer, const nomen_text *texts, size_t first, size_t end,
                           nomen_encoding *out, size_t *piece_start, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = first; status == NOMEN_OK && i < end; i++) {
        status = nomen_encoding_append(tokenizer, &texts[i], out, err);
        piece_start[i + 1] = out->n_pieces;
    }
    return status;
}

static void copy_stretch(const stretch *s, nomen_encoding *out, size_t *piece_start) {
    const nomen_encoding *from = &s->encoding;
    for (size_t i = s->first; i < s->end; i++) { piece_start[i + 1] += s->start; }
    if (from->n_pieces == 0) { return; }
    memcpy(out->ids + s->start, from->ids, from->n_pieces * sizeof *out->ids);
    memcpy(out->offsets + s->start, from->offsets, from->n_pieces * sizeof *out->offsets);
    memcpy(out->word_ids + s->start, from->word_ids, from->n_pieces * sizeof *out->word_ids);
    memcpy(out->type_ids + s->start, from->type_ids, from->n_pieces * sizeof *out->type_ids);
}

/* Where each stretch's pieces go, after those that `out` holds; the first error where there is one. */
static nomen_status join(stretch *stretches, size_t n, nomen_encoding *out, nomen_error *err) {
    size_t n_pieces = out->n_pieces;
    for (size_t i = 0; i < n; i++) {
        if (stretches[i].status != NOMEN_OK) { return nomen_error_set(err, stretches[i].status, "%s", stretches[i].err.message); }
        stretches[i].start = n_pieces;
        n_pieces += stretches[i].encoding.n_pieces;
    }
    nomen_status status = nomen_encoding_reserve(out, n_pieces, err);
    if (status == NOMEN_OK) { out->n_pieces = n_pieces; }
    return status;
}

typedef struct round_of_texts {
    const nomen_tokenizer *tokenizer;
    const nomen_text *texts;
    stretch *stretches;
    nomen_encoding *out;
    size_t *piece_start;
} round_of_texts;

static void encode_stretches(void *context, size_t first, size_t end) {
    const round_of_texts *r = context;
    for (size_t i = first; i < end; i++) {
        stretch *s = &r->stretches[i];
        s->encoding.n_pieces = 0;
        s->status = nomen_encoding_reserve(&s->encoding, MOST_STRETCH / 4, &s->err); /* enough for most texts */
        if (s->status != NOMEN_OK) { continue; }
        s->status = encode(r->tokenizer, r->texts, s->first, s->end, &s->encoding, r->piece_start, &s->err);
    }
}

static void copy_stretches(void *context, size_t first, size_t end) {
    const round_of_texts *r = context;
    for (size_t i = first; i < end; i++) { copy_stretch(&r->stretches[i], r->out, r->piece_start); }
}

/* Appends the pieces of what n stretches hold. */
static nomen_status encode_round(round_of_texts *r, size_t n, nomen_error *err) {
    nomen_team_run(n, 1, nomen_team_size(), encode_stretches, r);
    nomen_status status = join(r->stretches, n, r->out, err);
    if (status == NOMEN_OK) { nomen_team_run(n, 0, nomen_team_size(), copy_stretches, r); }
    return status;
}

nomen_status nomen_tokenizer_encode_batch(const nomen_tokenizer *tokenizer, const nomen_text *texts, size_t n_texts,
                                          nomen_encoding *out, size_t *piece_start, nomen_error *err) {
    const size_t threads = nomen_team_size(), most = STRETCHES_A_THREAD * threads;
    stretch *stretches = NULL;
    nomen_status status = NOMEN_OK;
    size_t round = 0; /* weight of a round: all rounds are alike */
    for (size_t i = 0; i < n_texts; i++) { round += weight_of(&texts[i]); }
    round /= round / (most * MOST_STRETCH) + 1;
    out->n_pieces = piece_start[0] = 0;
    for (size_t first = 0, end; first < n_texts; first = end) {
        size_t total = 0;
        for (end = first; end < n_texts && total <= round; end++) { total += weight_of(&texts[end]); }
        size_t n = total / LEAST_STRETCH < most ? total / LEAST_STRETCH / threads * threads : most;
        if (n < 2 || threads == 1) {
            NOMEN_TRY(encode(tokenizer, texts, first, end, out, piece_start, err));
            continue;
        }
        if (stretches == NULL) { NOMEN_TRY(NOMEN_NEW(stretches, most, err)); }
        cut(texts, first, end, total, stretches, n);
        round_of_texts r = {tokenizer, texts, stretches, out, piece_start};
        NOMEN_TRY(encode_round(&r, n, err));
    }
done:
    for (size_t i = 0; stretches != NULL && i < most; i++) { nomen_encoding_clear(&stretches[i].encoding); }
    nomen_mem_free(stretches);
    if (status != NOMEN_OK) { out->n_pieces = 0; }
    return status;
}
