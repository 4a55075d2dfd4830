/*
 * Greedy longest match. The hash of the longest candidate is made once and taken back byte by byte
 * (strmap.h), so a piece costs one walk over its candidate and a look-up per character dropped.
 */
#include "token/wordpiece.h"

#include "base/mem.h"

nomen_status nomen_encoding_reserve(nomen_encoding *encoding, size_t needed, nomen_error *err) {
    if (needed <= encoding->capacity) { return NOMEN_OK; }
    /* Each array has its own capacity until all have grown, so that a failure leaves them usable. */
    nomen_status status = NOMEN_OK;
    size_t grown[4] = {encoding->capacity, encoding->capacity, encoding->capacity, encoding->capacity};
    if (needed < 64) { needed = 64; }
    NOMEN_TRY(NOMEN_RESERVE(encoding->ids, grown[0], needed, err));
    NOMEN_TRY(NOMEN_RESERVE(encoding->offsets, grown[1], needed, err));
    NOMEN_TRY(NOMEN_RESERVE(encoding->word_ids, grown[2], needed, err));
    NOMEN_TRY(NOMEN_RESERVE(encoding->type_ids, grown[3], needed, err));
    encoding->capacity = grown[0];
    for (size_t i = 1; i < 4; i++) {
        if (grown[i] < encoding->capacity) { encoding->capacity = grown[i]; }
    }
done:
    return status;
}

static bool continues_character(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The longest key of `map` that starts bytes[0, n_bytes), or -1; its length in *length. */
static int32_t longest_key(const nomen_strmap *map, const char *bytes, size_t n_bytes, size_t *length) {
    size_t n = n_bytes;
    if (n > map->longest) {
        n = map->longest;
        while (n > 0 && continues_character(bytes[n])) { n--; }
    }
    uint64_t hash = nomen_strmap_hash(bytes, n);
    while (n > 0) {
        int32_t id = nomen_strmap_find(map, bytes, n, hash);
        if (id >= 0) {
            *length = n;
            return id;
        }
        do {
            n--;
            hash = nomen_strmap_pop(hash, bytes[n]);
        } while (n > 0 && continues_character(bytes[n]));
    }
    return -1;
}

/* How many characters begin in bytes[start, end). */
static size_t count_chars(const char *bytes, size_t start, size_t end) {
    size_t n = 0;
    for (size_t i = start; i < end; i++) { n += !continues_character(bytes[i]); }
    return n;
}

static nomen_span span_of(const nomen_word *word, size_t first, size_t end) {
    if (word->chars == NULL) { return (nomen_span){word->start + first, word->start + end}; }
    return (nomen_span){word->chars[first].start, word->chars[end - 1].end};
}

nomen_status nomen_wordpiece(const nomen_tokenizer *tokenizer, const nomen_word *word, int32_t word_id, nomen_encoding *out,
                             nomen_error *err) {
    nomen_status status = nomen_encoding_reserve(out, out->n_pieces + 1, err);
    if (status != NOMEN_OK) { return status; }
    size_t first_piece = out->n_pieces;
    if (word->n_chars > tokenizer->max_chars) { goto unknown; }
    const nomen_strmap *map = &tokenizer->vocab.whole;
    for (size_t byte = 0, character = 0; byte < word->n_bytes;) {
        size_t length;
        int32_t id = longest_key(map, word->bytes + byte, word->n_bytes - byte, &length);
        if (id < 0) { goto unknown; }
        status = nomen_encoding_reserve(out, out->n_pieces + 1, err);
        if (status != NOMEN_OK) { return status; }
        size_t next = character + (word->chars ? count_chars(word->bytes, byte, byte + length) : length);
        nomen_encoding_append_token(out, id, span_of(word, character, next), word_id, tokenizer->template.type_id);
        byte += length;
        character = next;
        map = &tokenizer->vocab.tails;
    }
    return NOMEN_OK;
unknown:
    out->n_pieces = first_piece;
    nomen_encoding_append_token(out, tokenizer->unk_id, span_of(word, 0, word->n_chars), word_id, tokenizer->template.type_id);
    return NOMEN_OK;
}
