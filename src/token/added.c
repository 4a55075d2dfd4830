/* The list of added tokens, and the sets of patterns built from it. */
#include "token/added.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

static void matcher_clear(nomen_matcher *matcher) {
    nomen_strmap_clear(&matcher->patterns);
    nomen_mem_free(matcher->lengths);
    *matcher = (nomen_matcher){0};
}

void nomen_added_clear(nomen_added *added) {
    matcher_clear(&added->raw);
    matcher_clear(&added->normal);
    for (size_t i = 0; i < added->n; i++) {
        nomen_mem_free(added->tokens[i].content);
        nomen_mem_free(added->tokens[i].pattern);
    }
    nomen_mem_free(added->tokens);
    *added = (nomen_added){0};
}

int32_t nomen_added_find(const nomen_added *added, const char *content, size_t n_bytes) {
    for (size_t i = 0; i < added->n; i++) {
        if (added->tokens[i].n_content == n_bytes && memcmp(added->tokens[i].content, content, n_bytes) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

nomen_status nomen_added_add(nomen_added *added, const char *content, size_t n_bytes, int32_t id, nomen_added_flags flags,
                             nomen_error *err) {
    int32_t known = nomen_added_find(added, content, n_bytes);
    if (known >= 0) {
        added->tokens[known].flags = flags;
        added->tokens[known].ever_special |= flags.special;
        return NOMEN_OK;
    }
    nomen_status status = NOMEN_RESERVE(added->tokens, added->capacity, added->n + 1, err);
    if (status != NOMEN_OK) { return status; }
    char *copy = nomen_mem_copy(content, n_bytes);
    if (copy == NULL) { return nomen_error_memory(err, n_bytes + 1, 1); }
    added->tokens[added->n++] =
        (nomen_added_token){.content = copy, .n_content = n_bytes, .id = id, .flags = flags, .ever_special = flags.special};
    return NOMEN_OK;
}

/* The pattern of a token: its content, or the normal form of it. */
static nomen_status set_pattern(nomen_added_token *token, const nomen_normalizer *normalizer, nomen_error *err) {
    nomen_normal_text normal = {0};
    char *pattern = NULL;
    size_t n = token->n_content;
    nomen_status status = NOMEN_OK;
    if (token->flags.normalized) {
        NOMEN_TRY(nomen_normalize(normalizer, token->content, 0, token->n_content, &normal, err));
        NOMEN_TRY(NOMEN_NEW(pattern, 4 * normal.n_chars + 1, err));
        n = 0;
        for (size_t i = 0; i < normal.n_chars; i++) { n += nomen_utf8_encode(normal.chars[i].scalar, pattern + n); }
    } else if ((pattern = nomen_mem_copy(token->content, n)) == NULL) {
        status = nomen_error_memory(err, n + 1, 1);
        goto done;
    }
    nomen_mem_free(token->pattern);
    token->pattern = pattern;
    token->n_pattern = n;
done:
    nomen_normal_text_clear(&normal);
    return status;
}

/* Puts a length into the falling list, unless it is there. */
static nomen_status note_length(nomen_matcher *matcher, size_t *capacity, size_t length, nomen_error *err) {
    size_t at = 0;
    while (at < matcher->n_lengths && matcher->lengths[at] > length) { at++; }
    if (at < matcher->n_lengths && matcher->lengths[at] == length) { return NOMEN_OK; }
    nomen_status status = NOMEN_RESERVE(matcher->lengths, *capacity, matcher->n_lengths + 1, err);
    if (status != NOMEN_OK) { return status; }
    memmove(matcher->lengths + at + 1, matcher->lengths + at, (matcher->n_lengths - at) * sizeof *matcher->lengths);
    matcher->lengths[at] = length;
    matcher->n_lengths++;
    return NOMEN_OK;
}

static nomen_status matcher_create(const nomen_added *added, bool normalized, const char *name, nomen_matcher *out,
                                   nomen_error *err) {
    nomen_matcher matcher = {0};
    size_t capacity = 0;
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(nomen_strmap_create(added->n, &matcher.patterns, err));
    for (size_t i = 0; i < added->n; i++) {
        const nomen_added_token *token = &added->tokens[i];
        if (token->flags.normalized != normalized) { continue; }
        if (token->n_pattern == 0) {
            status = nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                     "%s: the added token \"%.80s\" is empty after normalisation, so it would match everywhere; "
                                     "give it \"normalized\": false or remove it",
                                     name, token->content);
            goto done;
        }
        int32_t twin = nomen_strmap_add(&matcher.patterns, token->pattern, token->n_pattern, (int32_t)i);
        if (twin >= 0) {
            status = nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                     "%s: the added tokens \"%.80s\" and \"%.80s\" are the same after normalisation, so it is "
                                     "undefined which one matches; give one \"normalized\": false",
                                     name, added->tokens[twin].content, token->content);
            goto done;
        }
        matcher.starts[(unsigned char)token->pattern[0]] = true;
        NOMEN_TRY(note_length(&matcher, &capacity, token->n_pattern, err));
    }
    *out = matcher;
    return NOMEN_OK;
done:
    matcher_clear(&matcher);
    return status;
}

nomen_status nomen_added_finish(nomen_added *added, const nomen_normalizer *normalizer, const char *name, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < added->n; i++) { NOMEN_TRY(set_pattern(&added->tokens[i], normalizer, err)); }
    matcher_clear(&added->raw);
    matcher_clear(&added->normal);
    NOMEN_TRY(matcher_create(added, false, name, &added->raw, err));
    NOMEN_TRY(matcher_create(added, true, name, &added->normal, err));
done:
    return status;
}
