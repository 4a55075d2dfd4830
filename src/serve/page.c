/* The page; see the header. */
#include "serve/page.h"

#include <string.h>

#include "serve/service.h"

/* Made by src/serve/page/page.cmake. */
extern const unsigned char nomen_page_html[], nomen_page_css[], nomen_page_js[];
extern const size_t nomen_page_html_size, nomen_page_css_size, nomen_page_js_size;
extern const char nomen_page_html_etag[], nomen_page_css_etag[], nomen_page_js_etag[];

/* Scripts and styles of this service alone, requests to it alone, and no markup made of strings. */
static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
                             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
                             "trusted-types 'none'";

static const struct {
    const char *path, *type;
    const unsigned char *bytes;
    const size_t *n_bytes;
    const char *etag;
} files[] = {{"/", NOMEN_TYPE_HTML, nomen_page_html, &nomen_page_html_size, nomen_page_html_etag},
             {"/page.css", "text/css; charset=utf-8", nomen_page_css, &nomen_page_css_size, nomen_page_css_etag},
             {"/page.js", "text/javascript; charset=utf-8", nomen_page_js, &nomen_page_js_size, nomen_page_js_etag}};

nomen_status nomen_page_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_answer *answer = &exchange->answer;
    (void)err;
    if (exchange->service->settings->no_page) {
        nomen_answer_error(answer, 404, "this service shows no page; its interface is described at /openapi.json");
        return NOMEN_OK;
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (strcmp(exchange->path, files[i].path) != 0) { continue; }
        answer->status = 200;
        answer->type = files[i].type;
        answer->bytes = files[i].bytes;
        answer->n_bytes = *files[i].n_bytes;
        answer->etag = files[i].etag;
        answer->policy = policy;
        return NOMEN_OK;
    }
    nomen_answer_error(answer, 404, "the page has no part \"%.200s\"; it is /, /page.css and /page.js", exchange->path);
    return NOMEN_OK;
}
