/* Text made fit for its place; see the header. */
#include "tag/clean.h"

#include "base/utf8.h"

/* What stands for a character: NULL for itself. Ill-formed bytes come as U+FFFD, which stands for itself too. */
static const char *substitute(uint32_t scalar, nomen_clean clean) {
    static const char replacement[] = "\xEF\xBF\xBD";
    if (scalar == NOMEN_UTF8_REPLACEMENT) { return replacement; }
    if (clean == NOMEN_CLEAN_BYTES) { return NULL; }
    if (clean == NOMEN_CLEAN_QUOTED) { return scalar == 0 ? replacement : NULL; }
    bool breaks = scalar == '\n' || scalar == '\t';
    if (clean == NOMEN_CLEAN_FIELD) { return breaks || scalar == '\r' || scalar == 0 ? replacement : NULL; }
    if (breaks) { return clean == NOMEN_CLEAN_LINE ? " " : NULL; }
    return scalar < 0x20 || (scalar >= 0x7F && scalar < 0xA0) ? replacement : NULL;
}

nomen_status nomen_append_clean(nomen_buffer *out, const char *text, size_t n_bytes, nomen_clean clean, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    size_t kept = 0, i = 0; /* text[kept, i) is still to be copied */
    while (i < n_bytes) {
        uint32_t scalar;
        size_t size = nomen_utf8_decode(text + i, n_bytes - i, &scalar);
        const char *other = substitute(scalar, clean);
        if (other != NULL) {
            NOMEN_TRY(nomen_buffer_append(out, text + kept, i - kept, err));
            NOMEN_TRY(nomen_buffer_append_text(out, other, err));
            kept = i + size;
        }
        i += size;
    }
    if (i > kept) { NOMEN_TRY(nomen_buffer_append(out, text + kept, i - kept, err)); }
done:
    return status;
}
