/* Requests; see the header. */
#include "tag/request.h"

#include <string.h>

#include "base/mem.h"
#include "base/options.h"
#include "decode/text_decoder.h"

/* The strings of a request, by number. */
static const char **string_of(nomen_request *request, size_t i) {
    const char **strings[] = {&request->thresholds, &request->types, &request->ignored_types};
    return strings[i];
}

enum { N_STRINGS = sizeof((nomen_kept_request *)0)->strings / sizeof(char *) };

nomen_status nomen_request_take(const nomen_request *given, nomen_request *out, nomen_error *err) {
    *out = (nomen_request){0};
    nomen_status status = NOMEN_TAKE(nomen_request, out, given, err);
    return status == NOMEN_OK ? nomen_request_check(out, err) : status;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool nomen_request_is_kept(const nomen_kept_request *kept, const nomen_request *request) {
    nomen_request a = kept->request, b = *request;
    if (a.size == 0) { return false; }
    for (size_t i = 0; i < N_STRINGS; i++) {
        if (!same_text(*string_of(&a, i), *string_of(&b, i))) { return false; }
    }
    return a.aggregation == b.aggregation && a.word_unit == b.word_unit && a.decoding == b.decoding && a.repair == b.repair &&
           a.no_calibration == b.no_calibration && a.overlap_given == b.overlap_given && a.overlap == b.overlap &&
           a.words == b.words && a.probabilities == b.probabilities && a.windows == b.windows;
}

nomen_status nomen_request_keep(nomen_kept_request *kept, const nomen_request *request, nomen_error *err) {
    nomen_kept_request k = {.request = *request};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < N_STRINGS; i++) {
        const char **text = string_of(&k.request, i);
        if (*text == NULL) { continue; }
        k.strings[i] = nomen_mem_copy(*text, strlen(*text));
        if (k.strings[i] == NULL) { NOMEN_FAIL(nomen_error_memory(err, strlen(*text) + 1, 1)); }
        *text = k.strings[i];
    }
    k.request.call = NULL;
    nomen_kept_request_clear(kept);
    *kept = k;
    return NOMEN_OK;
done:
    nomen_kept_request_clear(&k);
    return status;
}

void nomen_kept_request_clear(nomen_kept_request *kept) {
    for (size_t i = 0; i < N_STRINGS; i++) { nomen_mem_free(kept->strings[i]); }
    *kept = (nomen_kept_request){0};
}
