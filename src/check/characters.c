/*
 * Characters that should not stand in a text: controls, white space inside a word, what can't be seen, what an earlier
 * conversion lost or decoded twice. Nearly every sentence is plain ASCII, which is seen eight bytes at a time.
 */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "check/checker.h"
#include "data/excerpt.h"
#include "text/unicode.h"

/* Whether a byte is not from U+0020 to U+007E. */
static bool has_odd_byte(const char *bytes, size_t n) {
    static const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    size_t i = 0;
    for (uint64_t eight; n - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, bytes + i, sizeof eight);
        uint64_t below = (eight - ones * 0x20) & ~eight, above = eight + ones; /* 0x7F becomes 0x80 */
        if (((below | above | eight) & highs) != 0) { return true; }
    }
    for (; i < n; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < 0x20 || byte > 0x7E) { return true; }
    }
    return false;
}

/* The byte that cp1252 (or latin-1) writes as this character, if it is above 0x7F; else 0. */
static unsigned cp1252_byte(uint32_t c) {
    static const uint16_t high[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                      0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    if (c >= 0x80 && c <= 0xFF) { return c; }
    for (unsigned i = 0; c > 0xFF && i < 32; i++) {
        if (high[i] == c) { return 0x80 + i; }
    }
    return 0;
}

/*
 * Bytes of what was one character before UTF-8 was read as cp1252, at bytes[0]; 0 where it is not so. Two-byte
 * characters of Latin-1, typographic signs, emoji and a byte-order mark are known; other three-byte ones would
 * also fit what is right, such as an accent, a no-break space and a French quote.
 */
static size_t twice_decoded(const char *bytes, size_t n_bytes, uint32_t lead) {
    unsigned second_low = 0x80, second_high = 0xBF, n = 0;
    switch (lead) {
    case 0xC2:
    case 0xC3: n = 1; break;
    case 0xE2: n = 2, second_high = 0x84; break;
    case 0xEF: n = 2, second_low = 0xBB; break;
    case 0xF0: n = 3, second_low = second_high = 0x9F; break;
    default: return 0;
    }
    size_t at = nomen_utf8_encode(lead, (char[4]){0});
    for (unsigned i = 0; i < n; i++) {
        uint32_t scalar;
        if (at >= n_bytes) { return 0; }
        at += nomen_utf8_decode(bytes + at, n_bytes - at, &scalar);
        unsigned byte = cp1252_byte(scalar);
        if (byte < (i == 0 ? second_low : 0x80) || byte > (i == 0 ? second_high : 0xBF)) { return 0; }
    }
    return at;
}

/* Tells what a character is: once a kind and word. */
typedef struct scan {
    nomen_checker *checker;
    nomen_checked *input;
    size_t sentence, word; /* the word at or after the character */
    bool told[NOMEN_CHECK_N_KINDS];
    size_t told_word;
} scan;

static void report(scan *x, nomen_check_kind kind, uint32_t scalar, const char *what) {
    const nomen_dataset *set = &x->input->set;
    const nomen_sentence *s = &set->sentences[x->sentence];
    if (x->told_word != x->word) { memset(x->told, 0, sizeof x->told); }
    x->told_word = x->word;
    if (x->told[kind]) { return; }
    x->told[kind] = true;
    char seen[NOMEN_EXCERPT_SIZE];
    const char *text = nomen_sentence_text(set, x->sentence);
    nomen_span span = {0, s->text_size};
    if (x->word < s->n_words) { span = set->words[s->first_word + x->word]; }
    nomen_findings_add(&x->checker->findings, kind, nomen_checked_path(x->input, x->sentence),
                       nomen_dataset_line(set, x->sentence, x->word < s->n_words ? x->word : 0), "%s (U+%04X) %s '%s'", what,
                       (unsigned)scalar, x->word < s->n_words ? "in" : "after the words of",
                       nomen_excerpt(seen, text + span.start, span.end - span.start));
}

static bool is_hidden(uint32_t c) {
    return c == 0xFEFF || c == 0xAD || c == 0x200B || c == 0x2060;
}

/* Looks at one character, and returns its length. `inside` is whether it stands in a word that the file itself cut. */
static size_t look(scan *x, const char *at, size_t left, bool inside) {
    uint32_t scalar;
    size_t length = nomen_utf8_decode(at, left, &scalar), twice = twice_decoded(at, left, scalar);
    if (twice > 0) {
        char seen[NOMEN_EXCERPT_SIZE], what[NOMEN_EXCERPT_SIZE + 2];
        snprintf(what, sizeof what, "'%s'", nomen_excerpt(seen, at, twice));
        report(x, NOMEN_CHECK_MOJIBAKE, scalar, what);
        return twice;
    }
    bool control = scalar < 0x20 || (scalar >= 0x7F && scalar < 0xA0);
    bool spaces = scalar == '\t' || scalar == '\n' || scalar == '\r';
    if (control && !(spaces && !inside)) { report(x, NOMEN_CHECK_CONTROL, scalar, "a control character"); }
    if (inside && (nomen_unicode_get(scalar)->flags & NOMEN_UNICODE_SPACE)) {
        report(x, NOMEN_CHECK_WHITE_SPACE, scalar, "white space");
    }
    if (scalar == NOMEN_UTF8_REPLACEMENT) { report(x, NOMEN_CHECK_REPLACEMENT, scalar, "a replacement character"); }
    if (is_hidden(scalar)) { report(x, NOMEN_CHECK_HIDDEN, scalar, "an invisible character"); }
    return length;
}

void nomen_check_characters(nomen_checker *checker, nomen_checked *c, size_t sentence) {
    const nomen_dataset *set = &c->set;
    const nomen_sentence *s = &set->sentences[sentence];
    const char *text = nomen_sentence_text(set, sentence);
    if (s->text_size == 0 || !has_odd_byte(text, s->text_size)) { return; }
    scan x = {.checker = checker, .input = c, .sentence = sentence, .told_word = SIZE_MAX};
    const nomen_span *words = set->words + s->first_word;
    for (size_t at = 0; at < s->text_size;) {
        while (x.word < s->n_words && words[x.word].end <= at) { x.word++; }
        if (text[at] >= 0x20 && text[at] < 0x7F) {
            at++;
            continue;
        }
        bool inside = set->unit == NOMEN_WORDS_AUTO && x.word < s->n_words && words[x.word].start <= at;
        at += look(&x, text + at, s->text_size - at, inside);
    }
}
