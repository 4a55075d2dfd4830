/*
 * BERT's WordPiece tokenizer, as Hugging Face's `tokenizers` runs it.
 *
 * Order of work, as in BertNormalizer, BertPreTokenizer and WordPiece: added tokens are cut out of
 * the text first; the text between them is normalised (clean text, spaces around CJK characters,
 * strip accents, lower-case), cut at white space and around punctuation into words, and each word
 * into the longest subword tokens of the vocabulary. Every subword token keeps the range of bytes of
 * the original text that it came from.
 */
#ifndef NOMEN_TOKENIZER_H
#define NOMEN_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/error.h"
#include "nomen/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* A half-open range of bytes in a text the caller owns. */
typedef struct nomen_span {
    size_t start;
    size_t end;
} nomen_span;

/* One text; borrowed. An empty one may be NULL. Where the caller knows the words, `words` are their bytes in order, else NULL. */
typedef struct nomen_text {
    const char *text;
    size_t n_bytes;
    const nomen_span *words;
    size_t n_words;
    /* For tagging with context (nomen/tagger.h): */
    bool document_start; /* a new document begins here: no context crosses this boundary */
    bool context_only;   /* only context for other texts, not tagged itself */
    /* Where it is from, for messages; or NULL. */
    const char *file;
    size_t line;
} nomen_text;

/*
 * The unit of offsets that leave the library; inside, offsets are bytes. An ill-formed part of the text
 * counts as the one U+FFFD that it is read as.
 */
typedef enum nomen_offset_unit {
    NOMEN_OFFSET_CODEPOINT = 0, /* as Python's str, and HF's offsets */
    NOMEN_OFFSET_BYTE = 1,      /* bytes of the text as it was given */
    NOMEN_OFFSET_UTF16 = 2      /* as strings of JavaScript and Java */
} nomen_offset_unit;

/* A tokenizer. Immutable once loaded, so any number of threads may share it. */
typedef struct nomen_tokenizer nomen_tokenizer;

/* A setting that files can also decide. */
typedef enum nomen_choice {
    NOMEN_CHOICE_AUTO = 0, /* as the files say */
    NOMEN_CHOICE_NO = 1,
    NOMEN_CHOICE_YES = 2
} nomen_choice;

/* How to load: nomen_tokenizer_options o = {.size = sizeof o}, then change. */
typedef struct nomen_tokenizer_options {
    size_t size;             /* of this struct */
    nomen_choice lower_case; /* overrides do_lower_case, for vocabularies that come without their settings */
} nomen_tokenizer_options;

/*
 * Loads a tokenizer from a model directory. Reads tokenizer.json when it is there (its truncation
 * and padding are ignored), else vocab.txt; tokenizer_config.json (do_lower_case, strip_accents,
 * tokenize_chinese_chars, model_max_length, special tokens) takes precedence over tokenizer.json;
 * special_tokens_map.json and added_tokens.json are read when present.
 *
 * `options` may be NULL. On NOMEN_OK *out is owned by the caller, to be freed with
 * nomen_tokenizer_free. Fails with NOMEN_ERROR_IO (nothing to read), _FORMAT (damaged file; names
 * the file and place), _UNSUPPORTED (another normalizer, pre-tokenizer or model than BERT's), _MEMORY.
 */
nomen_status nomen_tokenizer_load(const char *directory, const nomen_tokenizer_options *options, nomen_tokenizer **out,
                                  nomen_error *err);

/* Frees a tokenizer; NULL is allowed. */
void nomen_tokenizer_free(nomen_tokenizer *tokenizer);

/*
 * Writes vocab.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json into an
 * existing directory, such that `AutoTokenizer.from_pretrained` gives the same subword tokens. `max_length`
 * is written as model_max_length.
 */
nomen_status nomen_tokenizer_save(const nomen_tokenizer *tokenizer, const char *directory, size_t max_length, nomen_error *err);

/* A text as subword tokens: parallel arrays of n_pieces entries, owned by the encoding. */
typedef struct nomen_encoding {
    size_t n_pieces;
    int32_t *ids;        /* in 0..vocabulary size-1 */
    nomen_span *offsets; /* bytes of the encoded text; {0,0} for a special token that was added */
    int32_t *word_ids;   /* the word (as HF counts them, or the caller's word index); -1 for special tokens */
    int32_t *type_ids;   /* token_type_ids */
    size_t capacity;     /* of each array; lets an encoding be filled again without allocating */
} nomen_encoding;

/* Releases the arrays and leaves {0}. */
void nomen_encoding_clear(nomen_encoding *encoding);

/*
 * Cuts `text` (n_bytes of UTF-8; NUL bytes are data) into subword tokens, without adding [CLS] and [SEP]:
 * windows add them, or nomen_tokenizer_add_special. Replaces the content of `out`, reusing its memory.
 * An ill-formed byte sequence is read as U+FFFD, one for each maximal ill-formed part (Unicode
 * 15.0, section 3.9, "substitution of maximal subparts"; the same as Python's errors="replace");
 * BERT's clean_text then removes it.
 * word_ids are those of HF's Encoding: each pre-tokenised word counts one, added tokens too.
 */
nomen_status nomen_tokenizer_encode(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes, nomen_encoding *out,
                                    nomen_error *err);

/*
 * The same for a text already cut into words, as HF's is_split_into_words=True: each word is
 * encoded by itself and word_ids hold its index in `words`. A word may yield several subword tokens or
 * none. Words must lie inside the text, in order; offsets are bytes of `text`.
 */
nomen_status nomen_tokenizer_encode_words(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes,
                                          const nomen_span *words, size_t n_words, nomen_encoding *out, nomen_error *err);

/*
 * Many texts at once, on the compute team: the subword tokens of all of them one after another in `out`, those of
 * text i at piece_start[i] to piece_start[i + 1] - 1. piece_start must have room for n_texts + 1 entries.
 * Each text's subword tokens are those of nomen_tokenizer_encode, or of _encode_words if it has words; the
 * number of threads changes nothing. On failure the error is that of the first text with one.
 */
nomen_status nomen_tokenizer_encode_batch(const nomen_tokenizer *tokenizer, const nomen_text *texts, size_t n_texts,
                                          nomen_encoding *out, size_t *piece_start, nomen_error *err);

/*
 * Cuts `text` into words as BERT's pre-tokenizer does (white space, and each punctuation mark and
 * CJK character alone), without looking at the vocabulary; an added token is a word, as in word_ids of
 * nomen_tokenizer_encode. On NOMEN_OK *out is an array of *n_words
 * spans that the caller frees with nomen_free.
 */
nomen_status nomen_tokenizer_words(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes, nomen_span **out,
                                   size_t *n_words, nomen_error *err);

/* Puts the post-processor's special tokens ([CLS] ... [SEP]) around an encoding, in place. */
nomen_status nomen_tokenizer_add_special(const nomen_tokenizer *tokenizer, nomen_encoding *encoding, nomen_error *err);

/*
 * Truncates an encoding without special tokens, so that with them it has at most `max_length`
 * subword tokens; from the end, as HF's truncation=True. nomen itself never truncates: it reads long
 * texts in windows.
 */
void nomen_tokenizer_truncate(const nomen_tokenizer *tokenizer, nomen_encoding *encoding, size_t max_length);

/*
 * Pads an encoding to `max_length` subword tokens with [PAD] (type 0, word -1, offsets {0,0}), as HF's
 * padding="max_length"; a longer one is unchanged. NOMEN_ERROR_DATA if the vocabulary has no
 * padding token.
 */
nomen_status nomen_tokenizer_pad(const nomen_tokenizer *tokenizer, nomen_encoding *encoding, size_t max_length, nomen_error *err);

/* What the post-processor puts before and after a single sequence. Borrowed arrays. */
typedef struct nomen_special_tokens {
    const int32_t *prefix; /* ids, usually [CLS] */
    size_t n_prefix;
    const int32_t *suffix; /* ids, usually [SEP] */
    size_t n_suffix;
    int32_t type_id; /* the token type of the sequence and of its special tokens, usually 0 */
} nomen_special_tokens;

/* Tells what that is. */
void nomen_tokenizer_get_special(const nomen_tokenizer *tokenizer, nomen_special_tokens *out);

/* Ids to text, as HF's decode with clean_up_tokenization_spaces=False. The caller frees *out with
 * nomen_free; it is NUL-terminated, and *n_bytes is its length. An id outside the vocabulary is
 * NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_tokenizer_decode(const nomen_tokenizer *tokenizer, const int32_t *ids, size_t n_ids, bool skip_special,
                                    char **out, size_t *n_bytes, nomen_error *err);

/* The token with this id, or NULL. Borrowed, NUL-terminated UTF-8. */
const char *nomen_tokenizer_get_token(const nomen_tokenizer *tokenizer, int32_t id);

/* The id of a token, or -1. */
int32_t nomen_tokenizer_get_id(const nomen_tokenizer *tokenizer, const char *token, size_t n_bytes);

/* One more than the largest id, added tokens included. */
size_t nomen_tokenizer_get_size(const nomen_tokenizer *tokenizer);

/* The id of [PAD]; -1 when there is none. */
int32_t nomen_tokenizer_get_pad(const nomen_tokenizer *tokenizer);

/* The id of the unknown token, [UNK]. */
int32_t nomen_tokenizer_get_unknown(const nomen_tokenizer *tokenizer);

/* model_max_length of tokenizer_config.json, or SIZE_MAX where it is absent or HF's "very large". */
size_t nomen_tokenizer_get_max_length(const nomen_tokenizer *tokenizer);

/* Whether text is lower-cased. */
bool nomen_tokenizer_get_lower_case(const nomen_tokenizer *tokenizer);

/* "auto", "no", "yes"; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_choice_name(nomen_choice choice);

/* The choice of that name; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_choice_parse(const char *name, nomen_choice *out, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
