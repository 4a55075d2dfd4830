/* The table of formats, and what the writers share. */
#include "tag/writers.h"

#include <string.h>

#include "base/names.h"
#include "text/utf8.h"

typedef nomen_status (*writer)(const nomen_tagged *, const nomen_tag_write_options *, nomen_buffer *, nomen_error *);

/* By nomen_tag_format, and the names beside them. */
static const writer WRITERS[] = {[NOMEN_TAG_TEXT] = nomen_tagged_write_text,
                                 [NOMEN_TAG_JSONL] = nomen_tagged_write_jsonl,
                                 [NOMEN_TAG_CONLL] = nomen_tagged_write_conll};

nomen_status nomen_tag_format_parse(const char *name, nomen_tag_format *out, nomen_error *err) {
    static const char *const names[] = {
        [NOMEN_TAG_TEXT] = "text", [NOMEN_TAG_JSONL] = "jsonl", [NOMEN_TAG_CONLL] = "conll", NULL};
    int found = 0;
    nomen_status status = nomen_name_find(name, names, "format", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_tag_format)found; }
    return status;
}

nomen_status nomen_offset_unit_parse(const char *name, nomen_offset_unit *out, nomen_error *err) {
    static const char *const names[] = {
        [NOMEN_OFFSET_CODEPOINT] = "codepoint", [NOMEN_OFFSET_BYTE] = "byte", [NOMEN_OFFSET_UTF16] = "utf16", NULL};
    int found = 0;
    nomen_status status = nomen_name_find(name, names, "unit of offsets", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_offset_unit)found; }
    return status;
}

nomen_status nomen_tagged_write(const nomen_tagged *tagged, nomen_tag_format format,
                                const nomen_tag_write_options *options, nomen_buffer *out, nomen_error *err) {
    static const nomen_tag_write_options defaults = {0};
    if ((size_t)format >= sizeof WRITERS / sizeof WRITERS[0]) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "no format has the number %d", (int)format);
    }
    nomen_tagged view = *tagged;
    if (view.n_bytes == 0) { view.text = ""; } /* an empty text may be NULL, which nothing can be added to */
    return WRITERS[format](&view, options != NULL ? options : &defaults, out, err);
}

nomen_status nomen_tagged_to_string(const nomen_tagged *tagged, nomen_tag_format format,
                                    const nomen_tag_write_options *options, char **out, size_t *n_bytes,
                                    nomen_error *err) {
    nomen_buffer buffer = {0};
    nomen_status status;
    NOMEN_TRY(nomen_tagged_write(tagged, format, options, &buffer, err));
    *n_bytes = buffer.size;
    *out = nomen_buffer_take(&buffer);
done:
    nomen_buffer_clear(&buffer);
    return status;
}

nomen_span nomen_tagged_clip(const nomen_tagged *tagged, nomen_span span) {
    size_t end = span.end < tagged->n_bytes ? span.end : tagged->n_bytes;
    return (nomen_span){.start = span.start < end ? span.start : end, .end = end};
}

/* What stands for a character: NULL for itself. Ill-formed bytes come as U+FFFD, which stands for itself too. */
static const char *substitute(uint32_t scalar, nomen_clean clean) {
    static const char replacement[] = "\xEF\xBF\xBD";
    if (scalar == NOMEN_UTF8_REPLACEMENT) { return replacement; }
    bool breaks = scalar == '\n' || scalar == '\t';
    if (clean == NOMEN_CLEAN_FIELD) { return breaks || scalar == '\r' || scalar == 0 ? replacement : NULL; }
    if (breaks) { return clean == NOMEN_CLEAN_LINE ? " " : NULL; }
    return scalar < 0x20 || (scalar >= 0x7F && scalar < 0xA0) ? replacement : NULL;
}

nomen_status nomen_append_clean(nomen_buffer *out, const char *text, size_t n_bytes, nomen_clean clean,
                                nomen_error *err) {
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
