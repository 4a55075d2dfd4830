/* The table of routes; see the header. */
#include "serve/routes.h"

#include <string.h>

#include "serve/handlers.h"
#include "serve/page.h"

enum { GET = NOMEN_METHOD_GET, POST = NOMEN_METHOD_POST, DELETE = NOMEN_METHOD_DELETE };

#define ANYONE NOMEN_KEY_NONE
#define USER NOMEN_KEY_USER
#define ADMIN NOMEN_KEY_ADMIN

/* Of two rows that fit a path, the first is taken. */
static const nomen_route routes[] = {
    {.path = "/", .method = GET, .role = ANYONE, .begin = nomen_page_begin, .series = "/"},
    {.path = "/page.css", .method = GET, .role = ANYONE, .begin = nomen_page_begin, .series = "/"},
    {.path = "/page.js", .method = GET, .role = ANYONE, .begin = nomen_page_begin, .series = "/"},
    {.path = "/",
     .method = POST,
     .role = USER,
     .takes_json = true,
     .begin = nomen_hf_begin,
     .finish = nomen_hf_finish,
     .series = "/"},
    {.path = "/models/*",
     .method = POST,
     .role = USER,
     .takes_json = true,
     .begin = nomen_hf_begin,
     .finish = nomen_hf_finish,
     .series = "/models"},
    {.path = "/tag",
     .method = POST,
     .role = USER,
     .takes_json = true,
     .takes_text = true,
     .begin = nomen_tag_begin,
     .finish = nomen_tag_finish,
     .line = nomen_tag_line,
     .series = "/tag"},
    {.path = "/redact",
     .method = POST,
     .role = USER,
     .takes_json = true,
     .takes_text = true,
     .begin = nomen_redact_begin,
     .finish = nomen_redact_finish,
     .series = "/redact"},
    {.path = "/restore", .method = POST, .role = USER, .takes_json = true, .begin = nomen_restore_begin, .series = "/restore"},
    {.path = "/tokenize", .method = POST, .role = USER, .takes_json = true, .begin = nomen_tokenize_begin, .series = "/tokenize"},
    {.path = "/decode", .method = POST, .role = USER, .takes_json = true, .begin = nomen_decode_begin, .series = "/decode"},
    {.path = "/info", .method = GET, .role = USER, .begin = nomen_info_begin, .series = "/info"},
    {.path = "/health", .method = GET, .role = ANYONE, .begin = nomen_health_begin, .series = "/health"},
    {.path = "/ready", .method = GET, .role = ANYONE, .begin = nomen_ready_begin, .series = "/ready"},
    {.path = "/metrics", .method = GET, .role = USER, .begin = nomen_metrics_begin, .series = "/metrics"},
    {.path = "/openapi.json", .method = GET, .role = USER, .begin = nomen_openapi_begin, .series = "/openapi.json"},
    {.path = "/admin/models", .method = GET, .role = ADMIN, .begin = nomen_admin_list_begin, .series = "/admin/models"},
    {.path = "/admin/models/*",
     .method = POST,
     .role = ADMIN,
     .takes_json = true,
     .waits = true,
     .begin = nomen_admin_load_begin,
     .finish = nomen_admin_finish,
     .series = "/admin/models"},
    {.path = "/admin/models/*",
     .method = DELETE,
     .role = ADMIN,
     .waits = true,
     .begin = nomen_admin_unload_begin,
     .finish = nomen_admin_finish,
     .series = "/admin/models"},
    {.path = "/admin/reload",
     .method = POST,
     .role = ADMIN,
     .takes_json = true,
     .waits = true,
     .begin = nomen_admin_reload_begin,
     .finish = nomen_admin_finish,
     .series = "/admin/reload"},
};

enum { N_ROUTES = sizeof routes / sizeof *routes };

const nomen_route *nomen_routes(size_t *n) {
    *n = N_ROUTES;
    return routes;
}

/* Whether a row is of this path; *name is what stands in place of its "*". */
static bool fits(const nomen_route *route, const char *path, const char **name) {
    size_t n = strlen(route->path);
    if (route->path[n - 1] != '*') {
        *name = "";
        return strcmp(route->path, path) == 0;
    }
    if (strncmp(route->path, path, n - 1) != 0 || path[n - 1] == '\0') { return false; }
    *name = path + n - 1;
    return true;
}

const nomen_route *nomen_route_find(const char *path, unsigned method, unsigned *allowed, const char **name) {
    *allowed = 0;
    *name = "";
    for (size_t i = 0; i < N_ROUTES; i++) {
        if (!fits(&routes[i], path, name)) { continue; }
        if (routes[i].method == method) { return &routes[i]; }
        *allowed |= routes[i].method;
    }
    *name = "";
    return NULL;
}
