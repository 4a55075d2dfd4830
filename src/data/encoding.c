/*
 * Bytes to UTF-8. A file that is nearly all UTF-8 with a few damaged bytes is refused and not read
 * as cp1252, which would turn every accent of it into two other characters.
 */
#include "data/encoding.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/known.h"

/* Code points of cp1252's bytes 0x80 to 0x9F (Unicode's CP1252.TXT); 0 where it has none. */
static const uint16_t cp1252_high[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                         0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                         0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

size_t nomen_data_line(const char *bytes, size_t at) {
    size_t line = 1;
    for (size_t i = 0; i < at; i++) { line += bytes[i] == '\n' || (bytes[i] == '\r' && bytes[i + 1] != '\n'); }
    return line;
}

/* Makes room for a conversion in which `n` units become at most `each` bytes. */
static nomen_status reserve(nomen_buffer *out, size_t n, size_t each, const char *name, nomen_error *err) {
    size_t n_bytes;
    nomen_status status = nomen_mem_product(n, each, name, &n_bytes, err);
    return status == NOMEN_OK ? NOMEN_RESERVE(out->data, out->capacity, n_bytes + 1, err) : status;
}

/* A one-byte encoding: `cp1252`, or latin-1, whose bytes are code points. `guessed` refuses controls. */
static nomen_status from_one_byte(const char *bytes, size_t n_bytes, const char *name, bool cp1252, bool guessed,
                                  nomen_buffer *out, nomen_error *err) {
    size_t n_high = 0; /* most files have few: three bytes at most for each, one for the rest */
    for (size_t i = 0; i < n_bytes; i++) { n_high += (unsigned char)bytes[i] >= 0x80; }
    nomen_status status = reserve(out, n_high, 2, name, err);
    if (status == NOMEN_OK) { status = NOMEN_RESERVE(out->data, out->capacity, n_high * 2 + n_bytes + 4, err); }
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < n_bytes; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        uint32_t c = byte;
        if (byte >= ' ' && byte < 0x80) { /* nearly all of them */
            out->data[out->size++] = bytes[i];
            continue;
        }
        if (cp1252 && byte >= 0x80 && byte <= 0x9F) {
            c = cp1252_high[byte - 0x80];
            if (c == 0) {
                return nomen_error_set_remedy(
                    err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_ENCODING,
                    "%s:%zu: byte 0x%02X is neither UTF-8 nor cp1252; convert the file to UTF-8, or state the encoding latin-1",
                    name, nomen_data_line(bytes, i), byte);
            }
        }
        if (guessed && byte < 0x20 && (byte < '\t' || byte > '\r')) {
            return nomen_error_set_remedy(
                err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_ENCODING,
                "%s:%zu: not text: not UTF-8, and byte 0x%02X is a control character; give a text file, or state its encoding",
                name, nomen_data_line(bytes, i), byte);
        }
        out->size += nomen_utf8_encode(c, out->data + out->size);
    }
    out->data[out->size] = '\0';
    return NOMEN_OK;
}

/* The 16-bit unit at p. */
static uint32_t unit(const char *p, bool big) {
    uint32_t a = (unsigned char)p[0], b = (unsigned char)p[1];
    return big ? a << 8 | b : b << 8 | a;
}

static nomen_status from_utf16(const char *bytes, size_t n_bytes, const char *name, bool big, nomen_buffer *out,
                               nomen_error *err) {
    nomen_status status = reserve(out, n_bytes / 2 + 1, 3, name, err);
    if (status != NOMEN_OK) { return status; }
    size_t i = 0;
    while (i + 1 < n_bytes) {
        uint32_t c = unit(bytes + i, big);
        size_t n_units = 1;
        if (c >= 0xD800 && c <= 0xDFFF) {
            uint32_t second = i + 3 < n_bytes ? unit(bytes + i + 2, big) : 0;
            if (c >= 0xDC00 || second < 0xDC00 || second > 0xDFFF) { break; }
            c = 0x10000 + ((c - 0xD800) << 10) + (second - 0xDC00);
            n_units = 2;
        }
        i += 2 * n_units;
        out->size += nomen_utf8_encode(c, out->data + out->size);
    }
    out->data[out->size] = '\0';
    if (i != n_bytes) {
        return nomen_error_set(
            err, NOMEN_ERROR_FORMAT,
            "%s:%zu: the byte-order mark says UTF-16, but there is half a surrogate pair here; save the file as UTF-8", name,
            nomen_data_line(out->data, out->size));
    }
    return NOMEN_OK;
}

static bool starts_with(const char *bytes, size_t n_bytes, const char *mark, size_t n_mark) {
    return n_bytes >= n_mark && memcmp(bytes, mark, n_mark) == 0;
}

static bool is_utf32(const char *bytes, size_t n_bytes) {
    return starts_with(bytes, n_bytes, "\xff\xfe\0\0", 4) || starts_with(bytes, n_bytes, "\0\0\xfe\xff", 4);
}

static nomen_status refuse_binary(const char *bytes, size_t n_bytes, const char *name, nomen_error *err) {
    const nomen_known *known = nomen_known_find(bytes, n_bytes);
    if (known != NULL) { return nomen_known_refuse(known, name, NULL, err); }
    if (!is_utf32(bytes, n_bytes)) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: this is UTF-32; save the file as UTF-8", name);
}

bool nomen_data_needs_mark(const char *bytes, size_t n_bytes) {
    return nomen_known_begins(bytes, n_bytes) || is_utf32(bytes, n_bytes) || starts_with(bytes, n_bytes, "\xef\xbb\xbf", 3);
}

static nomen_status refuse_nul(const char *text, size_t n_text, const char *name, nomen_error *err) {
    const char *nul = memchr(text, 0, n_text);
    if (nul == NULL) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                           "%s:%zu: not text: there is a NUL byte here; give a text file (UTF-16 needs a byte-order mark)", name,
                           nomen_data_line(text, (size_t)(nul - text)));
}

static nomen_status not_utf8(const char *bytes, size_t at, const char *name, const char *advice, nomen_error *err) {
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_ENCODING, "%s:%zu: byte 0x%02X is not UTF-8; %s", name,
                                  nomen_data_line(bytes, at), (unsigned char)bytes[at], advice);
}

/* No mark and no wish: UTF-8 or cp1252. */
static nomen_status guess(const char *bytes, size_t n_bytes, const char *name, nomen_buffer *converted, const char **used,
                          nomen_error *err) {
    size_t n_wide = 0, n_bad = 0;
    size_t first = nomen_utf8_valid_prefix(bytes, n_bytes, &n_wide);
    if (first == n_bytes) { return NOMEN_OK; }
    for (size_t at = first; at < n_bytes; n_bad++) {
        at++;
        at += nomen_utf8_valid_prefix(bytes + at, n_bytes - at, &n_wide);
    }
    if (n_wide > n_bad) {
        return not_utf8(bytes, first, name,
                        "most other non-ASCII characters of the file are, so correct this one, or state the encoding cp1252",
                        err);
    }
    nomen_status status = from_one_byte(bytes, n_bytes, name, true, true, converted, err);
    if (status != NOMEN_OK) { return status; }
    nomen_log_warning("%s:%zu: byte 0x%02X is not UTF-8, so the file is read as cp1252; if it is another encoding, state it",
                      name, nomen_data_line(bytes, first), (unsigned char)bytes[first]);
    *used = "cp1252";
    return NOMEN_OK;
}

enum wish { WISH_NONE, WISH_UTF8, WISH_CP1252, WISH_LATIN1, WISH_UNKNOWN };

static enum wish read_wish(const char *encoding) {
    static const struct {
        const char *name;
        enum wish wish;
    } names[] = {{"utf-8", WISH_UTF8},     {"utf8", WISH_UTF8},     {"cp1252", WISH_CP1252},    {"windows-1252", WISH_CP1252},
                 {"latin-1", WISH_LATIN1}, {"latin1", WISH_LATIN1}, {"iso-8859-1", WISH_LATIN1}};
    if (encoding == NULL) { return WISH_NONE; }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(encoding, names[i].name) == 0) { return names[i].wish; }
    }
    return WISH_UNKNOWN;
}

nomen_status nomen_data_decode(const char *bytes, size_t n_bytes, const char *name, const char *encoding, nomen_buffer *converted,
                               const char **text, size_t *n_text, const char **used, nomen_error *err) {
    enum wish wish = read_wish(encoding);
    if (wish == WISH_UNKNOWN) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown encoding '%s'; choose utf-8, cp1252 or latin-1", encoding);
    }
    if (n_bytes == 0) { return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the file is empty", name); }
    nomen_status status = refuse_binary(bytes, n_bytes, name, err);
    if (status != NOMEN_OK) { return status; }

    bool little = starts_with(bytes, n_bytes, "\xff\xfe", 2), big = starts_with(bytes, n_bytes, "\xfe\xff", 2);
    bool marked = (wish == WISH_NONE || wish == WISH_UTF8) && starts_with(bytes, n_bytes, "\xef\xbb\xbf", 3);
    size_t skip = marked ? 3 : 0;
    converted->size = 0;
    *used = "UTF-8";
    if (wish == WISH_NONE && (little || big)) {
        *used = "UTF-16";
        status = from_utf16(bytes + 2, n_bytes - 2, name, big, converted, err);
    } else if ((status = refuse_nul(bytes, n_bytes, name, err)) != NOMEN_OK) {
        return status;
    } else if (wish == WISH_CP1252 || wish == WISH_LATIN1) {
        *used = wish == WISH_CP1252 ? "cp1252" : "latin-1";
        status = from_one_byte(bytes, n_bytes, name, wish == WISH_CP1252, false, converted, err);
    } else if (wish == WISH_UTF8 || marked) {
        size_t n_wide = 0, valid = nomen_utf8_valid_prefix(bytes, n_bytes, &n_wide);
        if (valid < n_bytes) {
            status = not_utf8(bytes, valid, name, "correct it, or state the file's encoding (cp1252, latin-1)", err);
        }
    } else {
        status = guess(bytes, n_bytes, name, converted, used, err);
    }
    if (status != NOMEN_OK) { return status; }
    bool as_is = strcmp(*used, "UTF-8") == 0;
    *text = as_is ? bytes + skip : converted->data;
    *n_text = as_is ? n_bytes - skip : converted->size;
    if (*n_text == 0) { return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the file is empty", name); }
    return as_is ? NOMEN_OK : refuse_nul(*text, *n_text, name, err);
}
