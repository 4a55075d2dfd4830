/* Settings that can't stand together. */
#include <string.h>

#include "serve/settings_table.h"

/* Where a setting is given, for messages about several that do not fit. */
#define REMEDY_MODEL "--model DIR, the variable NOMEN_SERVE_MODEL or \"model\" in the file"

static nomen_status check_twice(const nomen_strings *list, const char *name, nomen_error *err) {
    for (size_t i = 0; i < list->n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(list->items[i], list->items[j]) != 0) { continue; }
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\" is given twice", name, list->items[i]);
        }
    }
    return NOMEN_OK;
}

/* A value of Host: a name, an IPv4 address or an IPv6 address in brackets, with a port or without. */
static nomen_status check_host(const char *host, nomen_error *err) {
    if (strstr(host, "://") != NULL || strchr(host, '/') != NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "allowed-hosts: \"%s\" is an address of a page; expected the host alone, "
                               "such as ner.example.org or ner.example.org:8080",
                               host);
    }
    if (strpbrk(host, " \t\r\n\"'") != NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "allowed-hosts: \"%s\" has spaces or quotes; separate hosts by commas",
                               host);
    }
    const char *colon = strchr(host, ':');
    if (*host != '[' && colon != NULL && strchr(colon + 1, ':') != NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "allowed-hosts: \"%s\": an IPv6 address stands in brackets, such as [::1] or [::1]:8080", host);
    }
    if (strchr(host, '*') != NULL && strcmp(host, "*") != 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "allowed-hosts: \"%s\": only * alone, for any host, has a meaning",
                               host);
    }
    return NOMEN_OK;
}

nomen_status nomen_settings_check(const nomen_settings *settings, nomen_error *err) {
    nomen_status status;
    if (settings->models.n == 0 && settings->models_dir == NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "there is no model to serve; give one by " REMEDY_MODEL
                                   ", or a directory of models to load later by --models-dir DIR"));
    }
    if (settings->keys != NULL && settings->no_auth) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "keys (%s) and no-auth are both set; leave one out: with keys, clients must send them",
                                   settings->keys));
    }
    if (settings->log_text && settings->quiet) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "log-text and quiet are both set; texts are logged in the lines that quiet leaves out"));
    }
    if (settings->max_text > settings->max_body) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "max-text is %zu bytes, more than max-body, %zu; a text is within a body", settings->max_text,
                                   settings->max_body));
    }
    NOMEN_TRY(check_twice(&settings->models, "model", err));
    NOMEN_TRY(check_twice(&settings->listen, "listen", err));
    for (size_t i = 0; i < settings->allowed_hosts.n; i++) { NOMEN_TRY(check_host(settings->allowed_hosts.items[i], err)); }
done:
    return status;
}
