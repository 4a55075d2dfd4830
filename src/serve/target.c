/* Targets; see the header. */
#include "serve/target.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

static int hex(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Replaces escapes in place; false where one is none, or is a NUL. */
static bool unescape(char *text, bool plus) {
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '%') {
            int high = hex(at[1]), low = high < 0 ? -1 : hex(at[2]);
            if (low < 0 || high * 16 + low == 0) { return false; }
            *to++ = (char)(high * 16 + low);
            at += 2;
        } else {
            *to++ = plus && *at == '+' ? ' ' : *at;
        }
    }
    *to = '\0';
    return true;
}

static bool refuse(nomen_exchange *x, unsigned status, const char *message) {
    nomen_answer_error(&x->answer, status, "%s", message);
    x->answer.close = true;
    return false;
}

bool nomen_target_split(nomen_exchange *x, const char *target) {
    nomen_error err = {0};
    if (target[0] != '/') { /* RFC 9112, 3.2.2: a server takes absolute ones too */
        const char *rest = strncasecmp(target, "http://", 7) == 0 ? strchr(target + 7, '/') : NULL;
        if (rest == NULL) { return refuse(x, 400, "the target of the request is no path; begin it with \"/\""); }
        target = rest;
    }
    size_t n = strlen(target) + 1;
    if (NOMEN_NEW(x->path, n, &err) != NOMEN_OK) { return refuse(x, 503, err.message); }
    memcpy(x->path, target, n);
    x->query = strchr(x->path, '?');
    if (x->query != NULL) {
        char *copy = NULL;
        *x->query++ = '\0';
        n = strlen(x->query) + 1;
        if (NOMEN_NEW(copy, n, &err) != NOMEN_OK) {
            x->query = NULL;
            return refuse(x, 503, err.message);
        }
        memcpy(copy, x->query, n);
        x->query = copy;
    }
    if (!unescape(x->path, false)) { return refuse(x, 400, "the path has an escape that is none, or a NUL; write it as %XX"); }
    return true;
}

nomen_status nomen_exchange_query(const nomen_exchange *x, const char *name, char **out, nomen_error *err) {
    size_t n_name = strlen(name);
    nomen_status status = NOMEN_OK;
    *out = NULL;
    for (const char *at = x->query; at != NULL && *at != '\0';) {
        size_t n = strcspn(at, "&");
        if (n > n_name && at[n_name] == '=' && memcmp(at, name, n_name) == 0) {
            NOMEN_TRY(NOMEN_NEW(*out, n - n_name, err));
            memcpy(*out, at + n_name + 1, n - n_name - 1);
            (*out)[n - n_name - 1] = '\0';
            if (!unescape(*out, true)) {
                nomen_mem_free(*out);
                *out = NULL;
                NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                           "the parameter \"%s\" has an escape that is none, or a NUL; write it as %%XX", name));
            }
            return NOMEN_OK;
        }
        at += n;
        at += *at == '&';
    }
done:
    return status;
}
