/* A connection to the hub over libcurl, kept between requests: one request with its redirects, and who sees the token. */
#ifndef NOMEN_FETCH_CONNECTION_H
#define NOMEN_FETCH_CONNECTION_H

#include <curl/curl.h>

#include "fetch/answer.h"

/* Who takes the body of an answer. */
typedef struct nomen_http_sink {
    nomen_status (*add)(void *user, const void *bytes, size_t n_bytes, nomen_error *err);
    nomen_status (*restart)(void *user, nomen_error *err); /* what came is void: it comes again from the beginning */
    void *user;
    uint64_t n_bytes; /* what has come: a request that broke off goes on from there */
    int64_t expected; /* bytes of the whole; -1: not known */
    uint64_t most;    /* more is an error */
} nomen_http_sink;

typedef struct nomen_http {
    CURL *curl;
    struct curl_slist *authorization; /* the header with the token, or NULL */
    char *endpoint;

    /* The request at hand; what asks sets the first four. */
    const char *what; /* for messages: the path, as a redirect's address may hold a signature */
    nomen_hub_answer *answer;
    nomen_http_sink *sink; /* NULL: no body is wanted */
    nomen_error *err;
    CURLcode result;
    nomen_status failed; /* what a callback met */
    bool begun, taking;  /* the body has begun; it is the file's */
    bool misplaced;      /* it is another part than was asked for */
    bool whole;          /* parts can't be had: ask for all of it */
    size_t n_refused;    /* bytes of a body that is not the file's */
    char problem[CURL_ERROR_SIZE];
} nomen_http;

/*
 * `endpoint` as nomen_url_check_endpoint gives it; `token` may be NULL. Proxies are those of the environment, and so are
 * authorities (CURL_CA_BUNDLE, REQUESTS_CA_BUNDLE, SSL_CERT_FILE) and limits of time (HF_HUB_ETAG_TIMEOUT for connecting,
 * HF_HUB_DOWNLOAD_TIMEOUT for seconds without a byte).
 */
nomen_status nomen_http_open(const char *endpoint, const char *token, nomen_http **out, nomen_error *err);
void nomen_http_close(nomen_http *http); /* NULL is allowed */

/* Asks once, and follows redirects. NOMEN_OK leaves libcurl's answer in `result`, and the server's in `answer`. */
nomen_status nomen_http_ask(nomen_http *http, const char *path, bool head);

#endif
