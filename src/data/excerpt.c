/* Foreign bytes in a message; see the header. */
#include "data/excerpt.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const size_t longest = 40; /* NOMEN_EXCERPT_SIZE is made for this */

const char *nomen_excerpt(char out[NOMEN_EXCERPT_SIZE], const char *bytes, size_t n_bytes) {
    bool cut = n_bytes > longest;
    size_t n = cut ? longest : n_bytes;
    while (cut && n > 0 && ((unsigned char)bytes[n] & 0xC0) == 0x80) { n--; }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        bool c1 = byte == 0xC2 && i + 1 < n && (unsigned char)bytes[i + 1] < 0xA0;
        if (byte == '\n' || byte == '\r' || byte == '\t') {
            out[at++] = '\\';
            out[at++] = byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't';
        } else if (byte < 0x20 || byte == 0x7F || c1) {
            unsigned code = c1 ? (unsigned char)bytes[++i] : byte;
            at += (size_t)snprintf(out + at, NOMEN_EXCERPT_SIZE - at, "\\x%02X", code);
        } else {
            out[at++] = (char)byte;
        }
    }
    memcpy(out + at, cut ? "..." : "", cut ? 4 : 1);
    return out;
}
