/*
 * Many texts to pieces, on the team: stretches of texts of like size are encoded each into arrays of its
 * own, which are then put one behind the other.
 */
#include <string.h>

#include "base/mem.h"
#include "base/threads.h"
#include "token/wordpiece.h"

/* Bytes that are worth a stretch of their own (some 0.2 ms), and what a text costs beside its bytes. */
enum { STRETCH = 32 * 1024, A_TEXT = 16 };

/* More than threads, so that one who is slow, or has harder texts, does fewer. */
enum { STRETCHES_A_THREAD = 4 };

typedef struct stretch {
    size_t first, end; /* texts */
    size_t n_bytes;
    nomen_encoding encoding;
    size_t start; /* of its pieces in the result */
    nomen_status status;
    nomen_error err;
} stretch;

static size_t weight_of(const nomen_text *text) {
    return text->n_bytes + A_TEXT;
}

static void cut(const nomen_text *texts, size_t n_texts, size_t total, stretch *stretches, size_t n) {
    size_t text = 0, done = 0;
    for (size_t i = 0; i < n; i++) {
        size_t until = i + 1 < n ? (size_t)((double)total / (double)n * (double)(i + 1)) : total;
        stretches[i].first = text;
        for (; text < n_texts && (done < until || i + 1 == n); text++) {
            done += weight_of(&texts[text]);
            stretches[i].n_bytes += texts[text].n_bytes;
        }
        stretches[i].end = text;
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

static void encode_stretch(const nomen_tokenizer *tokenizer, const nomen_text *texts, stretch *s, size_t *piece_start) {
    /* A piece has four bytes or more in most texts; what is not used takes no memory. */
    s->status = nomen_encoding_reserve(&s->encoding, s->n_bytes / 4, &s->err);
    if (s->status == NOMEN_OK) {
        s->status = encode(tokenizer, texts, s->first, s->end, &s->encoding, piece_start, &s->err);
    }
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

/* Where each stretch's pieces go; the first error where there is one. */
static nomen_status join(stretch *stretches, size_t n, nomen_encoding *out, nomen_error *err) {
    size_t n_pieces = 0;
    for (size_t i = 0; i < n; i++) {
        if (stretches[i].status != NOMEN_OK) {
            return nomen_error_set(err, stretches[i].status, "%s", stretches[i].err.message);
        }
        stretches[i].start = n_pieces;
        n_pieces += stretches[i].encoding.n_pieces;
    }
    nomen_status status = nomen_encoding_reserve(out, n_pieces, err);
    if (status == NOMEN_OK) { out->n_pieces = n_pieces; }
    return status;
}

nomen_status nomen_tokenizer_encode_batch(const nomen_tokenizer *tokenizer, const nomen_text *texts, size_t n_texts,
                                          nomen_encoding *out, size_t *piece_start, nomen_error *err) {
    stretch *stretches = NULL;
    size_t total = 0, n_threads = (size_t)nomen_get_threads();
    nomen_status status;
    for (size_t i = 0; i < n_texts; i++) { total += weight_of(&texts[i]); }
    size_t n = total / STRETCH < STRETCHES_A_THREAD * n_threads ? total / STRETCH : STRETCHES_A_THREAD * n_threads;
    out->n_pieces = piece_start[0] = 0;
    if (n < 2 || n_threads == 1) {
        status = encode(tokenizer, texts, 0, n_texts, out, piece_start, err);
        goto done;
    }
    NOMEN_TRY(NOMEN_NEW(stretches, n, err));
    cut(texts, n_texts, total, stretches, n);
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)n_threads)
    for (size_t i = 0; i < n; i++) { encode_stretch(tokenizer, texts, &stretches[i], piece_start); }
    NOMEN_TRY(join(stretches, n, out, err));
#pragma omp parallel for schedule(static) num_threads((int)n_threads)
    for (size_t i = 0; i < n; i++) {
        copy_stretch(&stretches[i], out, piece_start);
        nomen_encoding_clear(&stretches[i].encoding);
    }
done:
    for (size_t i = 0; stretches != NULL && i < n; i++) { nomen_encoding_clear(&stretches[i].encoding); }
    nomen_mem_free(stretches);
    if (status != NOMEN_OK) { out->n_pieces = 0; }
    return status;
}
