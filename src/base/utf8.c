/* Decoding and encoding of UTF-8; see the header for how ill-formed bytes are read. */
#include "base/utf8.h"

#include <string.h>

/*
 * What may follow a lead byte: how many continuation bytes, and the range of the first of them,
 * which excludes overlong forms, surrogates and values past U+10FFFF (Unicode 15.0, table 3-7).
 */
typedef struct lead_form {
    size_t n_more; /* 0: this byte can't begin a character */
    unsigned char low, high;
} lead_form;

static lead_form form_of(unsigned char lead) {
    if (lead < 0xC2 || lead > 0xF4) { return (lead_form){0, 0, 0}; }
    if (lead < 0xE0) { return (lead_form){1, 0x80, 0xBF}; }
    if (lead < 0xF0) { return (lead_form){2, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF}; }
    return (lead_form){3, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF};
}

size_t nomen_utf8_decode(const char *text, size_t n_bytes, uint32_t *scalar) {
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        *scalar = s[0];
        return 1;
    }
    lead_form form = form_of(s[0]);
    *scalar = NOMEN_UTF8_REPLACEMENT;
    if (form.n_more == 0 || n_bytes < 2 || s[1] < form.low || s[1] > form.high) { return 1; }
    uint32_t value = (s[0] & (0x3Fu >> form.n_more)) << 6 | (s[1] & 0x3Fu);
    for (size_t i = 2; i <= form.n_more; i++) {
        if (i >= n_bytes || (s[i] & 0xC0) != 0x80) { return i; }
        value = value << 6 | (s[i] & 0x3Fu);
    }
    *scalar = value;
    return form.n_more + 1;
}

size_t nomen_utf8_encode(uint32_t scalar, char out[4]) {
    unsigned char *s = (unsigned char *)out;
    if (scalar < 0x80) {
        s[0] = (unsigned char)scalar;
        return 1;
    }
    if (scalar < 0x800) {
        s[0] = (unsigned char)(0xC0 | scalar >> 6);
        s[1] = (unsigned char)(0x80 | (scalar & 0x3F));
        return 2;
    }
    if (scalar < 0x10000) {
        s[0] = (unsigned char)(0xE0 | scalar >> 12);
        s[1] = (unsigned char)(0x80 | (scalar >> 6 & 0x3F));
        s[2] = (unsigned char)(0x80 | (scalar & 0x3F));
        return 3;
    }
    s[0] = (unsigned char)(0xF0 | scalar >> 18);
    s[1] = (unsigned char)(0x80 | (scalar >> 12 & 0x3F));
    s[2] = (unsigned char)(0x80 | (scalar >> 6 & 0x3F));
    s[3] = (unsigned char)(0x80 | (scalar & 0x3F));
    return 4;
}

size_t nomen_utf8_count(const char *text, size_t n_bytes) {
    size_t n = 0;
    uint32_t scalar;
    for (size_t i = 0; i < n_bytes; i += nomen_utf8_decode(text + i, n_bytes - i, &scalar)) { n++; }
    return n;
}

size_t nomen_utf8_length(const char *text, size_t n_bytes) {
    uint32_t scalar;
    size_t length = nomen_utf8_decode(text, n_bytes, &scalar);
    /* A true U+FFFD takes three bytes, EF BF BD; a maximal subpart of three bytes begins with F0 to F4. */
    bool is_replaced = scalar == NOMEN_UTF8_REPLACEMENT && !(length == 3 && (unsigned char)text[0] == 0xEF);
    return is_replaced ? 0 : length;
}

size_t nomen_utf8_valid_prefix(const char *text, size_t n_bytes, size_t *n_wide) {
    size_t i = 0;
    while (i < n_bytes) {
        uint64_t eight;
        if (n_bytes - i >= sizeof eight) {
            memcpy(&eight, text + i, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        size_t length = nomen_utf8_length(text + i, n_bytes - i);
        if (length == 0) { break; }
        *n_wide += length > 1;
        i += length;
    }
    return i;
}

bool nomen_utf8_is_valid(const char *text, size_t n_bytes) {
    size_t n_wide = 0;
    return nomen_utf8_valid_prefix(text, n_bytes, &n_wide) == n_bytes;
}
