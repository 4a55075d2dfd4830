/* A growable byte string. */
#include "base/buffer.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/utf8.h"

/* Room for `extra` more bytes and a NUL. */
static nomen_status reserve(nomen_buffer *buffer, size_t extra, nomen_error *err) {
    if (extra >= SIZE_MAX - buffer->size - 1) { return nomen_error_memory(err, extra, 1); }
    return NOMEN_RESERVE(buffer->data, buffer->capacity, buffer->size + extra + 1, err);
}

nomen_status nomen_buffer_append(nomen_buffer *buffer, const void *bytes, size_t n_bytes, nomen_error *err) {
    nomen_status status = reserve(buffer, n_bytes, err);
    if (status != NOMEN_OK) { return status; }
    if (n_bytes > 0) { memcpy(buffer->data + buffer->size, bytes, n_bytes); }
    buffer->size += n_bytes;
    buffer->data[buffer->size] = '\0';
    return NOMEN_OK;
}

nomen_status nomen_buffer_append_text(nomen_buffer *buffer, const char *text, nomen_error *err) {
    return nomen_buffer_append(buffer, text, strlen(text), err);
}

nomen_status nomen_buffer_append_byte(nomen_buffer *buffer, char byte, nomen_error *err) {
    return nomen_buffer_append(buffer, &byte, 1, err);
}

nomen_status nomen_buffer_printf(nomen_buffer *buffer, nomen_error *err, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int n = nomen_number_vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    nomen_status status =
        n < 0 ? nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "a text could not be formatted") : reserve(buffer, (size_t)n, err);
    if (status == NOMEN_OK) {
        nomen_number_vsnprintf(buffer->data + buffer->size, (size_t)n + 1, format, again);
        buffer->size += (size_t)n;
    }
    va_end(again);
    return status;
}

nomen_status nomen_buffer_append_int(nomen_buffer *buffer, int64_t number, nomen_error *err) {
    char digits[20]; /* of 2^64 */
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) { digits[--at] = '-'; } /* 2^63 has 19 digits */
    return nomen_buffer_append(buffer, digits + at, sizeof digits - at, err);
}

nomen_status nomen_buffer_append_json(nomen_buffer *buffer, const char *text, size_t n_bytes, nomen_error *err) {
    const unsigned char *s = (const unsigned char *)text;
    nomen_status status = nomen_buffer_append_byte(buffer, '"', err);
    for (size_t i = 0; status == NOMEN_OK && i < n_bytes;) {
        size_t plain = i;
        while (plain < n_bytes && s[plain] >= 0x20 && s[plain] < 0x7F && s[plain] != '"' && s[plain] != '\\') { plain++; }
        if (plain > i) {
            status = nomen_buffer_append(buffer, s + i, plain - i, err);
            i = plain;
            continue;
        }
        unsigned char c = s[i];
        if (c < 0x20 || c == 0x7F) {
            status = c == '\n'   ? nomen_buffer_append_text(buffer, "\\n", err)
                     : c == '\t' ? nomen_buffer_append_text(buffer, "\\t", err)
                     : c == '\r' ? nomen_buffer_append_text(buffer, "\\r", err)
                                 : nomen_buffer_printf(buffer, err, "\\u%04x", c);
            i++;
        } else if (c == '"' || c == '\\') {
            char escaped[2] = {'\\', (char)c};
            status = nomen_buffer_append(buffer, escaped, 2, err);
            i++;
        } else {
            uint32_t scalar;
            size_t length = nomen_utf8_decode(text + i, n_bytes - i, &scalar);
            status = scalar != NOMEN_UTF8_REPLACEMENT ? nomen_buffer_append(buffer, s + i, length, err)
                                                      : nomen_buffer_append_text(buffer, "\xEF\xBF\xBD", err);
            i += length;
        }
    }
    return status == NOMEN_OK ? nomen_buffer_append_byte(buffer, '"', err) : status;
}

nomen_status nomen_buffer_append_number(nomen_buffer *buffer, double number, nomen_error *err) {
    if (!isfinite(number)) { return nomen_buffer_append_text(buffer, "null", err); }
    char text[NOMEN_NUMBER_SIZE];
    nomen_number_shortest(number, text);
    return nomen_buffer_append_text(buffer, text, err);
}

nomen_status nomen_buffer_append_float(nomen_buffer *buffer, float number, nomen_error *err) {
    if (!isfinite(number)) { return nomen_buffer_append_text(buffer, "null", err); }
    char text[NOMEN_NUMBER_SIZE];
    nomen_number_shortest_float(number, text);
    return nomen_buffer_append_text(buffer, text, err);
}

void nomen_buffer_reset(nomen_buffer *buffer) {
    buffer->size = 0;
    if (buffer->data != NULL) { buffer->data[0] = '\0'; }
}

char *nomen_buffer_release(nomen_buffer *buffer) {
    char *data = buffer->data;
    *buffer = (nomen_buffer){0};
    return data;
}

void nomen_buffer_clear(nomen_buffer *buffer) {
    nomen_mem_free(buffer->data);
    *buffer = (nomen_buffer){0};
}

nomen_status nomen_buffer_string(nomen_status status, nomen_buffer *buffer, char **out, size_t *n_bytes, nomen_error *err) {
    if (status == NOMEN_OK) { status = nomen_buffer_append(buffer, "", 0, err); }
    if (status == NOMEN_OK) {
        if (n_bytes != NULL) { *n_bytes = buffer->size; }
        *out = nomen_buffer_release(buffer);
    }
    nomen_buffer_clear(buffer);
    return status;
}
