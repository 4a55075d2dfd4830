/*
 * Cutting a text at added tokens. The order of the rules is HF's: matches don't overlap, a match
 * that single_word refuses is passed over whole, and white space taken by lstrip and rstrip is not
 * withheld from the search for the next match.
 */
#include "base/utf8.h"
#include "text/unicode.h"
#include "token/added.h"

/* The flags of the character that ends before `end`, with its beginning in *start. */
static uint8_t flags_before(const char *text, size_t end, size_t *start) {
    /* A character is at most 4 bytes; take the longest that ends here, so ill-formed bytes work too. */
    uint32_t scalar = 0;
    for (size_t back = end < 4 ? end : 4; back > 0; back--) {
        *start = end - back;
        if (nomen_utf8_decode(text + *start, back, &scalar) == back) { break; }
    }
    return nomen_unicode_get(scalar)->flags;
}

static uint8_t flags_after(const nomen_text_parts *parts, size_t start, size_t *end) {
    uint32_t scalar;
    *end = start + nomen_utf8_decode(parts->text + start, parts->n_bytes - start, &scalar);
    return nomen_unicode_get(scalar)->flags;
}

static bool stands_alone(const nomen_text_parts *parts, size_t start, size_t end) {
    size_t ignored;
    if (start > 0 && (flags_before(parts->text, start, &ignored) & NOMEN_UNICODE_WORD)) { return false; }
    return end == parts->n_bytes || !(flags_after(parts, end, &ignored) & NOMEN_UNICODE_WORD);
}

/* The longest pattern that begins at `start`, or -1. */
static int32_t longest_at(const nomen_text_parts *parts, size_t start) {
    const nomen_matcher *matcher = parts->matcher;
    for (size_t i = 0; i < matcher->n_lengths; i++) {
        size_t length = matcher->lengths[i];
        if (length > parts->n_bytes - start) { continue; }
        int32_t token = nomen_strmap_get(&matcher->patterns, parts->text + start, length);
        if (token >= 0) { return token; }
    }
    return -1;
}

/* The next token that counts, with its white space, or false. */
static bool next_token(nomen_text_parts *parts, nomen_text_part *out) {
    const bool *starts = parts->matcher->starts;
    const unsigned char *text = (const unsigned char *)parts->text;
    while (parts->search < parts->n_bytes) {
        size_t start = parts->search;
        int32_t token = starts[text[start]] ? longest_at(parts, start) : -1;
        if (token < 0) {
            parts->search++;
            continue;
        }
        const nomen_added_token *found = &parts->added->tokens[token];
        size_t end = start + found->n_pattern, next;
        parts->search = end;
        if (parts->added->split_special && found->ever_special) { continue; }
        if (found->flags.single_word && !stands_alone(parts, start, end)) { continue; }
        if (found->flags.lstrip) {
            size_t before;
            while (start > parts->covered && (flags_before(parts->text, start, &before) & NOMEN_UNICODE_SPACE)) {
                start = before;
            }
            if (start < parts->covered) { start = parts->covered; }
        }
        if (found->flags.rstrip) {
            while (end < parts->n_bytes && (flags_after(parts, end, &next) & NOMEN_UNICODE_SPACE)) { end = next; }
        }
        /* lstrip can pass the token's end only where an earlier rstrip took the token itself. */
        if (start >= end) { continue; }
        *out = (nomen_text_part){start, end, token};
        return true;
    }
    return false;
}

bool nomen_text_parts_next(nomen_text_parts *parts, nomen_text_part *out) {
    if (parts->holds) {
        *out = parts->held;
        parts->holds = false;
        parts->covered = out->end;
        return true;
    }
    nomen_text_part token;
    size_t plain_end = parts->n_bytes;
    if (parts->matcher->n_lengths > 0 && next_token(parts, &token)) {
        if (token.start <= parts->covered) { /* below it only where an rstrip took the token's own white space */
            *out = token;
            parts->covered = token.end;
            return true;
        }
        parts->held = token;
        parts->holds = true;
        plain_end = token.start;
    }
    if (plain_end <= parts->covered) { return false; }
    *out = (nomen_text_part){parts->covered, plain_end, -1};
    parts->covered = plain_end;
    return true;
}
