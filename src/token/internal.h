/* What a tokenizer holds. Only the files of src/token look inside. */
#ifndef NOMEN_TOKEN_INTERNAL_H
#define NOMEN_TOKEN_INTERNAL_H

#include "nomen/tokenizer.h"

#include "text/normalize.h"
#include "token/added.h"
#include "token/token_model.h"

/* Which rules AutoTokenizer would follow for the directory. */
typedef enum nomen_tokenizer_kind {
    /* BertTokenizer: settings from tokenizer_config.json or its defaults; of tokenizer.json only the vocabulary. */
    NOMEN_TOKENIZER_BERT = 0,
    /* PreTrainedTokenizerFast: everything as tokenizer.json says. */
    NOMEN_TOKENIZER_JSON = 1
} nomen_tokenizer_kind;

/* A special token by its role, such as "cls_token". */
typedef struct nomen_token_role {
    char *name;
    char *content;
} nomen_token_role;

/* The post-processor for one sequence. */
typedef struct nomen_template {
    int32_t *ids; /* the prefix, then the suffix */
    size_t n_prefix, n_suffix;
    int32_t type_id;
    bool is_bert_processing; /* as HF's BertProcessing: the same pieces, another name in the file */
} nomen_template;

/* The kinds of ASCII bytes on the fast path. */
enum { NOMEN_ASCII_WORD = 0, NOMEN_ASCII_SPACE = 1, NOMEN_ASCII_PUNCTUATION = 2, NOMEN_ASCII_OTHER = 3 };

struct nomen_tokenizer {
    nomen_tokenizer_kind kind;
    nomen_normalizer normalizer;
    nomen_choice strip_accents; /* as stated; AUTO follows lower-casing */
    nomen_vocab vocab;
    const nomen_token_model *model;
    nomen_wordpiece wordpiece; /* of the model */
    char *unk;                 /* the model's unknown token */
    int32_t unk_id;
    bool has_decoder; /* the model's; otherwise tokens are joined by spaces */
    nomen_added added;
    int32_t *added_at; /* [size] index into added.tokens, or -1 */
    size_t size;       /* one more than the largest id */
    nomen_template template;
    nomen_token_role *roles;
    size_t n_roles, roles_capacity;
    int32_t pad_id;
    size_t max_length;
    uint8_t ascii_kind[256]; /* NOMEN_ASCII_...; OTHER is every byte that needs the general path */
    char ascii_lower[128];   /* what a byte of a word becomes */
};

/* A tokenizer's fields from its settings: the ASCII tables, sizes, pad. Called once, at the end of loading. */
nomen_status nomen_tokenizer_finish(nomen_tokenizer *tokenizer, const char *name, nomen_error *err);

/* Looks up a role's token, or NULL. */
const char *nomen_tokenizer_role(const nomen_tokenizer *tokenizer, const char *name);

/* The text of an id for decoding and display: of an added token its pattern, as HF. NULL: no such id. */
const nomen_string *nomen_tokenizer_text(const nomen_tokenizer *tokenizer, int32_t id, nomen_string *storage);

#endif
