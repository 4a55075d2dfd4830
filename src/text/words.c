/* Words of a text; see the header. */
#include "text/words.h"

#include <stdbool.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/unicode.h"

nomen_status nomen_text_words(const char *text, size_t n_bytes, nomen_span **words, size_t *capacity, size_t *n_words,
                              nomen_error *err) {
    size_t n = *n_words, start = 0;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i <= n_bytes;) {
        uint32_t scalar = ' '; /* the end of the text ends a word */
        size_t length = i < n_bytes ? nomen_utf8_decode(text + i, n_bytes - i, &scalar) : 1;
        if (nomen_unicode_get(scalar)->flags & NOMEN_UNICODE_SPACE) {
            NOMEN_TRY(NOMEN_RESERVE(*words, *capacity, n + 1, err));
            if (i > start) { (*words)[n++] = (nomen_span){start, i}; }
            start = i + length;
        }
        i += length;
    }
    *n_words = n;
done:
    return status;
}

nomen_status nomen_text_bert_words(const char *text, size_t n_bytes, nomen_span **words, size_t *capacity, size_t *n_words,
                                   nomen_error *err) {
    static const unsigned alone = NOMEN_UNICODE_PUNCTUATION | NOMEN_UNICODE_IDEOGRAPH;
    size_t n = 0;
    bool open = false; /* the last word may go on */
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(NOMEN_RESERVE(*words, *capacity, 1, err));
    for (size_t i = 0; i < n_bytes;) {
        uint32_t scalar;
        size_t length = nomen_utf8_decode(text + i, n_bytes - i, &scalar);
        unsigned flags = nomen_unicode_get(scalar)->flags;
        size_t end = i + length;
        if (flags & NOMEN_UNICODE_REMOVED) {
            /* as if it were not there */
        } else if (flags & NOMEN_UNICODE_SPACE) {
            open = false;
        } else if (open && !(flags & alone)) {
            (*words)[n - 1].end = end;
        } else {
            NOMEN_TRY(NOMEN_RESERVE(*words, *capacity, n + 1, err));
            (*words)[n++] = (nomen_span){i, end};
            open = !(flags & alone);
        }
        i = end;
    }
    *n_words = n;
done:
    return status;
}

size_t nomen_text_bert_count(const char *text, size_t n_bytes) {
    static const unsigned alone = NOMEN_UNICODE_PUNCTUATION | NOMEN_UNICODE_IDEOGRAPH;
    size_t n = 0;
    bool open = false;
    for (size_t i = 0; i < n_bytes;) {
        uint32_t scalar;
        i += nomen_utf8_decode(text + i, n_bytes - i, &scalar);
        unsigned flags = nomen_unicode_get(scalar)->flags;
        if (flags & NOMEN_UNICODE_REMOVED) { continue; }
        bool in_word = !(flags & (NOMEN_UNICODE_SPACE | alone));
        n += (flags & alone) != 0 || (in_word && !open);
        open = in_word;
    }
    return n;
}
