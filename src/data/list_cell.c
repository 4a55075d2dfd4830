/* Lists in a cell of a table; see the header. */
#include "data/list_cell.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

void nomen_list_clear(nomen_list *list) {
    nomen_buffer_clear(&list->bytes);
    nomen_mem_free(list->items);
    *list = (nomen_list){0};
}

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void pass_space(cursor *c) {
    while (c->at < c->end && is_space(*c->at)) { c->at++; }
}

/* Passes `text` where it stands next. */
static bool pass(cursor *c, const char *text) {
    size_t n = strlen(text);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, text, n) != 0) { return false; }
    c->at += n;
    return true;
}

static bool read_hex(cursor *c, size_t n_digits, uint32_t *out) {
    uint32_t value = 0;
    if ((size_t)(c->end - c->at) < n_digits) { return false; }
    for (size_t i = 0; i < n_digits; i++) {
        char digit = c->at[i];
        uint32_t v = digit >= '0' && digit <= '9'   ? (uint32_t)(digit - '0')
                     : digit >= 'a' && digit <= 'f' ? (uint32_t)(digit - 'a') + 10
                     : digit >= 'A' && digit <= 'F' ? (uint32_t)(digit - 'A') + 10
                                                    : 16;
        if (v == 16) { return false; }
        value = value * 16 + v;
    }
    c->at += n_digits;
    *out = value;
    return true;
}

/* The character of an escape after its backslash; Python's and JSON's. */
static bool read_escape(cursor *c, uint32_t *out) {
    static const char from[] = "\\/'\"bfnrt0av", to[] = "\\/'\"\b\f\n\r\t\0\a\v";
    if (c->at == c->end) { return false; }
    char kind = *c->at++;
    if (kind == 'x') { return read_hex(c, 2, out); }
    if (kind == 'U') { return read_hex(c, 8, out) && *out < 0x110000; }
    if (kind == 'u') {
        uint32_t low;
        if (!read_hex(c, 4, out)) { return false; }
        if (*out < 0xD800 || *out > 0xDFFF) { return true; }
        if (*out > 0xDBFF || !pass(c, "\\u") || !read_hex(c, 4, &low) || low < 0xDC00 || low > 0xDFFF) { return false; }
        *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
        return true;
    }
    const char *found = kind != '\0' ? strchr(from, kind) : NULL;
    if (found == NULL) { return false; }
    *out = (unsigned char)to[found - from];
    return true;
}

/* An item in quotes; *good false where it does not end. */
static nomen_status read_quoted(cursor *c, nomen_buffer *out, bool *good, nomen_error *err) {
    char quote = *c->at++;
    nomen_status status = NOMEN_OK;
    *good = false;
    while (c->at < c->end && *c->at != quote) {
        const char *from = c->at;
        while (c->at < c->end && *c->at != quote && *c->at != '\\') { c->at++; }
        NOMEN_TRY(nomen_buffer_append(out, from, (size_t)(c->at - from), err));
        if (c->at < c->end && *c->at == '\\') {
            uint32_t scalar = 0;
            char bytes[4];
            c->at++;
            if (!read_escape(c, &scalar) || scalar == 0 || (scalar >= 0xD800 && scalar <= 0xDFFF)) { return NOMEN_OK; }
            NOMEN_TRY(nomen_buffer_append(out, bytes, nomen_utf8_encode(scalar, bytes), err));
        }
    }
    *good = pass(c, (const char[]){quote, '\0'});
done:
    return status;
}

/* An item without quotes: a number, or, where `bare`, anything up to a comma, white space or the end. */
static nomen_status read_bare(cursor *c, bool bare, nomen_buffer *out, bool *number, bool *good, nomen_error *err) {
    const char *from = c->at;
    while (c->at < c->end && !is_space(*c->at) && strchr(",[]()'\"", *c->at) == NULL) { c->at++; }
    size_t n = (size_t)(c->at - from), digit = n > 0 && from[0] == '-';
    *number = n > digit && n < 10;
    for (; digit < n && *number; digit++) { *number = from[digit] >= '0' && from[digit] <= '9'; }
    *good = n > 0 && (bare || *number);
    return nomen_buffer_append(out, from, n, err);
}

/* One item, which begins at c->at; *good is false where it is none. */
static nomen_status read_item(cursor *c, bool bare, nomen_list *list, bool *number, bool *good, nomen_error *err) {
    size_t start = list->bytes.size;
    nomen_status status;
    *number = false;
    if (*c->at == '\'' || *c->at == '"') {
        NOMEN_TRY(read_quoted(c, &list->bytes, good, err));
    } else {
        NOMEN_TRY(read_bare(c, bare, &list->bytes, number, good, err));
    }
    if (!*good) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_RESERVE(list->items, list->capacity, list->n_items + 1, err));
    list->items[list->n_items++] = (nomen_span){start, list->bytes.size};
done:
    return status;
}

/* What stands after the last item: numpy's and pandas' own writing of an array tells its type. */
static bool pass_end(cursor *c, bool array, char close) {
    if (!pass(c, (const char[]){close, '\0'})) { return false; }
    if (array) {
        pass_space(c);
        if (pass(c, ",")) {
            while (c->at < c->end && *c->at != ')') { c->at++; }
        }
        if (!pass(c, ")")) { return false; }
    }
    pass_space(c);
    return c->at == c->end;
}

nomen_status nomen_list_parse(const char *cell, size_t n_bytes, bool bare, nomen_list *list, nomen_list_kind *kind,
                              nomen_error *err) {
    cursor c = {cell, cell + n_bytes};
    bool shortened = false;
    size_t n_numbers = 0;
    nomen_status status = NOMEN_OK;
    *kind = NOMEN_LIST_NONE;
    nomen_buffer_reset(&list->bytes);
    list->n_items = 0;
    pass_space(&c);
    bool array = pass(&c, "array("), tuple = !array && pass(&c, "(");
    if (!tuple && !pass(&c, "[")) { return NOMEN_OK; }
    char close = tuple ? ')' : ']';
    for (pass_space(&c); c.at < c.end && *c.at != close;) {
        bool number, good;
        if (pass(&c, "...")) {
            shortened = true;
        } else {
            NOMEN_TRY(read_item(&c, bare, list, &number, &good, err));
            if (!good) { return NOMEN_OK; }
            n_numbers += number;
        }
        const char *after = c.at;
        pass_space(&c);
        if (pass(&c, ",")) { pass_space(&c); }
        if (c.at == after && (c.at == c.end || *c.at != close)) { return NOMEN_OK; } /* nothing between two items */
    }
    if (!pass_end(&c, array, close)) { return NOMEN_OK; }
    if (!tuple || list->n_items > 0) {
        *kind = shortened                                     ? NOMEN_LIST_SHORTENED
                : n_numbers > 0 && n_numbers == list->n_items ? NOMEN_LIST_NUMBERS
                                                              : NOMEN_LIST_TEXTS;
    }
    status = nomen_buffer_append(&list->bytes, "", 0, err); /* so that an empty item has bytes too */
done:
    return status;
}
