/*
 * A text to pieces. Added tokens are cut out first; what lies between goes word by word: a word of
 * ASCII straight from the text, anything else up to the next ASCII space or punctuation mark
 * through the normalizer. (Nothing the normalizer does reaches across such a byte.)
 */
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/unicode.h"
#include "token/encoding.h"
#include "token/internal.h"

/* Words of more bytes than this leave the fast path, which lower-cases into a buffer on the stack. */
enum { FAST_WORD = 128 };

/* What one call works with. Words go to `out` as pieces, or to `words` as spans. */
typedef struct encode_walk {
    const nomen_tokenizer *tokenizer;
    const char *text;
    nomen_encoding *out; /* NULL: spans are collected */
    nomen_span *words;
    size_t n_words, words_capacity;
    int32_t given_word; /* the caller's word index, or -1: count */
    nomen_normal_text normal;
    char *bytes; /* the UTF-8 of normalised characters */
    size_t bytes_capacity;
    nomen_error *err;
} encode_walk;

static void walk_clear(encode_walk *w) {
    nomen_normal_text_clear(&w->normal);
    nomen_mem_free(w->bytes);
    nomen_mem_free(w->words);
}

static nomen_status count_word(encode_walk *w, nomen_span span) {
    if (w->out == NULL) {
        nomen_status status = NOMEN_RESERVE(w->words, w->words_capacity, w->n_words + 1, w->err);
        if (status != NOMEN_OK) { return status; }
        w->words[w->n_words] = span;
    }
    if (w->n_words == INT32_MAX) {
        return nomen_error_set(w->err, NOMEN_ERROR_LIMIT, "a text has more than %d words; split it", INT32_MAX);
    }
    w->n_words++;
    return NOMEN_OK;
}

static int32_t word_id(const encode_walk *w) {
    return w->given_word >= 0 ? w->given_word : (int32_t)(w->n_words - 1);
}

static nomen_status encode_word(encode_walk *w, const nomen_word *word) {
    size_t last = word->n_chars - 1;
    nomen_span span = {word->start, word->start + word->n_chars};
    if (word->chars != NULL) { span = (nomen_span){word->chars[0].start, word->chars[last].end}; }
    nomen_status status = count_word(w, span);
    if (status != NOMEN_OK || w->out == NULL) { return status; }
    return w->tokenizer->model->encode_word(w->tokenizer, word, word_id(w), w->out, w->err);
}

static nomen_status encode_added(encode_walk *w, int32_t token, nomen_span span) {
    nomen_status status = count_word(w, span);
    if (status != NOMEN_OK || w->out == NULL) { return status; }
    status = nomen_encoding_reserve(w->out, w->out->n_pieces + 1, w->err);
    if (status != NOMEN_OK) { return status; }
    nomen_encoding_append_token(w->out, w->tokenizer->added.tokens[token].id, span, word_id(w), w->tokenizer->template.type_id);
    return NOMEN_OK;
}

/* Encodes w->normal's characters [from, to) as UTF-8 into w->bytes; their number of bytes in *n_bytes. */
static nomen_status write_bytes(encode_walk *w, size_t from, size_t to, size_t *n_bytes) {
    nomen_status status = NOMEN_RESERVE(w->bytes, w->bytes_capacity, 4 * (to - from), w->err);
    size_t n = 0;
    for (size_t i = from; status == NOMEN_OK && i < to; i++) { n += nomen_utf8_encode(w->normal.chars[i].scalar, w->bytes + n); }
    *n_bytes = n;
    return status;
}

static nomen_status encode_chars(encode_walk *w, size_t from, size_t to) {
    size_t n_bytes = 0;
    nomen_status status = write_bytes(w, from, to, &n_bytes);
    if (status != NOMEN_OK) { return status; }
    nomen_word word = {.bytes = w->bytes, .n_bytes = n_bytes, .chars = w->normal.chars + from, .n_chars = to - from};
    return encode_word(w, &word);
}

/* BertPreTokenizer over normalised characters [from, to): white space separates words, punctuation is a word of its own. */
static nomen_status cut_chars(encode_walk *w, size_t from, size_t to) {
    nomen_status status = NOMEN_OK;
    size_t start = from;
    for (size_t i = from; status == NOMEN_OK && i < to; i++) {
        uint8_t flags = nomen_unicode_get(w->normal.chars[i].scalar)->flags;
        if (!(flags & (NOMEN_UNICODE_SPACE | NOMEN_UNICODE_PUNCTUATION))) { continue; }
        if (i > start) { status = encode_chars(w, start, i); }
        if (status == NOMEN_OK && !(flags & NOMEN_UNICODE_SPACE)) { status = encode_chars(w, i, i + 1); }
        start = i + 1;
    }
    if (status == NOMEN_OK && to > start) { status = encode_chars(w, start, to); }
    return status;
}

/* From `start` up to an ASCII space or punctuation mark, or `end`, through the normalizer. */
static nomen_status general_stretch(encode_walk *w, size_t start, size_t end, size_t *next) {
    const uint8_t *kind = w->tokenizer->ascii_kind;
    size_t stop = start;
    while (stop < end) {
        uint8_t k = kind[(unsigned char)w->text[stop]];
        if (k == NOMEN_ASCII_SPACE || k == NOMEN_ASCII_PUNCTUATION) { break; }
        stop++;
    }
    *next = stop;
    w->normal.n_chars = 0;
    nomen_status status = nomen_normalize(&w->tokenizer->normalizer, w->text, start, stop, &w->normal, w->err);
    if (status != NOMEN_OK) { return status; }
    return cut_chars(w, 0, w->normal.n_chars);
}

/* text[start, end) without added tokens that are looked for in normalised text. */
static nomen_status plain_stretch(encode_walk *w, size_t start, size_t end) {
    const nomen_tokenizer *tokenizer = w->tokenizer;
    const unsigned char *text = (const unsigned char *)w->text;
    char lower[FAST_WORD];
    nomen_status status = NOMEN_OK;
    for (size_t i = start; status == NOMEN_OK && i < end;) {
        uint8_t kind = tokenizer->ascii_kind[text[i]];
        if (kind == NOMEN_ASCII_SPACE) {
            i++;
            continue;
        }
        size_t stop = i + 1;
        if (kind == NOMEN_ASCII_PUNCTUATION) {
            lower[0] = (char)text[i];
        } else {
            size_t most = end - i < FAST_WORD ? end : i + FAST_WORD;
            for (stop = i; stop < most && (kind = tokenizer->ascii_kind[text[stop]]) == NOMEN_ASCII_WORD; stop++) {
                lower[stop - i] = tokenizer->ascii_lower[text[stop]];
            }
            if (stop < end && (stop == most || kind == NOMEN_ASCII_OTHER)) {
                status = general_stretch(w, i, end, &i);
                continue;
            }
        }
        nomen_word word = {.bytes = lower, .n_bytes = stop - i, .n_chars = stop - i, .start = i};
        status = encode_word(w, &word);
        i = stop;
    }
    return status;
}

/* text[start, end) where added tokens are looked for in the normalised text: it is normalised whole. */
static nomen_status normalised_stretch(encode_walk *w, size_t start, size_t end) {
    size_t n_bytes = 0;
    char *bytes = NULL;
    w->normal.n_chars = 0;
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(nomen_normalize(&w->tokenizer->normalizer, w->text, start, end, &w->normal, w->err));
    NOMEN_TRY(write_bytes(w, 0, w->normal.n_chars, &n_bytes));
    bytes = w->bytes; /* kept while words need a buffer of their own */
    w->bytes = NULL;
    w->bytes_capacity = 0;
    nomen_text_parts parts = nomen_text_parts_start(&w->tokenizer->added, &w->tokenizer->added.normal, bytes, n_bytes);
    size_t at_byte = 0, at_char = 0; /* of the last part's beginning; parts may step back a little */
    for (nomen_text_part part; nomen_text_parts_next(&parts, &part);) {
        while (at_byte > part.start) { at_byte -= nomen_utf8_encode(w->normal.chars[--at_char].scalar, (char[4]){0}); }
        while (at_byte < part.start) { at_byte += nomen_utf8_encode(w->normal.chars[at_char++].scalar, (char[4]){0}); }
        size_t to = at_char;
        for (size_t byte = at_byte; byte < part.end; to++) {
            byte += nomen_utf8_encode(w->normal.chars[to].scalar, (char[4]){0});
        }
        if (part.token < 0) {
            NOMEN_TRY(cut_chars(w, at_char, to));
        } else {
            nomen_span span = {w->normal.chars[at_char].start, w->normal.chars[to - 1].end};
            NOMEN_TRY(encode_added(w, part.token, span));
        }
    }
done:
    nomen_mem_free(bytes);
    return status;
}

/* One text by itself: text[start, end) of w->text. */
static nomen_status walk_text(encode_walk *w, size_t start, size_t end) {
    const nomen_added *added = &w->tokenizer->added;
    nomen_text_parts parts = nomen_text_parts_start(added, &added->raw, w->text + start, end - start);
    nomen_status status = NOMEN_OK;
    for (nomen_text_part part; status == NOMEN_OK && nomen_text_parts_next(&parts, &part);) {
        if (part.token >= 0) {
            status = encode_added(w, part.token, (nomen_span){start + part.start, start + part.end});
        } else if (added->normal.n_lengths > 0) {
            status = normalised_stretch(w, start + part.start, start + part.end);
        } else {
            status = plain_stretch(w, start + part.start, start + part.end);
        }
    }
    return status;
}

nomen_status nomen_texts_check(const nomen_text *texts, size_t n, nomen_error *err) {
    if (texts == NULL && n > 0) { return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the array of %zu texts is NULL", n); }
    for (size_t i = 0; i < n; i++) {
        if (texts[i].text != NULL || texts[i].n_bytes == 0) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "text %zu, of %zu bytes, is NULL, which only an empty one may be", i,
                               texts[i].n_bytes);
    }
    return NOMEN_OK;
}

nomen_status nomen_word_check(const nomen_text *text, size_t i, nomen_error *err) {
    const nomen_span *word = &text->words[i];
    if (word->start <= word->end && word->end <= text->n_bytes && i <= INT32_MAX && (i == 0 || word->start >= word[-1].end)) {
        return NOMEN_OK;
    }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "word %zu is bytes %zu to %zu of a text of %zu bytes; words must lie inside the text and "
                           "in order",
                           i, word->start, word->end, text->n_bytes);
}

/* A text whose words are known: each is a text by itself. */
static nomen_status walk_words(encode_walk *w, const nomen_text *text) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < text->n_words; i++) {
        status = nomen_word_check(text, i, w->err);
        if (status != NOMEN_OK) { return status; }
        w->given_word = (int32_t)i;
        w->n_words = 0;
        status = walk_text(w, text->words[i].start, text->words[i].end);
    }
    return status;
}

nomen_status nomen_encoding_append(const nomen_tokenizer *tokenizer, const nomen_text *text, nomen_encoding *out,
                                   nomen_error *err) {
    encode_walk w = {.tokenizer = tokenizer, .text = text->text, .out = out, .given_word = -1, .err = err};
    size_t before = out->n_pieces;
    nomen_status status = nomen_texts_check(text, 1, err);
    if (status == NOMEN_OK) { status = text->words != NULL ? walk_words(&w, text) : walk_text(&w, 0, text->n_bytes); }
    if (status != NOMEN_OK) { out->n_pieces = before; }
    walk_clear(&w);
    return status;
}

nomen_status nomen_tokenizer_encode(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes, nomen_encoding *out,
                                    nomen_error *err) {
    out->n_pieces = 0;
    return nomen_encoding_append(tokenizer, &(nomen_text){.text = text, .n_bytes = n_bytes}, out, err);
}

nomen_status nomen_tokenizer_encode_words(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes,
                                          const nomen_span *words, size_t n_words, nomen_encoding *out, nomen_error *err) {
    out->n_pieces = 0;
    if (n_words == 0) { return NOMEN_OK; } /* `words` may be NULL, which would stand for a text not cut */
    return nomen_encoding_append(tokenizer, &(nomen_text){.text = text, .n_bytes = n_bytes, .words = words, .n_words = n_words},
                                 out, err);
}

nomen_status nomen_tokenizer_words(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes, nomen_span **out,
                                   size_t *n_words, nomen_error *err) {
    encode_walk w = {.tokenizer = tokenizer, .text = text, .given_word = -1, .err = err};
    nomen_status status = NOMEN_RESERVE(w.words, w.words_capacity, 1, err); /* never NULL on success */
    if (status == NOMEN_OK) { status = walk_text(&w, 0, n_bytes); }
    if (status == NOMEN_OK) {
        *out = w.words;
        *n_words = w.n_words;
        w.words = NULL;
    }
    walk_clear(&w);
    return status;
}
