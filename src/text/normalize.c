/*
 * The normalizer as one pass. Only canonical reordering looks past a character: marks wait in a run
 * until the next starter, then leave in the order of their classes.
 *
 * Offsets under reordering follow the reference: it does not move a place with its character. The
 * i-th sorted character that began a character before decomposition takes the i-th place of the run,
 * and a character that did not takes the place used last.
 */
#include "text/normalize.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/unicode.h"

void nomen_normal_text_clear(nomen_normal_text *text) {
    nomen_mem_free(text->chars);
    nomen_mem_free(text->run);
    nomen_mem_free(text->spare);
    nomen_mem_free(text->places);
    *text = (nomen_normal_text){0};
}

static nomen_status append(nomen_normal_text *out, uint32_t scalar, nomen_waiting_place place, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(out->chars, out->capacity, out->n_chars + 1, err);
    if (status != NOMEN_OK) { return status; }
    out->chars[out->n_chars++] = (nomen_normal_char){scalar, place.start, place.end};
    return NOMEN_OK;
}

/* The last step: lower case, then into the result. */
static nomen_status lower_and_append(const nomen_normalizer *normalizer, nomen_normal_text *out, uint32_t scalar,
                                     nomen_waiting_place place, nomen_error *err) {
    if (!normalizer->lowercase || !(nomen_unicode_get(scalar)->flags & NOMEN_UNICODE_LOWERS)) {
        return append(out, scalar, place, err);
    }
    nomen_unicode_mapping lower = nomen_unicode_lower(scalar);
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < lower.n; i++) { status = append(out, lower.values[i], place, err); }
    return status;
}

/* Sorts the run by class, equal classes in their order: merges of doubled width, so long runs stay cheap. */
static nomen_status sort_run(nomen_normal_text *out, nomen_error *err) {
    size_t n = out->n_run;
    bool sorted = true;
    for (size_t i = 1; i < n; i++) { sorted &= out->run[i - 1].combining_class <= out->run[i].combining_class; }
    if (sorted) { return NOMEN_OK; }
    nomen_status status = NOMEN_RESERVE(out->spare, out->spare_capacity, n, err);
    if (status != NOMEN_OK) { return status; }
    nomen_waiting_char *from = out->run, *to = out->spare;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t a = start, middle = start + width < n ? start + width : n;
            size_t b = middle, end = middle + width < n ? middle + width : n;
            for (size_t k = start; k < end; k++) {
                bool left = a < middle && (b == end || from[a].combining_class <= from[b].combining_class);
                to[k] = left ? from[a++] : from[b++];
            }
        }
        nomen_waiting_char *swap = from;
        from = to;
        to = swap;
    }
    if (from != out->run) { memcpy(out->run, from, n * sizeof *from); }
    return NOMEN_OK;
}

/* Sends a decomposed character on, unless it is an accent to strip. */
static nomen_status leave(const nomen_normalizer *normalizer, nomen_normal_text *out, uint32_t scalar, nomen_error *err) {
    if (nomen_unicode_get(scalar)->flags & NOMEN_UNICODE_MARK) { return NOMEN_OK; }
    return lower_and_append(normalizer, out, scalar, out->last_place, err);
}

static nomen_status flush_run(const nomen_normalizer *normalizer, nomen_normal_text *out, nomen_error *err) {
    nomen_status status = sort_run(out, err);
    size_t used = 0;
    for (size_t i = 0; status == NOMEN_OK && i < out->n_run; i++) {
        if (out->run[i].first) { out->last_place = out->places[used++]; }
        status = leave(normalizer, out, out->run[i].scalar, err);
    }
    out->n_run = out->n_places = 0;
    return status;
}

/* A part of a decomposition: a starter ends the run and goes on at once, a mark joins the run. */
static nomen_status arrange(const nomen_normalizer *normalizer, nomen_normal_text *out, uint32_t scalar, bool first,
                            nomen_waiting_place place, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    uint8_t combining_class = nomen_unicode_get(scalar)->combining_class;
    if (combining_class == 0) {
        if (out->n_run > 0) { NOMEN_TRY(flush_run(normalizer, out, err)); }
        if (first) { out->last_place = place; }
        return leave(normalizer, out, scalar, err);
    }
    NOMEN_TRY(NOMEN_RESERVE(out->run, out->run_capacity, out->n_run + 1, err));
    if (first) {
        NOMEN_TRY(NOMEN_RESERVE(out->places, out->places_capacity, out->n_places + 1, err));
        out->places[out->n_places++] = place;
    }
    out->run[out->n_run++] = (nomen_waiting_char){scalar, combining_class, first};
done:
    return status;
}

static nomen_status arrange_hangul(const nomen_normalizer *normalizer, nomen_normal_text *out, uint32_t scalar,
                                   nomen_waiting_place place, nomen_error *err) {
    uint32_t index = scalar - 0xAC00; /* 19 leading consonants, 21 vowels, 27 trailing consonants or none */
    nomen_status status = arrange(normalizer, out, 0x1100 + index / 588, true, place, err);
    if (status == NOMEN_OK) { status = arrange(normalizer, out, 0x1161 + index % 588 / 28, false, place, err); }
    if (status == NOMEN_OK && index % 28 != 0) { status = arrange(normalizer, out, 0x11A7 + index % 28, false, place, err); }
    return status;
}

/* Strips accents by decomposing (when asked to), then lower-cases. */
static nomen_status decompose(const nomen_normalizer *normalizer, nomen_normal_text *out, uint32_t scalar,
                              nomen_waiting_place place, nomen_error *err) {
    if (!normalizer->strip_accents) { return lower_and_append(normalizer, out, scalar, place, err); }
    if (!(nomen_unicode_get(scalar)->flags & NOMEN_UNICODE_DECOMPOSES)) {
        return arrange(normalizer, out, scalar, true, place, err);
    }
    if (scalar >= 0xAC00 && scalar <= 0xD7A3) { return arrange_hangul(normalizer, out, scalar, place, err); }
    nomen_unicode_mapping parts = nomen_unicode_decomposition(scalar);
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < parts.n; i++) {
        status = arrange(normalizer, out, parts.values[i], i == 0, place, err);
    }
    return status;
}

nomen_status nomen_normalize(const nomen_normalizer *normalizer, const char *text, size_t start, size_t end,
                             nomen_normal_text *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    out->n_run = out->n_places = 0;
    for (size_t byte = start; byte < end;) {
        uint32_t scalar;
        size_t length = nomen_utf8_decode(text + byte, end - byte, &scalar);
        nomen_waiting_place place = {byte, byte + length};
        byte += length;
        uint8_t flags = nomen_unicode_get(scalar)->flags;
        if (normalizer->clean_text) {
            if (flags & NOMEN_UNICODE_REMOVED) { continue; }
            if (flags & NOMEN_UNICODE_SPACE) { scalar = ' '; }
        }
        bool apart = normalizer->handle_chinese_chars && (flags & NOMEN_UNICODE_IDEOGRAPH);
        if (apart) { NOMEN_TRY(decompose(normalizer, out, ' ', place, err)); }
        NOMEN_TRY(decompose(normalizer, out, scalar, place, err));
        if (apart) { NOMEN_TRY(decompose(normalizer, out, ' ', place, err)); }
    }
    if (out->n_run > 0) { status = flush_run(normalizer, out, err); }
done:
    return status;
}
