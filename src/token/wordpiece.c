/*
 * WordPiece: one word to the longest tokens of the vocabulary, from left to right. The hash of the longest candidate is made
 * once and taken back byte by byte (strmap.h), so a token costs one walk over its candidate and a look-up per character
 * dropped.
 */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "token/encoding.h"
#include "token/internal.h"

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

static nomen_status encode_word(const nomen_tokenizer *tokenizer, const nomen_word *word, int32_t word_id, nomen_encoding *out,
                                nomen_error *err) {
    nomen_status status = nomen_encoding_reserve(out, out->n_pieces + 1, err);
    if (status != NOMEN_OK) { return status; }
    size_t first_piece = out->n_pieces;
    if (word->n_chars > tokenizer->wordpiece.max_chars) { goto unknown; }
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
        map = &tokenizer->wordpiece.tails;
    }
    return NOMEN_OK;
unknown:
    out->n_pieces = first_piece;
    nomen_encoding_append_token(out, tokenizer->unk_id, span_of(word, 0, word->n_chars), word_id, tokenizer->template.type_id);
    return NOMEN_OK;
}

/* Replaces every `from` in the token by `to`, which is never longer, in place; returns the new length. */
static size_t replace(char *token, size_t n_bytes, const char *from, const char *to) {
    size_t n_from = strlen(from), n_to = strlen(to), kept = 0;
    for (size_t i = 0; i < n_bytes;) {
        if (n_bytes - i >= n_from && memcmp(token + i, from, n_from) == 0) {
            memcpy(token + kept, to, n_to);
            kept += n_to;
            i += n_from;
        } else {
            token[kept++] = token[i++];
        }
    }
    return kept;
}

/* HF's list, in its order: it is applied to each token by itself, with the space before it. */
static size_t cleanup(char *token, size_t n_bytes) {
    static const char *const pairs[][2] = {
        {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},    {" n't", "n't"},
        {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) { n_bytes = replace(token, n_bytes, pairs[i][0], pairs[i][1]); }
    return n_bytes;
}

/* As HF's WordPiece decoder: a token that continues a word joins, another gets a space; then a tidy-up of each token. */
static nomen_status decode_token(const nomen_tokenizer *tokenizer, const nomen_string *token, bool is_first, nomen_buffer *out,
                                 nomen_error *err) {
    const nomen_wordpiece *w = &tokenizer->wordpiece;
    size_t before = out->size, n_prefix = strlen(w->decode_prefix), skip = 0;
    nomen_status status = NOMEN_OK;
    if (!is_first && token->n_bytes >= n_prefix && memcmp(token->text, w->decode_prefix, n_prefix) == 0) {
        skip = n_prefix;
    } else if (!is_first) {
        NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err));
    }
    NOMEN_TRY(nomen_buffer_append(out, token->text + skip, token->n_bytes - skip, err));
    if (w->cleanup && out->size > before) {
        out->size = before + cleanup(out->data + before, out->size - before);
        out->data[out->size] = '\0';
    }
done:
    return status;
}

static nomen_status read_settings(nomen_tokenizer *tokenizer, const json_t *model, const json_t *decoder, const char *path,
                                  nomen_error *err) {
    nomen_wordpiece *w = &tokenizer->wordpiece;
    const char *unk = "[UNK]", *prefix = "##", *decode_prefix = "##";
    nomen_status status;
    w->max_chars = 100;
    w->cleanup = true;
    NOMEN_TRY(nomen_json_get_text(model, "unk_token", path, &unk, err));
    NOMEN_TRY(nomen_json_get_text(model, "continuing_subword_prefix", path, &prefix, err));
    NOMEN_TRY(nomen_json_get_size(model, "max_input_chars_per_word", path, &w->max_chars, err));
    NOMEN_TRY(nomen_json_get_bool(decoder, "cleanup", path, &w->cleanup, err));
    NOMEN_TRY(nomen_json_get_text(decoder, "prefix", path, &decode_prefix, err));
    NOMEN_TRY(nomen_mem_replace_text(&tokenizer->unk, unk, err));
    NOMEN_TRY(nomen_mem_replace_text(&w->prefix, prefix, err));
    NOMEN_TRY(nomen_mem_replace_text(&w->decode_prefix, decode_prefix, err));
done:
    return status;
}

static json_t *write_settings(const nomen_tokenizer *tokenizer) {
    return json_pack("{s:s, s:s, s:s, s:I}", "type", nomen_wordpiece_model.type, "unk_token", tokenizer->unk,
                     "continuing_subword_prefix", tokenizer->wordpiece.prefix, "max_input_chars_per_word",
                     (json_int_t)tokenizer->wordpiece.max_chars);
}

static json_t *write_decoder(const nomen_tokenizer *tokenizer) {
    return json_pack("{s:s, s:s, s:b}", "type", nomen_wordpiece_model.type, "prefix", tokenizer->wordpiece.decode_prefix,
                     "cleanup", tokenizer->wordpiece.cleanup);
}

static nomen_status index_tails(nomen_tokenizer *tokenizer, nomen_error *err) {
    const nomen_vocab *vocab = &tokenizer->vocab;
    nomen_strmap *tails = &tokenizer->wordpiece.tails;
    const char *prefix = tokenizer->wordpiece.prefix;
    size_t length = strlen(prefix), n = 0;
    for (size_t i = 0; i < vocab->n; i++) { n += strncmp(vocab->tokens[i].text, prefix, length) == 0; }
    nomen_status status = nomen_strmap_create(n, tails, err);
    for (size_t i = 0; status == NOMEN_OK && i < vocab->n; i++) {
        const nomen_string *token = &vocab->tokens[i];
        if (strncmp(token->text, prefix, length) != 0) { continue; }
        nomen_strmap_add(tails, token->text + length, token->n_bytes - length, (int32_t)i);
    }
    return status;
}

static void clear(nomen_tokenizer *tokenizer) {
    nomen_strmap_clear(&tokenizer->wordpiece.tails);
    nomen_mem_free(tokenizer->wordpiece.prefix);
    nomen_mem_free(tokenizer->wordpiece.decode_prefix);
}

const nomen_token_model nomen_wordpiece_model = {
    .type = "WordPiece",
    .read = read_settings,
    .write = write_settings,
    .write_decoder = write_decoder,
    .finish = index_tails,
    .encode_word = encode_word,
    .decode_token = decode_token,
    .clear = clear,
};
