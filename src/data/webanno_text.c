/* The text of a WebAnno TSV 3 sentence; see the header. */
#include "data/webanno_text.h"

#include <string.h>

#include "base/utf8.h"
#include "text/offsets.h"

/* Four hexadecimal digits; false where they are none. */
static bool read_hex(const char *bytes, size_t n_bytes, uint32_t *out) {
    *out = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = i < n_bytes ? bytes[i] : 'x';
        uint32_t digit = c >= '0' && c <= '9'                 ? (uint32_t)(c - '0')
                         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (uint32_t)((c | 32) - 'a' + 10)
                                                              : 16;
        if (digit > 15) { return false; }
        *out = *out * 16 + digit;
    }
    return true;
}

/* A "\uXXXX" of Java, two for a character past U+FFFF; returns its length, 0 for none. */
static size_t read_unicode(const char *bytes, size_t n_bytes, char out[4], size_t *n_out) {
    uint32_t scalar, low;
    size_t n = 6;
    if (n_bytes < 6 || !read_hex(bytes + 2, n_bytes - 2, &scalar)) { return 0; }
    if (scalar >= 0xD800 && scalar < 0xDC00 && n_bytes >= 12 && bytes[6] == '\\' && bytes[7] == 'u' &&
        read_hex(bytes + 8, n_bytes - 8, &low) && low >= 0xDC00 && low < 0xE000) {
        scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00);
        n = 12;
    }
    *n_out = nomen_utf8_encode(scalar >= 0xD800 && scalar < 0xE000 ? 0xFFFD : scalar, out);
    return n;
}

typedef enum escapes { OF_VALUES, OF_TEXTS, OF_JAVA } escapes;

/* The escape at bytes[0], a backslash; returns its length, 0 where it is a backslash and no more. */
static size_t read_escape(const char *bytes, size_t n_bytes, escapes kind, char out[4], size_t *n_out) {
    static const char names[] = "tnrfb", controls[] = "\t\n\r\f\b"; /* the first two in values too */
    static const char *const plain[] = {[OF_VALUES] = "\\[]|_;*-", [OF_TEXTS] = "\\", [OF_JAVA] = "\\\"'/"};
    if (n_bytes < 2) { return 0; }
    char c = bytes[1];
    const char *name = c != '\0' ? strchr(names, c) : NULL;
    *n_out = 1;
    if (name != NULL && (kind != OF_VALUES || name - names < 2)) {
        out[0] = controls[name - names];
        return 2;
    }
    if (kind == OF_JAVA && c == 'u') { return read_unicode(bytes, n_bytes, out, n_out); }
    bool control = kind == OF_TEXTS && (unsigned char)c < 0x20; /* a backslash before it, and itself */
    if (!control && (c == '\0' || strchr(plain[kind], c) == NULL)) { return 0; }
    if (c == '-' && (n_bytes < 3 || bytes[2] != '>')) { return 0; } /* only "->" means something */
    out[0] = c;
    return 2;
}

static nomen_status unescape(const char *bytes, size_t n_bytes, escapes kind, nomen_buffer *out, nomen_error *err) {
    nomen_status status = nomen_buffer_append_text(out, "", err); /* so that an empty one has bytes too */
    for (size_t at = 0; status == NOMEN_OK && at < n_bytes;) {
        const char *mark = memchr(bytes + at, '\\', n_bytes - at);
        size_t stop = mark == NULL ? n_bytes : (size_t)(mark - bytes), n_character = 1;
        NOMEN_TRY(nomen_buffer_append(out, bytes + at, stop - at, err));
        if (mark == NULL) { break; }
        char character[4] = "\\";
        size_t length = read_escape(mark, n_bytes - stop, kind, character, &n_character);
        if (length == 0) { character[0] = '\\', n_character = 1; }
        NOMEN_TRY(nomen_buffer_append(out, character, n_character, err));
        at = stop + (length > 0 ? length : 1);
    }
done:
    return status;
}

nomen_status nomen_webanno_unescape_value(const char *bytes, size_t n_bytes, nomen_buffer *out, nomen_error *err) {
    return unescape(bytes, n_bytes, OF_VALUES, out, err);
}

nomen_status nomen_webanno_unescape_text(const char *bytes, size_t n_bytes, bool java, nomen_buffer *out, nomen_error *err) {
    return unescape(bytes, n_bytes, java ? OF_JAVA : OF_TEXTS, out, err);
}

nomen_status nomen_webanno_text_add(nomen_webanno_text *text, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (text->n_lines++ > 0) {
        NOMEN_TRY(nomen_buffer_append_byte(&text->raw, '\n', err));
        NOMEN_TRY(nomen_buffer_append_byte(&text->text, '\n', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(&text->raw, "", err));
    NOMEN_TRY(nomen_buffer_append(&text->raw, bytes, n_bytes, err));
    status = nomen_webanno_unescape_text(bytes, n_bytes, text->java, &text->text, err);
done:
    return status;
}

void nomen_webanno_text_reset(nomen_webanno_text *text) {
    nomen_buffer_reset(&text->raw);
    nomen_buffer_reset(&text->text);
    text->n_lines = 0;
}

void nomen_webanno_text_clear(nomen_webanno_text *text) {
    nomen_buffer_clear(&text->raw);
    nomen_buffer_clear(&text->text);
    nomen_buffer_clear(&text->scratch);
    *text = (nomen_webanno_text){0};
}

static bool equal(const char *a, size_t n_a, const char *b, size_t n_b) {
    return n_a == n_b && memcmp(a, b, n_a) == 0;
}

/* Whether a row's own text is the slice: as it stands, or escaped as texts or (other tools) as values are. */
static nomen_status matches(nomen_webanno_text *text, const char *said, size_t n_said, const char *slice, size_t n_slice,
                            bool *same, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    *same = equal(said, n_said, slice, n_slice);
    for (int kind = 0; !*same && kind < 2 && memchr(said, '\\', n_said) != NULL; kind++) {
        nomen_buffer_reset(&text->scratch);
        NOMEN_TRY(unescape(said, n_said, kind == 1 ? OF_VALUES : text->java ? OF_JAVA : OF_TEXTS, &text->scratch, err));
        *same = equal(text->scratch.data, text->scratch.size, slice, n_slice);
    }
done:
    return status;
}

/* Finds the rows in a text in which the first begins at `skip`; *bad is the first that is not there, or n_rows. */
static nomen_status try_reading(nomen_webanno_text *text, const char *file, nomen_webanno_row *rows, size_t n_rows,
                                const nomen_offset_map *map, size_t skip, size_t *bad, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_rows; i++) {
        nomen_webanno_row *row = &rows[i];
        size_t origin = rows[0].units.start, start = row->units.start + skip, end = row->units.end + skip;
        bool same = false;
        *bad = i;
        row->place = (nomen_span){0, 0};
        if (start < origin || end - origin > map->n_units || start >= end) { return NOMEN_OK; }
        row->place = (nomen_span){nomen_offset_map_to_byte(map, start - origin), nomen_offset_map_to_byte(map, end - origin)};
        if (row->place.start >= row->place.end) { return NOMEN_OK; }
        NOMEN_TRY(matches(text, file + row->said.start, row->said.end - row->said.start, map->text + row->place.start,
                          row->place.end - row->place.start, &same, err));
        if (!same) { return NOMEN_OK; }
    }
    *bad = n_rows;
done:
    return status;
}

/* White space before the first token: sentences begin with it in some files. */
static size_t count_leading(const nomen_buffer *text) {
    size_t n = 0;
    while (n < text->size && strchr(" \t\n\r\f\v", text->data[n]) != NULL && text->data[n] != '\0') { n++; }
    return n;
}

/* Tries one text in one unit: the first token begins it, or stands after its white space. */
static nomen_status try_text(nomen_webanno_text *text, const char *file, nomen_webanno_row *rows, size_t n_rows,
                             const nomen_buffer *which, nomen_offset_unit unit, size_t *bad, nomen_error *err) {
    nomen_offset_map map = {0};
    size_t skip = count_leading(which);
    nomen_status status;
    NOMEN_TRY(nomen_offset_map_fill(which->data, which->size, unit, &map, err));
    if (skip > 0) { NOMEN_TRY(try_reading(text, file, rows, n_rows, &map, skip, bad, err)); }
    if (skip == 0 || *bad < n_rows) { status = try_reading(text, file, rows, n_rows, &map, 0, bad, err); }
done:
    nomen_offset_map_clear(&map);
    return status;
}

nomen_status nomen_webanno_text_fit(nomen_webanno_text *text, const char *file, nomen_webanno_row *rows, size_t n_rows,
                                    const nomen_buffer **fit, size_t *bad, nomen_error *err) {
    /* The format's own reading; then that of tools that count characters, or write the text unescaped. */
    bool escaped = memchr(text->raw.data, '\\', text->raw.size) != NULL;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < (escaped ? 4U : 2U); i++) {
        *fit = i < 2 ? &text->text : &text->raw;
        NOMEN_TRY(try_text(text, file, rows, n_rows, *fit, i % 2 == 0 ? NOMEN_OFFSET_UTF16 : NOMEN_OFFSET_CODEPOINT, bad, err));
        if (*bad == n_rows) { return NOMEN_OK; }
    }
    *fit = &text->text; /* for the message, the first reading once more */
    status = try_text(text, file, rows, n_rows, *fit, NOMEN_OFFSET_UTF16, bad, err);
done:
    return status;
}
