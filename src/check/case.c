/*
 * Case: whether the vocabulary's fits the tokenizer's settings, whether data for a cased model has capitals, and
 * which words an uncased model can't tell from names.
 */
#include "check/case.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "data/excerpt.h"
#include "text/unicode.h"

/* Fewer words say nothing about a file's capitals. */
enum { LEAST_WORDS = 50 };

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static char to_lower(char c) {
    return is_upper(c) ? (char)(c + 'a' - 'A') : c;
}

static void look_at_vocabulary(nomen_checker *checker, const nomen_tokenizer *tokenizer) {
    size_t n = 0, n_upper = 0, size = nomen_tokenizer_get_size(tokenizer);
    bool lower_case = nomen_tokenizer_get_lower_case(tokenizer);
    for (size_t id = 0; id < size; id++) {
        const char *token = nomen_tokenizer_get_token(tokenizer, (int32_t)id);
        if (token == NULL || token[0] == '[') { continue; }
        bool upper = false, letters = false;
        for (; *token != '\0'; token++) {
            upper = upper || is_upper(*token);
            letters = letters || (to_lower(*token) >= 'a' && to_lower(*token) <= 'z');
        }
        n += letters;
        n_upper += upper;
    }
    if (n > 0 && n_upper == 0 && !lower_case) {
        nomen_findings_add(&checker->findings, NOMEN_CHECK_VOCABULARY_CASE, checker->options->model, 0,
                           "no token has a capital letter, but the text keeps its own (do_lower_case is false)");
    } else if (lower_case && n_upper * 20 > n) {
        nomen_findings_add(&checker->findings, NOMEN_CHECK_VOCABULARY_CASE, checker->options->model, 0,
                           "%zu of %zu tokens have capital letters, but the text is lower-cased (do_lower_case)", n_upper, n);
    }
}

static bool has_capitals(const char *text, size_t n) {
    for (size_t i = 0; i < n;) {
        if ((unsigned char)text[i] < 0x80) {
            if (is_upper(text[i])) { return true; }
            i++;
            continue;
        }
        uint32_t c;
        i += nomen_utf8_decode(text + i, n - i, &c);
        if (nomen_unicode_get(c)->flags & NOMEN_UNICODE_LOWERS) { return true; }
    }
    return false;
}

static void look_at_capitals(nomen_checker *checker) {
    for (size_t i = 0; i < checker->n_inputs; i++) {
        const nomen_dataset *set = &checker->inputs[i].set;
        if (set->n_words < LEAST_WORDS || has_capitals(set->text, set->text_size)) { continue; }
        nomen_findings_add(&checker->findings, NOMEN_CHECK_LOWER_DATA, checker->inputs[i].name, 0,
                           "no capital letter in %zu words", set->n_words);
    }
}

/* A name of one word with a capital: where it stands, and the words outside that differ by case alone. */
typedef struct cased_name {
    const char *bytes;
    size_t n_bytes, n_outside;
    const nomen_checked *input; /* the first outside */
    size_t sentence, word;
} cased_name;

typedef struct case_names {
    nomen_hashes table;
    cased_name *items;
    size_t n, capacity;
    uint64_t key;
    uint64_t sieve[1 << 12]; /* of n, first and last letter: most words are none of these names */
    const char *bytes;       /* of what is asked for */
    size_t n_bytes;
} case_names;

enum { LONGEST_NAME = 32 };

static size_t sieve_bit(const char *word, size_t n) {
    return ((n & 31) << 13 ^ (size_t)(unsigned char)to_lower(word[0]) << 8 ^ (size_t)(unsigned char)to_lower(word[n - 1])) &
           ((1u << 18) - 1);
}

static uint32_t hash_lower(uint64_t key, const char *word, size_t n) {
    char lower[LONGEST_NAME];
    for (size_t i = 0; i < n; i++) { lower[i] = to_lower(word[i]); }
    return nomen_hashes_half(nomen_hashes_hash(key, lower, n));
}

static bool is_name(const void *user, size_t item) {
    const case_names *names = user;
    const cased_name *name = &names->items[item];
    if (name->n_bytes != names->n_bytes) { return false; }
    for (size_t i = 0; i < name->n_bytes; i++) {
        if (to_lower(name->bytes[i]) != to_lower(names->bytes[i])) { return false; }
    }
    return true;
}

static nomen_status add_name(case_names *names, const char *bytes, size_t n, nomen_error *err) {
    nomen_status status;
    bool capital = false;
    for (size_t i = 0; i < n; i++) { capital = capital || is_upper(bytes[i]); }
    if (!capital || n > LONGEST_NAME || memchr(bytes, ' ', n) != NULL) { return NOMEN_OK; }
    NOMEN_TRY(nomen_hashes_reserve(&names->table, err));
    names->bytes = bytes;
    names->n_bytes = n;
    uint32_t hash = hash_lower(names->key, bytes, n);
    nomen_hashes_slot *slot = nomen_hashes_find(&names->table, hash, is_name, names);
    if (slot->item > 0) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_RESERVE(names->items, names->capacity, names->n + 1, err));
    names->items[names->n++] = (cased_name){.bytes = bytes, .n_bytes = n};
    *slot = (nomen_hashes_slot){hash, (uint32_t)names->n};
    names->table.n++;
    names->sieve[sieve_bit(bytes, n) >> 6] |= UINT64_C(1) << (sieve_bit(bytes, n) & 63);
done:
    return status;
}

/* A sentence's first word has a capital whatever it is, so it is passed over. */
static void look_outside(case_names *names, const nomen_checked *c, size_t sentence) {
    const nomen_sentence *s = &c->set.sentences[sentence];
    const char *text = nomen_sentence_text(&c->set, sentence);
    for (size_t w = 1; w < s->n_words; w++) {
        nomen_span word = c->set.words[s->first_word + w];
        size_t n = word.end - word.start, bit = sieve_bit(text + word.start, n);
        if (!(names->sieve[bit >> 6] >> (bit & 63) & 1) || n > LONGEST_NAME) { continue; }
        if (c->facts[c->set.tags[s->first_word + w]].kind != NOMEN_TAG_OUTSIDE || is_upper(text[word.start])) { continue; }
        names->bytes = text + word.start;
        names->n_bytes = n;
        nomen_hashes_slot *slot = nomen_hashes_find(&names->table, hash_lower(names->key, names->bytes, n), is_name, names);
        if (slot->item == 0) { continue; }
        cased_name *name = &names->items[slot->item - 1];
        if (name->n_outside++ > 0) { continue; }
        name->input = c;
        name->sentence = sentence;
        name->word = w;
    }
}

static nomen_status look_at_names(nomen_checker *checker, nomen_error *err) {
    case_names *names = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(names, 1, err));
    names->key = checker->key;
    for (size_t i = 0; i < checker->n_names; i++) {
        const nomen_checked_name *seen = &checker->names[i];
        NOMEN_TRY(add_name(names, seen->bytes, seen->n_bytes, err));
    }
    for (size_t i = 0; names->n > 0 && i < checker->n_inputs; i++) {
        for (size_t s = 0; s < checker->inputs[i].set.n_sentences; s++) { look_outside(names, &checker->inputs[i], s); }
    }
    for (size_t i = 0; i < names->n; i++) {
        const cased_name *name = &names->items[i];
        if (name->n_outside == 0) { continue; }
        char seen[NOMEN_EXCERPT_SIZE];
        nomen_findings_add(&checker->findings, NOMEN_CHECK_CASE_ONLY, nomen_checked_path(name->input, name->sentence),
                           nomen_dataset_line(&name->input->set, name->sentence, name->word),
                           "'%s' is a name elsewhere, and in lower case not an entity here (%zu times)",
                           nomen_excerpt(seen, name->bytes, name->n_bytes), name->n_outside);
    }
done:
    if (names != NULL) {
        nomen_hashes_clear(&names->table);
        nomen_mem_free(names->items);
    }
    nomen_mem_free(names);
    return status;
}

nomen_status nomen_check_case(nomen_checker *checker, const nomen_tokenizer *tokenizer, nomen_error *err) {
    look_at_vocabulary(checker, tokenizer);
    if (nomen_tokenizer_get_lower_case(tokenizer)) { return look_at_names(checker, err); }
    look_at_capitals(checker);
    return NOMEN_OK;
}
