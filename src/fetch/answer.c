/* The headers of answers; see answer.h. They come from anywhere, so each has a limit and is checked before it is used. */
#include "fetch/answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Of a signed address: they have some 1,500 bytes. */
enum { LONGEST_LOCATION = 16384 };

void nomen_hub_answer_reset(nomen_hub_answer *answer) {
    nomen_mem_free(answer->location);
    *answer = (nomen_hub_answer){.linked_size = -1, .size = -1, .range_start = -1, .wait = -1};
}

/* Decimal digits alone, up to what is not one; -1 where there are none or too many. */
static int64_t read_number(const char *text, size_t n) {
    int64_t number = 0;
    size_t i = 0;
    for (; i < n && text[i] >= '0' && text[i] <= '9'; i++) {
        if (i == 18) { return -1; }
        number = number * 10 + (text[i] - '0');
    }
    return i > 0 ? number : -1;
}

/* Copies what is printable; a value that is too long for its place is none. */
static void copy_value(const char *value, size_t n, char *out, size_t size) {
    size_t length = 0;
    out[0] = '\0';
    if (n >= size) { return; }
    for (size_t i = 0; i < n; i++) {
        if (value[i] >= ' ' && value[i] < 0x7F) { out[length++] = value[i]; }
    }
    out[length] = '\0';
}

/* A message is shortened to its place. */
static void copy_message(const char *value, size_t n, char *out, size_t size) {
    copy_value(value, n < size ? n : size - 1, out, size);
}

static void keep_first(const char *value, size_t n, char *out, size_t size) {
    if (out[0] == '\0') { copy_value(value, n, out, size); }
}

/* "bytes 5-9/10": 5. */
static int64_t read_range(const char *value, size_t n) {
    static const char unit[] = "bytes ";
    size_t skip = sizeof unit - 1;
    return n > skip && strncasecmp(value, unit, skip) == 0 ? read_number(value + skip, n - skip) : -1;
}

/* "\"api\";r=0;t=55": 55. */
static int64_t read_wait(const char *value, size_t n) {
    for (size_t i = 0; i + 3 <= n; i++) {
        if (memcmp(value + i, ";t=", 3) == 0) { return read_number(value + i + 3, n - i - 3); }
    }
    return -1;
}

static nomen_status take_location(nomen_hub_answer *answer, const char *value, size_t n, nomen_error *err) {
    if (n > LONGEST_LOCATION) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "a redirect to an address of %zu bytes, of at most %d", n,
                               LONGEST_LOCATION);
    }
    nomen_mem_free(answer->location);
    return NOMEN_COPY(answer->location, value, n, err);
}

/* A new answer begins: what the last one said of itself is void, what the first one said of the file stays. */
static void start_answer(nomen_hub_answer *answer) {
    nomen_hub_answer next = *answer;
    nomen_mem_free(next.location);
    next.location = NULL;
    next.etag[0] = next.error_code[0] = next.error_text[0] = '\0';
    next.size = next.range_start = next.wait = -1;
    next.encoded = false;
    *answer = next;
}

nomen_status nomen_hub_answer_add_line(nomen_hub_answer *answer, const char *line, size_t n_bytes, nomen_error *err) {
    const char *colon = memchr(line, ':', n_bytes);
    if (n_bytes >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
        start_answer(answer);
        return NOMEN_OK;
    }
    if (colon == NULL) { return NOMEN_OK; }
    size_t n_name = (size_t)(colon - line), n = n_bytes - n_name - 1;
    const char *value = colon + 1;
    while (n > 0 && (*value == ' ' || *value == '\t')) { value++, n--; }
    while (n > 0 && strchr(" \t\r\n", value[n - 1]) != NULL) { n--; }
#define NAMED(name) (n_name == sizeof name - 1 && strncasecmp(line, name, n_name) == 0)
    if (NAMED("Location")) { return take_location(answer, value, n, err); }
    if (NAMED("X-Repo-Commit")) { keep_first(value, n, answer->commit, sizeof answer->commit); }
    if (NAMED("X-Linked-Etag")) { keep_first(value, n, answer->linked_etag, sizeof answer->linked_etag); }
    if (NAMED("X-Linked-Size") && answer->linked_size < 0) { answer->linked_size = read_number(value, n); }
    if (NAMED("ETag")) { copy_value(value, n, answer->etag, sizeof answer->etag); }
    if (NAMED("Content-Length")) { answer->size = read_number(value, n); }
    if (NAMED("Content-Range")) { answer->range_start = read_range(value, n); }
    if (NAMED("Content-Encoding")) { answer->encoded = n > 0 && !(n == 8 && strncasecmp(value, "identity", n) == 0); }
    if (NAMED("RateLimit")) { answer->wait = read_wait(value, n); }
    if (NAMED("X-Error-Code")) { copy_message(value, n, answer->error_code, sizeof answer->error_code); }
    if (NAMED("X-Error-Message")) { copy_message(value, n, answer->error_text, sizeof answer->error_text); }
#undef NAMED
    return NOMEN_OK;
}

void nomen_hub_answer_get_hash(const nomen_hub_answer *answer, char out[128]) {
    const char *tag = answer->linked_etag[0] != '\0' ? answer->linked_etag : answer->etag;
    if (strncmp(tag, "W/", 2) == 0) { tag += 2; } /* "weak": the hub says so of compressed answers, whose content is the same */
    size_t n = strlen(tag);
    if (n >= 2 && tag[0] == '"' && tag[n - 1] == '"') { tag++, n -= 2; }
    memcpy(out, tag, n);
    out[n] = '\0';
}

int64_t nomen_hub_answer_get_size(const nomen_hub_answer *answer) {
    if (answer->linked_size >= 0) { return answer->linked_size; }
    bool whole = answer->code == 200 && answer->linked_etag[0] == '\0' && !answer->encoded;
    return whole ? answer->size : -1;
}

bool nomen_hub_answer_is_passing(const nomen_hub_answer *answer) {
    static const long codes[] = {408, 425, 429, 500, 502, 503, 504};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (answer->code == codes[i]) { return true; }
    }
    return false;
}

nomen_status nomen_hub_answer_refusal(const nomen_hub_answer *answer, const char *what, const char *name, const char *endpoint,
                                      nomen_error *err) {
    const char *code = answer->error_code;
    char said[sizeof answer->error_text + 8] = "";
    if (answer->error_text[0] != '\0') { snprintf(said, sizeof said, ": \"%s\"", answer->error_text); }
    if (strcmp(code, "GatedRepo") == 0) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "%s: the model is gated%s; accept its terms at %s/%s, and set HF_TOKEN to a token of that account",
                               name, said, endpoint, name);
    }
    if (strcmp(code, "RevisionNotFound") == 0) {
        return nomen_error_set(err, NOMEN_ERROR_IO, "%s: the hub has the model, but not the revision asked for%s", name, said);
    }
    if (answer->code == 401 || answer->code == 403 || strcmp(code, "RepoNotFound") == 0) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "%s: the hub at %s has no such model, or shows it only to those who may see it (it answered "
                               "%ld%s); check the name, and for a private model set HF_TOKEN to a token that may read it",
                               name, endpoint, answer->code, said);
    }
    if (answer->code == 404) {
        return nomen_error_set(err, NOMEN_ERROR_IO, "%s: the hub at %s has no %s (it answered 404%s); check name and revision",
                               name, endpoint, what, said);
    }
    return nomen_error_set(err, NOMEN_ERROR_IO, "%s: the hub at %s answered %ld to the request for %s%s%s", name, endpoint,
                           answer->code, what, said, nomen_hub_answer_is_passing(answer) ? "; try again later" : "");
}
