/* The script of a word; see the header. Ranges are blocks of Unicode, where a script's letters mostly are. */
#include "check/scripts.h"

#include "base/utf8.h"
#include "text/unicode.h"

static const char *const names[NOMEN_N_SCRIPTS] = {"Latin",
                                                   "digits",
                                                   "punctuation",
                                                   "Greek",
                                                   "Cyrillic",
                                                   "Armenian",
                                                   "Hebrew",
                                                   "Arabic",
                                                   "Devanagari",
                                                   "Bengali",
                                                   "other Indic",
                                                   "Thai",
                                                   "Lao, Tibetan, Myanmar, Khmer",
                                                   "Georgian",
                                                   "Ethiopic",
                                                   "Hangul",
                                                   "Kana",
                                                   "Han",
                                                   "emoji and symbols",
                                                   "private use",
                                                   "controls",
                                                   "other"};

/* In order; `script` is a place in `names`. */
static const struct {
    uint32_t first, last;
    size_t script;
} ranges[] = {{0x00C0, 0x024F, 0},  {0x0250, 0x02AF, 0},    {0x0370, 0x03FF, 3},    {0x0400, 0x052F, 4},    {0x0530, 0x058F, 5},
              {0x0590, 0x05FF, 6},  {0x0600, 0x077F, 7},    {0x08A0, 0x08FF, 7},    {0x0900, 0x097F, 8},    {0x0980, 0x09FF, 9},
              {0x0A00, 0x0DFF, 10}, {0x0E00, 0x0E7F, 11},   {0x0E80, 0x109F, 12},   {0x10A0, 0x10FF, 13},   {0x1100, 0x11FF, 15},
              {0x1200, 0x139F, 14}, {0x1780, 0x17FF, 12},   {0x1E00, 0x1EFF, 0},    {0x1F00, 0x1FFF, 3},    {0x2190, 0x27BF, 18},
              {0x2C60, 0x2C7F, 0},  {0x2DE0, 0x2DFF, 4},    {0x3040, 0x30FF, 16},   {0x3130, 0x318F, 15},   {0x31F0, 0x31FF, 16},
              {0x3400, 0x9FFF, 17}, {0xA640, 0xA69F, 4},    {0xA720, 0xA7FF, 0},    {0xAC00, 0xD7FF, 15},   {0xE000, 0xF8FF, 19},
              {0xF900, 0xFAFF, 17}, {0xFB1D, 0xFB4F, 6},    {0xFB50, 0xFDFF, 7},    {0xFE70, 0xFEFE, 7},    {0xFF21, 0xFF5A, 0},
              {0xFF66, 0xFF9F, 16}, {0x1F000, 0x1FAFF, 18}, {0x20000, 0x323AF, 17}, {0xF0000, 0x10FFFF, 19}};

static size_t script_of_letter(uint32_t c) {
    size_t low = 0, high = sizeof ranges / sizeof *ranges;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < c) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < sizeof ranges / sizeof *ranges && ranges[low].first <= c ? ranges[low].script : NOMEN_N_SCRIPTS - 1;
}

size_t nomen_script_of(const char *word, size_t n_bytes) {
    size_t fallback = NOMEN_N_SCRIPTS - 2;
    for (size_t i = 0; i < n_bytes;) {
        unsigned char byte = (unsigned char)word[i];
        if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') { return NOMEN_SCRIPT_LATIN; }
        if (byte >= '0' && byte <= '9') {
            fallback = NOMEN_SCRIPT_DIGITS;
            i++;
            continue;
        }
        uint32_t c;
        i += nomen_utf8_decode(word + i, n_bytes - i, &c);
        unsigned flags = nomen_unicode_get(c)->flags;
        if (flags & NOMEN_UNICODE_PUNCTUATION) {
            if (fallback != NOMEN_SCRIPT_DIGITS) { fallback = NOMEN_SCRIPT_MARKS; }
        } else if (!(flags & (NOMEN_UNICODE_REMOVED | NOMEN_UNICODE_SPACE | NOMEN_UNICODE_MARK))) {
            return script_of_letter(c);
        }
    }
    return fallback;
}

const char *nomen_script_name(size_t script) {
    return names[script];
}
