/* A tiny tokenizer for tests: files written into a scratch directory, and loading with the error kept. */
#ifndef TESTS_TOKEN_SMALL_H
#define TESTS_TOKEN_SMALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "nomen/tokenizer.h"
#include "support/scratch.h"

/* ids: [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4, then words and tails. */
#define SMALL_VOCAB_TXT \
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\nhello\nworld\n,\n!\na\n##b\ncaf\xC3\xA9\ncafe\n" \
    "\xE4\xB8\xAD\n"

#define SMALL_JSON \
    "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[" \
    "{\"id\":2,\"content\":\"[CLS]\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false," \
    "\"normalized\":false,\"special\":true}," \
    "{\"id\":6,\"content\":\"<New>\",\"single_word\":true,\"lstrip\":true,\"rstrip\":true," \
    "\"normalized\":true,\"special\":false}]," \
    "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true," \
    "\"strip_accents\":null,\"lowercase\":true},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"}," \
    "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"[CLS]\"," \
    "\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"SpecialToken\":{\"id\":\"[SEP]\"," \
    "\"type_id\":0}}],\"pair\":[],\"special_tokens\":{\"[CLS]\":{\"id\":\"[CLS]\",\"ids\":[2],\"tokens\":" \
    "[\"[CLS]\"]},\"[SEP]\":{\"id\":\"[SEP]\",\"ids\":[3],\"tokens\":[\"[SEP]\"]}}}," \
    "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}," \
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\"," \
    "\"max_input_chars_per_word\":100,\"vocab\":{\"[PAD]\":0,\"[UNK]\":1,\"a\":4,\"[CLS]\":2,\"[SEP]\":3," \
    "\"##b\":5}}}"

/* Writes a file of the directory; NULL removes it. */
static inline void small_write(const char *directory, const char *name, const void *bytes, size_t n_bytes) {
    nomen_error err = {0};
    char path[256];
    snprintf(path, sizeof path, "%.100s/%.60s", directory, name);
    if (bytes == NULL) {
        remove(path);
    } else {
        assert_int_equal(nomen_file_write(path, bytes, n_bytes, &err), NOMEN_OK);
    }
}

static inline void small_text(const char *directory, const char *name, const char *text) {
    small_write(directory, name, text, text ? strlen(text) : 0);
}

/* Loads and insists on success. */
static inline nomen_tokenizer *small_load(const char *directory) {
    nomen_error err = {0};
    nomen_tokenizer *tokenizer = NULL;
    nomen_status status = nomen_tokenizer_load(directory, NULL, &tokenizer, &err);
    if (status != NOMEN_OK) { fail_msg("%s", err.message); }
    return tokenizer;
}

#endif
