/* Addresses, read by libcurl, so that what is checked is what is used. */
#include "fetch/url.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static char *get_part(CURLU *url, CURLUPart part, unsigned flags) {
    char *text = NULL;
    return curl_url_get(url, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool has_part(CURLU *url, CURLUPart part) {
    char *text = get_part(url, part, 0);
    curl_free(text);
    return text != NULL;
}

static bool is_scheme(CURLU *url, const char *scheme) {
    char *text = get_part(url, CURLUPART_SCHEME, 0);
    bool same = text != NULL && strcasecmp(text, scheme) == 0;
    curl_free(text);
    return same;
}

static bool is_same_part(CURLU *a, CURLU *b, CURLUPart part) {
    char *one = get_part(a, part, CURLU_DEFAULT_PORT), *other = get_part(b, part, CURLU_DEFAULT_PORT);
    bool same = one != NULL && other != NULL && strcasecmp(one, other) == 0;
    curl_free(one);
    curl_free(other);
    return same;
}

nomen_status nomen_url_check_endpoint(const char *text, char **out, nomen_error *err) {
    CURLU *url = curl_url();
    size_t n = strlen(text);
    nomen_status status = NOMEN_OK;
    if (url == NULL) { return nomen_error_out_of_memory(err); }
    while (n > 0 && text[n - 1] == '/') { n--; }
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK || !(is_scheme(url, "https") || is_scheme(url, "http")) ||
        has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "the hub's address \"%s\" (HF_ENDPOINT) is not one such as https://huggingface.co", text));
    }
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "the hub's address (HF_ENDPOINT) has a user or a password in it; set HF_TOKEN instead"));
    }
    status = NOMEN_COPY(*out, text, n, err);
done:
    curl_url_cleanup(url);
    return status;
}

bool nomen_url_is_same_origin(const char *a, const char *b) {
    CURLU *one = curl_url(), *other = curl_url();
    bool same = one != NULL && other != NULL && curl_url_set(one, CURLUPART_URL, a, 0) == CURLUE_OK &&
                curl_url_set(other, CURLUPART_URL, b, 0) == CURLUE_OK && is_same_part(one, other, CURLUPART_SCHEME) &&
                is_same_part(one, other, CURLUPART_HOST) && is_same_part(one, other, CURLUPART_PORT);
    curl_url_cleanup(one);
    curl_url_cleanup(other);
    return same;
}

/* What `location` says, seen from `from`, as an address of its own. */
nomen_status nomen_url_follow(const char *from, const char *location, char **out, nomen_error *err) {
    CURLU *url = curl_url();
    char *text = NULL;
    nomen_status status = NOMEN_OK;
    if (url == NULL) { return nomen_error_out_of_memory(err); }
    bool secure = curl_url_set(url, CURLUPART_URL, from, 0) == CURLUE_OK && is_scheme(url, "https");
    if (curl_url_set(url, CURLUPART_URL, location, CURLU_URLENCODE) != CURLUE_OK ||
        !(is_scheme(url, "https") || is_scheme(url, "http"))) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "the server redirects to what is no address of http or https"));
    }
    if (secure && !is_scheme(url, "https")) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "the server redirects from https to http, which is not followed"));
    }
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "the server redirects to an address with a user or a password in it"));
    }
    text = get_part(url, CURLUPART_URL, 0);
    if (text == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    status = NOMEN_COPY(*out, text, strlen(text), err);
done:
    curl_free(text);
    curl_url_cleanup(url);
    return status;
}

nomen_status nomen_url_append_part(nomen_buffer *url, const char *text, nomen_error *err) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    nomen_status status = NOMEN_OK;
    for (; *text != '\0' && status == NOMEN_OK; text++) {
        status = strchr(plain, *text) != NULL ? nomen_buffer_append_byte(url, *text, err)
                                              : nomen_buffer_printf(url, err, "%%%02X", (unsigned)(unsigned char)*text);
    }
    return status;
}
