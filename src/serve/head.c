/* Heads of requests; see the header. */
#include "serve/head.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "serve/routes.h"

/* Fields that say where a message ends, who asks, and for what: twice, they would be read differently by others. */
enum { HOST, LENGTH, CODING, TYPE, ACCEPT, AUTHORIZATION, ORIGIN, REQUEST_ID, N_FIELDS };

static const char *const field_names[N_FIELDS] = {
    "Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Accept", "Authorization", "Origin", "X-Request-Id"};

typedef struct fields {
    const char *values[N_FIELDS];
    size_t counts[N_FIELDS];
    bool has_bad_name;
} fields;

/*
 * Whether a name is one (RFC 9112, 5.1): a proxy may have read "Transfer-Encoding : chunked" as it is meant. libmicrohttpd 0.9.75
 * adds a folded line to the name of the field, so that what begins with the name of a field about the body is that field.
 */
static bool is_name(const char *name) {
    static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
    size_t n = strlen(name);
    if (n == 0 || strspn(name, token) < n) { return false; }
    for (int i = LENGTH; i <= CODING; i++) {
        size_t n_known = strlen(field_names[i]);
        if (n > n_known && strncasecmp(name, field_names[i], n_known) == 0) { return false; }
    }
    return true;
}

static enum MHD_Result collect(void *user, enum MHD_ValueKind kind, const char *name, const char *value) {
    fields *f = user;
    (void)kind;
    if (!is_name(name)) { f->has_bad_name = true; }
    for (int i = 0; i < N_FIELDS; i++) {
        if (strcasecmp(name, field_names[i]) != 0) { continue; }
        f->values[i] = value != NULL ? value : "";
        f->counts[i]++;
    }
    return MHD_YES;
}

static bool refuse(nomen_exchange *x, unsigned status, const char *message) {
    nomen_answer_error(&x->answer, status, "%s", message);
    x->answer.close = status == 400;
    return false;
}

/* What the head says about the body. */
typedef struct framing {
    bool chunked;
    bool sized; /* there is a Content-Length: */
    size_t n_bytes;
} framing;

/* Where the body ends. */
static bool check_framing(nomen_exchange *x, const fields *f, const char *version, framing *head) {
    static const int once[] = {HOST, LENGTH, CODING, TYPE, AUTHORIZATION, ORIGIN};
    if (f->has_bad_name) {
        return refuse(
            x, 400, "the name of a header field is none; send \"Name: value\", on one line and without a space before the colon");
    }
    for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
        if (f->counts[once[i]] < 2) { continue; }
        nomen_answer_error(&x->answer, 400, "the request has %zu fields %s; send one", f->counts[once[i]], field_names[once[i]]);
        x->answer.close = true;
        return false;
    }
    const char *length = f->values[LENGTH], *coding = f->values[CODING];
    if (length != NULL && coding != NULL) {
        return refuse(x, 400, "the request has both Content-Length and Transfer-Encoding; send one of them");
    }
    if (coding != NULL) {
        if (strcasecmp(coding, "chunked") != 0) {
            return refuse(x, 400, "the only Transfer-Encoding that is taken is \"chunked\"; send the body as it is");
        }
        if (strcmp(version, MHD_HTTP_VERSION_1_1) != 0) {
            return refuse(x, 400, "Transfer-Encoding belongs to HTTP/1.1; send a Content-Length");
        }
        head->chunked = true;
    }
    for (const char *at = length; at != NULL && (*at != '\0' || at == length); at++) {
        if (!isdigit((unsigned char)*at) || head->n_bytes > SIZE_MAX / 10 - 10) {
            return refuse(x, 400, "Content-Length is not a number of bytes");
        }
        head->n_bytes = head->n_bytes * 10 + (size_t)(*at - '0');
        head->sized = true;
    }
    return true;
}

/* A host without its port; for an address of IPv6 what stands between the brackets, NULL where more follows. *n is its length. */
static const char *host_part(const char *host, size_t *n) {
    if (*host == '[') {
        *n = strcspn(host + 1, "]");
        const char *rest = host + 1 + *n;
        return *rest == ']' && (rest[1] == '\0' || rest[1] == ':') ? host + 1 : NULL;
    }
    const char *colon = strrchr(host, ':');
    *n = colon != NULL && strchr(host, ':') == colon ? (size_t)(colon - host) : strlen(host);
    return host;
}

static bool is_same_host(const char *a, size_t n_a, const char *b) {
    size_t n_b = 0;
    b = host_part(b, &n_b);
    return b != NULL && n_a == n_b && strncasecmp(a, b, n_a) == 0;
}

/* An address needs no name server, so no one can make it lead somewhere else. */
static bool is_address(const char *host, size_t n) {
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (n >= sizeof copy) { return false; }
    memcpy(copy, host, n);
    copy[n] = '\0';
    return inet_pton(AF_INET, copy, &address) == 1 || inet_pton(AF_INET6, copy, &address) == 1;
}

bool nomen_head_host_is_known(const nomen_serve_settings *settings, const char *host) {
    size_t n = 0;
    const char *name = host_part(host, &n);
    if (name == NULL) { return false; }
    if (is_same_host(name, n, "localhost") || is_address(name, n)) { return true; }
    for (size_t i = 0; i < settings->allowed_hosts.n; i++) {
        const char *allowed = settings->allowed_hosts.items[i];
        if (strcmp(allowed, "*") == 0 || is_same_host(name, n, allowed)) { return true; }
    }
    for (size_t i = 0; i < settings->listen.n; i++) {
        if (n > 0 && is_same_host(name, n, settings->listen.items[i])) { return true; }
    }
    return false;
}

bool nomen_head_authority_is_known(const nomen_serve_settings *settings, const char *target) {
    char host[300];
    if (strncasecmp(target, "http://", 7) != 0) { return true; }
    size_t n = strcspn(target + 7, "/");
    if (n >= sizeof host) { return false; }
    memcpy(host, target + 7, n);
    host[n] = '\0';
    return nomen_head_host_is_known(settings, host);
}

/* The first of a list of media types that is one of ours; weights (q=) are not looked at. */
static nomen_media media_of(const char *value) {
    static const struct {
        const char *type;
        nomen_media media;
    } known[] = {{"application/json", NOMEN_MEDIA_JSON},        {"text/json", NOMEN_MEDIA_JSON},
                 {"application/x-ndjson", NOMEN_MEDIA_LINES},   {"application/ndjson", NOMEN_MEDIA_LINES},
                 {"application/jsonl", NOMEN_MEDIA_LINES},      {"application/x-jsonlines", NOMEN_MEDIA_LINES},
                 {"application/json-lines", NOMEN_MEDIA_LINES}, {"text/plain", NOMEN_MEDIA_TEXT}};
    if (value == NULL) { return NOMEN_MEDIA_NONE; }
    for (const char *at = value; *at != '\0';) {
        at += strspn(at, " \t,");
        size_t n = strcspn(at, ";, \t");
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (strlen(known[i].type) == n && strncasecmp(at, known[i].type, n) == 0) { return known[i].media; }
        }
        if (n == 3 && strncmp(at, "*/*", 3) == 0) { return NOMEN_MEDIA_NONE; }
        at += strcspn(at, ",");
    }
    return NOMEN_MEDIA_OTHER;
}

/* A charset other than UTF-8 would be read as another text. */
static bool is_utf8(const char *type) {
    const char *at = type != NULL ? strcasestr(type, "charset=") : NULL;
    if (at == NULL) { return true; }
    at += 8;
    at += *at == '"';
    size_t n = strcspn(at, "\"; \t,");
    return (n == 5 && strncasecmp(at, "utf-8", 5) == 0) || (n == 4 && strncasecmp(at, "utf8", 4) == 0) ||
           (n == 8 && strncasecmp(at, "us-ascii", 8) == 0);
}

static unsigned method_of(const char *name) {
    if (strcmp(name, "GET") == 0 || strcmp(name, "HEAD") == 0) { return NOMEN_METHOD_GET; }
    if (strcmp(name, "POST") == 0) { return NOMEN_METHOD_POST; }
    if (strcmp(name, "DELETE") == 0) { return NOMEN_METHOD_DELETE; }
    if (strcmp(name, "OPTIONS") == 0) { return NOMEN_METHOD_OPTIONS; }
    return 0;
}

/* A method that HTTP has and no path here takes. */
static bool is_known_elsewhere(const char *method) {
    static const char *const known[] = {"PUT", "PATCH", "TRACE", "CONNECT", "QUERY"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(method, known[i]) == 0) { return true; }
    }
    return false;
}

static const char *allow_of(unsigned methods) {
    static const char *const lists[] = {
        "OPTIONS",         "GET, HEAD, OPTIONS",         "POST, OPTIONS",         "GET, HEAD, POST, OPTIONS",
        "DELETE, OPTIONS", "GET, HEAD, DELETE, OPTIONS", "POST, DELETE, OPTIONS", "GET, HEAD, POST, DELETE, OPTIONS"};
    return lists[methods & 7];
}

/* Which route it is; nobody without a key learns which ones there are. */
static bool check_route(nomen_exchange *x, const char *method, const fields *f, const char **key_name) {
    const nomen_service *service = x->service;
    unsigned allowed = 0;
    x->method = method_of(method);
    x->route = nomen_route_find(x->path, x->method, &allowed, &x->name);
    nomen_key_role needed = x->route != NULL ? x->route->role : NOMEN_KEY_USER;
    if (service->keys != NULL) {
        x->role = nomen_keys_check(service->keys, f->values[AUTHORIZATION], key_name);
        if (needed > NOMEN_KEY_NONE && x->role == NOMEN_KEY_NONE) {
            return refuse(x, 401,
                          f->values[AUTHORIZATION] == NULL
                              ? "this service needs a key; send it as \"Authorization: Bearer KEY\""
                              : "the key is not one of this service's; send \"Authorization: Bearer KEY\" with one that is");
        }
    }
    bool hidden = (needed == NOMEN_KEY_ADMIN || strncmp(x->path, "/admin/", 7) == 0) &&
                  (service->keys == NULL || !nomen_keys_have_admin(service->keys));
    if (x->route == NULL && allowed == 0 && x->method != NOMEN_METHOD_OPTIONS) {
        if (x->method == 0) {
            nomen_answer_error(&x->answer, 501, "the method is not one that this service has; use GET or POST");
            return false;
        }
        nomen_answer_error(&x->answer, 404, "there is nothing at %.200s; GET /openapi.json lists what there is", x->path);
        return false;
    }
    if (hidden) {
        return refuse(x, 404, "administration is off; give the service a file of keys that has one with the role admin");
    }
    if (x->method == NOMEN_METHOD_OPTIONS) {
        x->answer = (nomen_answer){.status = 204, .allow = allow_of(allowed)};
        return false;
    }
    if (x->route == NULL) {
        nomen_answer_error(&x->answer, x->method == 0 && !is_known_elsewhere(method) ? 501 : 405,
                           "%.200s does not take this method; it takes %s", x->path, allow_of(allowed));
        x->answer.allow = allow_of(allowed);
        return false;
    }
    if (service->keys != NULL && x->role < needed) {
        return refuse(x, 403, "this needs a key whose role is admin; the one that was sent has the role user");
    }
    return true;
}

/* What a page of another origin could make a browser do: it can send texts, but no JSON, without asking first. */
static bool check_origin(nomen_exchange *x, const fields *f) {
    const char *origin = f->values[ORIGIN];
    if (x->route->role != NOMEN_KEY_ADMIN || origin == NULL) { return true; }
    const char *host = strstr(origin, "://");
    if (host != NULL && f->values[HOST] != NULL && strcasecmp(host + 3, f->values[HOST]) == 0) { return true; }
    return refuse(x, 403, "administration is refused to pages of another origin");
}

static bool check_media(nomen_exchange *x, const fields *f, const framing *head) {
    const nomen_route *route = x->route;
    x->sent = media_of(f->values[TYPE]);
    x->accepted = media_of(f->values[ACCEPT]);
    bool has_body = head->chunked || head->n_bytes > 0;
    if (!route->takes_json && !route->takes_text) { return true; }
    if (!head->chunked && !head->sized) {
        return refuse(x, 411, "the length of the body is not given; send Content-Length, or Transfer-Encoding: chunked");
    }
    if (!is_utf8(f->values[TYPE])) { return refuse(x, 415, "texts are read as UTF-8; convert the body and send charset=utf-8"); }
    bool form = x->sent == NOMEN_MEDIA_OTHER && strncasecmp(f->values[TYPE], "application/x-www-form-urlencoded", 33) == 0;
    /* What curl -d sends without a -H: meant as JSON where only JSON is taken, but never in administration. */
    if ((x->sent == NOMEN_MEDIA_NONE || form) && route->role != NOMEN_KEY_ADMIN) { x->sent = NOMEN_MEDIA_JSON; }
    if ((x->sent == NOMEN_MEDIA_JSON && route->takes_json) || (x->sent == NOMEN_MEDIA_TEXT && route->takes_text) ||
        (!has_body && route->role == NOMEN_KEY_ADMIN)) {
        return true;
    }
    return refuse(x, 415,
                  route->takes_text ? "the body is neither JSON nor a text; send Content-Type: application/json or text/plain"
                                    : "the body is not JSON; send Content-Type: application/json");
}

/* The client's own id where it is a harmless one, else a new one. */
static void set_id(nomen_exchange *x, const char *given) {
    size_t n = given != NULL ? strlen(given) : 0;
    bool harmless = n > 0 && n < NOMEN_REQUEST_ID_SIZE;
    for (size_t i = 0; harmless && i < n; i++) {
        harmless = isalnum((unsigned char)given[i]) || strchr("-_.:/+=", given[i]) != NULL;
    }
    if (harmless) { memcpy(x->id, given, n + 1); }
}

bool nomen_head_check(nomen_exchange *x, struct MHD_Connection *connection, const char *method, const char *version, bool local,
                      const char **key_name) {
    fields f = {0};
    framing head = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, collect, &f);
    set_id(x, f.values[REQUEST_ID]);
    *key_name = "";
    if (!check_framing(x, &f, version, &head)) { return false; }
    /* No browser gets to a Unix socket, and probes of a cluster use whatever name they have. */
    bool probe = local || strcmp(x->path, "/health") == 0 || strcmp(x->path, "/ready") == 0;
    if (!probe && f.values[HOST] != NULL && !nomen_head_host_is_known(x->service->settings, f.values[HOST])) {
        nomen_answer_error(&x->answer, 403, "the Host \"%.200s\" is not one of this service's; name it in --allowed-hosts",
                           f.values[HOST]);
        return false;
    }
    if (!check_route(x, method, &f, key_name) || !check_origin(x, &f) || !check_media(x, &f, &head)) { return false; }
    if (head.n_bytes > x->service->settings->max_body) {
        nomen_answer_error(&x->answer, 413, "the body has %zu bytes, and %zu are taken (--max-body); send the texts in parts",
                           head.n_bytes, x->service->settings->max_body);
        x->answer.close = true;
        return false;
    }
    return true;
}
