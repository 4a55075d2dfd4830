/*
 * Trying again: what may pass (a lost connection, 429, 5xx) is waited for, as long as the server says, or a moment that grows.
 * A body goes on where it broke off, within this one process: a part that another process left is never trusted.
 */
#include "fetch/http.h"

#include <stdio.h>
#include <time.h>

#include "base/call.h"
#include "base/log.h"

/* Tries without a new byte, and all in all; the longest wait that a server may ask for, in seconds. */
enum { MOST_TRIES = 5, MOST_TRIES_IN_ALL = 100, LONGEST_WAIT = 330 };

static nomen_status pause_for(double seconds, const char *what, nomen_error *err) {
    for (; seconds > 0; seconds -= 0.1) {
        if (nomen_call_is_stopped()) { return nomen_call_stopped_while(err, "waiting to download", what); }
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    return NOMEN_OK;
}

static bool is_lost_connection(CURLcode result) {
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR: return true;
    default: return false;
    }
}

/* Seconds that the server asks for; -1: it says nothing. */
static int64_t wait_of(const nomen_http *http) {
    curl_off_t after = 0;
    if (http->result == CURLE_OK && curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0) {
        return after;
    }
    return http->answer->code == 429 ? http->answer->wait : -1;
}

/* Why the last request has not brought what was asked for, or NULL where it has, or will not by trying again. */
static const char *find_passing(nomen_http *http, char text[160]) {
    const nomen_http_sink *sink = http->sink;
    const nomen_hub_answer *answer = http->answer;
    if (http->misplaced) { return "the server sent another part than was asked for"; }
    if (http->result != CURLE_OK && is_lost_connection(http->result)) {
        snprintf(text, 160, "%.150s", http->problem[0] != '\0' ? http->problem : curl_easy_strerror(http->result));
        return text;
    }
    if (http->result != CURLE_OK) { return NULL; }
    if (nomen_hub_answer_is_passing(answer)) {
        snprintf(text, 160, "the server answered %ld", answer->code);
        return text;
    }
    if (sink == NULL || answer->code == 404) { return NULL; }
    if (answer->code == 416 || (answer->code == 403 && sink->n_bytes > 0)) { return "the server has no such part"; }
    if (http->taking && sink->expected >= 0 && sink->n_bytes < (uint64_t)sink->expected) {
        snprintf(text, 160, "it ended after %llu of %lld bytes", (unsigned long long)sink->n_bytes, (long long)sink->expected);
        return text;
    }
    return NULL;
}

static nomen_status give_up(nomen_http *http, const char *why, int n_tries, nomen_error *err) {
    if (http->result == CURLE_OK && nomen_hub_answer_is_passing(http->answer)) { return NOMEN_OK; } /* the caller explains it */
    bool connection = http->result == CURLE_COULDNT_RESOLVE_HOST || http->result == CURLE_COULDNT_CONNECT;
    return nomen_error_set(err, NOMEN_ERROR_IO, "%s%s: %s (tried %d times)%s", http->endpoint, http->what, why, n_tries,
                           connection ? "; check the connection, the proxy's variables and HF_ENDPOINT" : "");
}

static nomen_status ask_until_answered(nomen_http *http, const char *path, bool head, nomen_error *err) {
    int n_tries = 0, n_in_all = 0;
    http->whole = false;
    for (;;) {
        uint64_t before = http->sink != NULL ? http->sink->n_bytes : 0;
        char text[160];
        nomen_status status = nomen_http_ask(http, path, head);
        if (status != NOMEN_OK && !http->misplaced) { return status; }
        const char *why = find_passing(http, text);
        if (why == NULL && http->result != CURLE_OK) {
            return nomen_error_set(err, NOMEN_ERROR_IO, "%s%s: %s", http->endpoint, path,
                                   http->problem[0] != '\0' ? http->problem : curl_easy_strerror(http->result));
        }
        if (why == NULL) { return NOMEN_OK; }
        /* A part that is not to be had: from the beginning. */
        if (http->result == CURLE_OK && (http->answer->code == 416 || http->answer->code == 403)) { http->whole = true; }
        n_tries = http->sink != NULL && http->sink->n_bytes > before ? 1 : n_tries + 1;
        int64_t wait = wait_of(http);
        if (n_tries >= MOST_TRIES || ++n_in_all >= MOST_TRIES_IN_ALL) { return give_up(http, why, n_tries, err); }
        if (wait > LONGEST_WAIT) {
            return nomen_error_set(err, NOMEN_ERROR_IO, "%s%s: the server asks to wait for %lld seconds (it answered %ld)",
                                   http->endpoint, path, (long long)wait, http->answer->code);
        }
        double pause = wait >= 0 ? (double)wait : 0.25 * (double)(1 << n_tries);
        nomen_log_info("%s: %s; trying again in %.1f s", path, why, pause);
        status = pause_for(pause, path, err);
        if (status != NOMEN_OK) { return status; }
    }
}

static nomen_status ask(nomen_http *http, const char *path, bool head, nomen_http_sink *sink, nomen_hub_answer *answer,
                        nomen_error *err) {
    http->what = path;
    http->sink = sink;
    http->answer = answer;
    http->err = err;
    return ask_until_answered(http, path, head, err);
}

nomen_status nomen_http_head(nomen_http *http, const char *path, nomen_hub_answer *answer, nomen_error *err) {
    return ask(http, path, true, NULL, answer, err);
}

nomen_status nomen_http_get(nomen_http *http, const char *path, nomen_http_sink *sink, nomen_hub_answer *answer,
                            nomen_error *err) {
    return ask(http, path, false, sink, answer, err);
}
