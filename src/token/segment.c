/*
 * Where encoding can restart. The steps that could reach across a place are these:
 *
 *   - the pre-tokenizer, unless a word begins or ends there: so there is white space after it, a punctuation
 *     mark or an ideograph;
 *   - the normalizer, which puts marks in order up to the next character that is none: these are none;
 *   - added tokens: one that stands across the place, looks at the character next to it (single_word), or takes
 *     white space from both sides (lstrip, rstrip). The white space after a place is therefore the whole of it,
 *     and where a token that matters touches the place, another is taken.
 */
#include "token/segment.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "text/unicode.h"
#include "token/internal.h"

/* Places remembered of each kind, the last ones. */
enum { PLACES = 32 };

/* Bytes beyond what is needed that may be looked through for white space. */
enum { FAR = 4096 };

typedef struct places {
    size_t at[PLACES];
    size_t n; /* ever seen; the last PLACES are kept */
} places;

typedef struct segment_search {
    const nomen_tokenizer *tokenizer;
    const char *text;
    size_t start, n_bytes;
    places spaces, others; /* before white space; before a mark or an ideograph */
    nomen_segmenter *work;
    nomen_error *err;
} segment_search;

void nomen_segmenter_clear(nomen_segmenter *segmenter) {
    nomen_normal_text_clear(&segmenter->normal);
    nomen_mem_free(segmenter->bytes);
    *segmenter = (nomen_segmenter){0};
}

/* Whether a token of the set stands in bytes[0, n) such that a boundary at `at`, before white space or not, matters. */
static bool is_touched(const nomen_added *added, const nomen_matcher *matcher, const char *bytes, size_t n, size_t at,
                       bool before_space) {
    size_t margin = before_space ? 0 : 1; /* normalising puts a space beside an ideograph */
    size_t longest = matcher->lengths[0] + margin;
    size_t last = at + margin < n ? at + margin + 1 : n;
    for (size_t start = at > longest ? at - longest : 0; start < last; start++) {
        if (!matcher->starts[(unsigned char)bytes[start]]) { continue; }
        for (size_t i = 0; i < matcher->n_lengths; i++) {
            size_t length = matcher->lengths[i], end = start + length;
            if (length > n - start || end + margin < at) { continue; }
            int32_t token = nomen_strmap_get(&matcher->patterns, bytes + start, length);
            if (token < 0) { continue; }
            if (!before_space || end > at || added->tokens[token].flags.rstrip) { return true; }
        }
    }
    return false;
}

/* Appends the normal form of text[from, to) to the work bytes; *n_bytes counts them. */
static nomen_status normalise(segment_search *s, size_t from, size_t to, size_t *n_bytes) {
    nomen_normal_text *normal = &s->work->normal;
    nomen_status status;
    normal->n_chars = 0;
    NOMEN_TRY(nomen_normalize(&s->tokenizer->normalizer, s->text, from, to, normal, s->err));
    NOMEN_TRY(NOMEN_RESERVE(s->work->bytes, s->work->capacity, *n_bytes + 4 * normal->n_chars, s->err));
    for (size_t i = 0; i < normal->n_chars; i++) {
        *n_bytes += nomen_utf8_encode(normal->chars[i].scalar, s->work->bytes + *n_bytes);
    }
done:
    return status;
}

/* Where to begin normalising before `at`: some place before white space that is far enough, or the start. */
static size_t begin_before(const segment_search *s, size_t at, size_t distance) {
    for (size_t k = 1; k <= s->spaces.n && k <= PLACES; k++) {
        size_t place = s->spaces.at[(s->spaces.n - k) % PLACES];
        if (place < at && at - place >= distance) { return place; }
    }
    return s->start;
}

/* Where to end after `at`: at white space, or the text's end; SIZE_MAX where that is too far. */
static size_t end_behind(const segment_search *s, size_t at, size_t distance) {
    for (size_t i = at; i < s->n_bytes;) {
        uint32_t scalar;
        size_t length = nomen_utf8_decode(s->text + i, s->n_bytes - i, &scalar);
        if (i - at >= distance && (nomen_unicode_get(scalar)->flags & NOMEN_UNICODE_SPACE)) { return i; }
        if (i - at >= distance + FAR) { return SIZE_MAX; }
        i += length;
    }
    return s->n_bytes;
}

/* The same question of tokens that are looked for in normalised text: of so much of it as they can reach. */
static nomen_status is_touched_normal(segment_search *s, size_t at, bool before_space, bool *touched) {
    const nomen_matcher *matcher = &s->tokenizer->added.normal;
    size_t needed = matcher->lengths[0] + 2, before = 0, all;
    size_t from = begin_before(s, at, 4 * needed + 64), to = end_behind(s, at, 4 * needed + 64);
    nomen_status status = NOMEN_OK;
    *touched = true;
    if (to == SIZE_MAX) { return status; }
    NOMEN_TRY(normalise(s, from, at, &before));
    if (before < needed && from > s->start) {
        before = 0;
        NOMEN_TRY(normalise(s, s->start, at, &before));
    }
    all = before;
    NOMEN_TRY(normalise(s, at, to, &all));
    if (all - before < needed && to < s->n_bytes) { return status; }
    *touched = is_touched(&s->tokenizer->added, matcher, s->work->bytes, all, before, before_space);
done:
    return status;
}

static nomen_status is_safe(segment_search *s, size_t at, bool before_space, bool *safe) {
    const nomen_added *added = &s->tokenizer->added;
    bool touched = added->raw.n_lengths > 0 &&
                   is_touched(added, &added->raw, s->text + s->start, s->n_bytes - s->start, at - s->start, before_space);
    nomen_status status = NOMEN_OK;
    if (!touched && added->normal.n_lengths > 0) { status = is_touched_normal(s, at, before_space, &touched); }
    *safe = !touched;
    return status;
}

/* The last safe place of a kind, in *cut; it stays as it is where there is none. */
static nomen_status choose(segment_search *s, const places *p, bool before_space, size_t *cut) {
    bool safe = false;
    nomen_status status = NOMEN_OK;
    for (size_t k = 1; status == NOMEN_OK && !safe && k <= p->n && k <= PLACES; k++) {
        size_t at = p->at[(p->n - k) % PLACES];
        status = is_safe(s, at, before_space, &safe);
        if (safe) { *cut = at; }
    }
    return status;
}

/* A character's flags; MARK also where it would be stripped because it is made of marks. */
static unsigned flags_of(uint32_t scalar) {
    unsigned flags = nomen_unicode_get(scalar)->flags;
    nomen_unicode_mapping parts = {.n = 0};
    if (flags & NOMEN_UNICODE_DECOMPOSES) { parts = nomen_unicode_decomposition(scalar); }
    return parts.n > 0 ? flags | (nomen_unicode_get(parts.values[0])->flags & NOMEN_UNICODE_MARK) : flags;
}

/* Which list a place between two characters belongs to, or NULL. */
static places *kind_of(segment_search *s, unsigned before, uint32_t scalar) {
    const nomen_unicode_property *property = nomen_unicode_get(scalar);
    unsigned flags = property->flags;
    /* What is removed, or stripped, may leave white space as the last that stands before the place. */
    if (before & (NOMEN_UNICODE_SPACE | NOMEN_UNICODE_REMOVED | NOMEN_UNICODE_MARK)) { return NULL; }
    if ((flags & NOMEN_UNICODE_REMOVED) || property->combining_class != 0) { return NULL; }
    if (flags & NOMEN_UNICODE_SPACE) { return before & NOMEN_UNICODE_IDEOGRAPH ? NULL : &s->spaces; }
    bool apart = (flags & NOMEN_UNICODE_IDEOGRAPH) && s->tokenizer->normalizer.handle_chinese_chars;
    bool mark = (flags & NOMEN_UNICODE_PUNCTUATION) && !(flags & NOMEN_UNICODE_DECOMPOSES);
    return apart || mark ? &s->others : NULL;
}

nomen_status nomen_segment_cut(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes, size_t start, size_t wanted,
                               nomen_segmenter *segmenter, size_t *cut, nomen_error *err) {
    segment_search s = {.tokenizer = tokenizer, .text = text, .start = start, .n_bytes = n_bytes, .work = segmenter, .err = err};
    unsigned before = NOMEN_UNICODE_SPACE; /* nothing is cut off in front of the first character */
    bool late = false;                     /* past what was wanted: the first place that comes is taken */
    nomen_status status = NOMEN_OK;
    *cut = n_bytes;
    if (n_bytes - start <= wanted) { return NOMEN_OK; }
    for (size_t i = start; i < n_bytes;) {
        uint32_t scalar;
        size_t length = nomen_utf8_decode(text + i, n_bytes - i, &scalar);
        places *list = kind_of(&s, before, scalar);
        if (list != NULL) {
            bool safe = false;
            if (late) { NOMEN_TRY(is_safe(&s, i, list == &s.spaces, &safe)); }
            if (safe) {
                *cut = i;
                return NOMEN_OK;
            }
            list->at[list->n++ % PLACES] = i;
        }
        if (!late && i + length - start > wanted) {
            late = true;
            NOMEN_TRY(choose(&s, &s.spaces, true, cut));
            if (*cut == n_bytes) { NOMEN_TRY(choose(&s, &s.others, false, cut)); }
            if (*cut < n_bytes) { return NOMEN_OK; }
        }
        before = flags_of(scalar);
        i += length;
    }
done:
    return status;
}
