/* An encoding's arrays. */
#include "token/encoding.h"

#include "base/mem.h"

void nomen_encoding_clear(nomen_encoding *encoding) {
    nomen_mem_free(encoding->ids);
    nomen_mem_free(encoding->offsets);
    nomen_mem_free(encoding->word_ids);
    nomen_mem_free(encoding->type_ids);
    *encoding = (nomen_encoding){0};
}

nomen_status nomen_encoding_grow(nomen_encoding *encoding, size_t needed, nomen_error *err) {
    /* Each array has its own capacity until all have grown, so that a failure leaves them usable. */
    nomen_status status = NOMEN_OK;
    size_t grown[4] = {encoding->capacity, encoding->capacity, encoding->capacity, encoding->capacity};
    if (needed < 64) { needed = 64; }
    NOMEN_TRY(NOMEN_RESERVE(encoding->ids, grown[0], needed, err));
    NOMEN_TRY(NOMEN_RESERVE(encoding->offsets, grown[1], needed, err));
    NOMEN_TRY(NOMEN_RESERVE(encoding->word_ids, grown[2], needed, err));
    NOMEN_TRY(NOMEN_RESERVE(encoding->type_ids, grown[3], needed, err));
    encoding->capacity = grown[0];
    for (size_t i = 1; i < 4; i++) {
        if (grown[i] < encoding->capacity) { encoding->capacity = grown[i]; }
    }
done:
    return status;
}
