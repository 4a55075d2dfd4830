/* One request with its redirects, over libcurl; see connection.h. http.c tries again. */
#include "fetch/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/call.h"
#include "base/mem.h"
#include "fetch/url.h"
#include "nomen/version.h"

enum { MOST_REDIRECTS = 10, MOST_OF_A_REFUSAL = 1 << 20 };

static size_t take_header(char *line, size_t size, size_t n, void *user) {
    nomen_http *http = user;
    if (http->failed == NOMEN_OK) { http->failed = nomen_hub_answer_add_line(http->answer, line, size * n, http->err); }
    return http->failed == NOMEN_OK ? size * n : 0;
}

/* The body begins: whether it goes on where the last one broke off. */
static nomen_status begin_body(nomen_http *http) {
    nomen_http_sink *sink = http->sink;
    http->begun = true;
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &http->answer->code);
    http->taking = sink != NULL && (http->answer->code == 200 || http->answer->code == 206);
    if (!http->taking) { return NOMEN_OK; }
    if (http->answer->encoded) { http->whole = true; }
    if (http->answer->code == 206 && http->answer->range_start != (int64_t)sink->n_bytes) {
        http->whole = http->misplaced = true;
        return NOMEN_ERROR_IO; /* of no message: it is asked for again */
    }
    if (http->answer->code == 206 || sink->n_bytes == 0) { return NOMEN_OK; }
    sink->n_bytes = 0;
    return sink->restart(sink->user, http->err);
}

static size_t take_body(char *bytes, size_t size, size_t n, void *user) {
    nomen_http *http = user;
    nomen_http_sink *sink = http->sink;
    n *= size;
    if (!http->begun) { http->failed = begin_body(http); }
    if (http->failed != NOMEN_OK) { return 0; }
    if (!http->taking) {
        http->n_refused += n;
        return http->n_refused > MOST_OF_A_REFUSAL ? 0 : n;
    }
    if (n > sink->most - sink->n_bytes) {
        http->failed = nomen_error_set(http->err, NOMEN_ERROR_LIMIT, "%s: more than the %llu bytes that were expected came",
                                       http->what, (unsigned long long)sink->most);
        return 0;
    }
    http->failed = sink->add(sink->user, bytes, n, http->err);
    if (http->failed != NOMEN_OK) { return 0; }
    sink->n_bytes += n;
    return n;
}

static int ask_for_stop(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)user, (void)a, (void)b, (void)c, (void)d;
    return nomen_call_is_stopped();
}

/* The first of the variables that is set. */
static const char *first_of(const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') { return value; }
    }
    return NULL;
}

static long seconds_of(const char *variable, long otherwise) {
    const char *value = getenv(variable);
    long seconds = value != NULL ? strtol(value, NULL, 10) : 0;
    return seconds > 0 && seconds <= 3600 ? seconds : otherwise;
}

static void set_up(nomen_http *http) {
    static const char *const bundles[] = {"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"};
    const char *bundle = first_of(bundles, sizeof bundles / sizeof *bundles);
    CURL *curl = http->curl;
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); /* each redirect is looked at */
    curl_easy_setopt(curl, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (bundle != NULL) { curl_easy_setopt(curl, CURLOPT_CAINFO, bundle); }
    /* Sizes, ranges and ETags are to be those of the file; a server that compresses all the same is understood. */
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "identity");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "nomen/" NOMEN_VERSION);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, seconds_of("HF_HUB_ETAG_TIMEOUT", 10));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, seconds_of("HF_HUB_DOWNLOAD_TIMEOUT", 30));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->problem);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_for_stop);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

nomen_status nomen_http_open(const char *endpoint, const char *token, nomen_http **out, nomen_error *err) {
    nomen_http *http = NULL;
    nomen_buffer header = {0};
    nomen_status status;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "libcurl can't be started, so nothing can be downloaded");
    }
    NOMEN_TRY(NOMEN_NEW(http, 1, err));
    NOMEN_TRY(NOMEN_COPY(http->endpoint, endpoint, strlen(endpoint), err));
    http->curl = curl_easy_init();
    if (http->curl == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    if (token != NULL) {
        NOMEN_TRY(nomen_buffer_printf(&header, err, "Authorization: Bearer %s", token));
        http->authorization = curl_slist_append(NULL, header.data);
        if (http->authorization == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    }
    set_up(http);
    *out = http;
    http = NULL;
done:
    nomen_buffer_clear(&header);
    if (status != NOMEN_OK && http == NULL) { curl_global_cleanup(); }
    nomen_http_close(http);
    return status;
}

void nomen_http_close(nomen_http *http) {
    if (http == NULL) { return; }
    curl_easy_cleanup(http->curl);
    curl_slist_free_all(http->authorization);
    nomen_mem_free(http->endpoint);
    nomen_mem_free(http);
    curl_global_cleanup();
}

static bool is_redirect(const nomen_hub_answer *answer) {
    long code = answer->code;
    return answer->location != NULL && (code == 301 || code == 302 || code == 303 || code == 307 || code == 308);
}

/* One request of the chain. libcurl's own answer is in http->result. */
static nomen_status ask_once(nomen_http *http, const char *url, bool head) {
    CURL *curl = http->curl;
    char range[32] = "";
    http->begun = http->taking = http->misplaced = false;
    http->n_refused = 0;
    http->failed = NOMEN_OK;
    http->problem[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(curl, CURLOPT_NOBODY, head ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nomen_url_is_same_origin(url, http->endpoint) ? http->authorization : NULL);
    if (!head && http->sink->n_bytes > 0 && !http->whole) {
        snprintf(range, sizeof range, "%llu-", (unsigned long long)http->sink->n_bytes);
    }
    curl_easy_setopt(curl, CURLOPT_RANGE, range[0] != '\0' ? range : NULL);
    http->result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http->answer->code);
    if (http->failed != NOMEN_OK) { return http->failed; }
    if (http->result == CURLE_ABORTED_BY_CALLBACK) { return nomen_call_stopped_while(http->err, "downloading", http->what); }
    return NOMEN_OK;
}

nomen_status nomen_http_ask(nomen_http *http, const char *path, bool head) {
    char *url = NULL, *next = NULL;
    nomen_buffer first = {0};
    nomen_status status;
    nomen_hub_answer_reset(http->answer);
    NOMEN_TRY(nomen_buffer_printf(&first, http->err, "%s%s", http->endpoint, path));
    url = nomen_buffer_release(&first);
    for (int i = 0;; i++) {
        NOMEN_TRY(ask_once(http, url, head));
        if (http->result != CURLE_OK || !is_redirect(http->answer)) { break; }
        if (head && http->answer->linked_etag[0] != '\0') { break; } /* the hub has said all of the file */
        if (i == MOST_REDIRECTS) {
            NOMEN_FAIL(nomen_error_set(http->err, NOMEN_ERROR_IO, "%s: more than %d redirects", http->what, MOST_REDIRECTS));
        }
        NOMEN_TRY(nomen_url_follow(url, http->answer->location, &next, http->err));
        nomen_mem_free(url);
        url = next;
        next = NULL;
    }
done:
    nomen_buffer_clear(&first);
    nomen_mem_free(url);
    return status;
}
