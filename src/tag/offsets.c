/* Byte offsets as code points or UTF-16 units. */
#include "tag/offsets.h"

size_t nomen_offset_step(const char *text, size_t n_bytes, bool *valid) {
    const unsigned char *s = (const unsigned char *)text;
    unsigned char lead = s[0];
    size_t size = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    *valid = size == 1;
    if (size <= 1) { return 1; }
    /* The second byte's range is narrower after four leads: no overlong forms, surrogates or planes above 16. */
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    size_t i = 1;
    while (i < size && i < n_bytes && s[i] >= low && s[i] <= high) {
        low = 0x80;
        high = 0xBF;
        i++;
    }
    *valid = i == size;
    return i;
}

nomen_offset_cursor nomen_offset_start(const char *text, size_t n_bytes, nomen_offset_unit unit) {
    return (nomen_offset_cursor){.text = text, .n_bytes = n_bytes, .unit = unit};
}

/* Moves forward to the last character border at or before `byte`. */
static void advance(nomen_offset_cursor *cursor, size_t byte) {
    size_t end = byte < cursor->n_bytes ? byte : cursor->n_bytes;
    if (cursor->unit == NOMEN_OFFSET_BYTE) {
        cursor->byte = cursor->units = end;
        return;
    }
    while (cursor->byte < end) {
        bool valid;
        size_t size = nomen_offset_step(cursor->text + cursor->byte, cursor->n_bytes - cursor->byte, &valid);
        if (cursor->byte + size > end) { break; }
        cursor->byte += size;
        cursor->units += cursor->unit == NOMEN_OFFSET_UTF16 && valid && size == 4 ? 2 : 1;
    }
}

nomen_span nomen_offset_convert(nomen_offset_cursor *cursor, nomen_span bytes) {
    if (bytes.start < cursor->byte) { *cursor = nomen_offset_start(cursor->text, cursor->n_bytes, cursor->unit); }
    advance(cursor, bytes.start);
    nomen_offset_cursor end = *cursor;
    advance(&end, bytes.end);
    return (nomen_span){.start = cursor->units, .end = end.units};
}

size_t nomen_offset_count(const char *text, size_t n_bytes) {
    size_t n = 0;
    bool valid;
    for (size_t i = 0; i < n_bytes; i += nomen_offset_step(text + i, n_bytes - i, &valid)) { n++; }
    return n;
}
