/* nomen fetch: get a model from the Hugging Face hub into its cache. */
#include "fetch/fetch.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "cli/cli.h"

enum { KEY_REVISION = 0x100, KEY_ENDPOINT, KEY_CACHE_DIR, KEY_OFFLINE };

typedef struct fetch_command {
    nomen_common common;
    nomen_fetch_options options;
    bool terminal;
    bool bar; /* a line of progress stands there */
    double shown;
} fetch_command;

static error_t parse(int key, char *text, struct argp_state *state) {
    fetch_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &c->common; return 0;
    case KEY_REVISION: c->options.revision = text; return 0;
    case KEY_ENDPOINT: c->options.endpoint = text; return 0;
    case KEY_CACHE_DIR: c->options.cache = text; return 0;
    case KEY_OFFLINE: c->options.offline = true; return 0;
    case ARGP_KEY_ARG:
        if (c->options.name != NULL) { argp_error(state, "only one NAME is expected; \"%s\" is one too many", text); }
        c->options.name = text;
        return 0;
    case ARGP_KEY_END:
        if (c->options.name == NULL) { argp_error(state, "a model's NAME is required, such as dslim/bert-base-NER"); }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"revision", KEY_REVISION, "REV", 0, "branch, tag or commit (default: main); the same as NAME@REV", 1},
    {"endpoint", KEY_ENDPOINT, "URL", 0, "the hub's address (default: HF_ENDPOINT, otherwise https://huggingface.co)", 1},
    {"cache-dir", KEY_CACHE_DIR, "CACHE", 0,
     "the cache's directory (default: HF_HUB_CACHE, otherwise hub in HF_HOME); the other commands find the model there only if "
     "HF_HUB_CACHE names it",
     1},
    {"offline", KEY_OFFLINE, NULL, 0, "only look into the cache, as with HF_HUB_OFFLINE=1", 1},
    {0},
};

static void clear_bar(fetch_command *c) {
    if (c->bar) { fputs("\r\033[K", stderr); }
    c->bar = false;
}

/* 1234567: "1.2 MB". */
static const char *bytes_as_text(uint64_t n, char text[32]) {
    static const char *const units[] = {"bytes", "kB", "MB", "GB"};
    double value = (double)n;
    size_t unit = 0;
    while (value >= 1000 && unit < 3) { value /= 1000, unit++; }
    snprintf(text, 32, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text;
}

/* On a terminal one line that moves, a few times a second; else a line for each file that came. */
static void show(void *user, const nomen_fetch_progress *p) {
    fetch_command *c = user;
    char now[32], whole[32];
    if (c->common.quiet) { return; }
    if (p->done) {
        clear_bar(c);
        if (!p->was_there) { fprintf(stderr, "nomen: %s: %s\n", p->file, bytes_as_text(p->n_bytes, now)); }
        return;
    }
    double time = nomen_clock_now();
    if (!c->terminal || time - c->shown < 0.1) { return; }
    c->shown = time;
    c->bar = true;
    fprintf(stderr, "\r\033[K%s: %s", p->file, bytes_as_text(p->n_bytes, now));
    if (p->size > 0) {
        fprintf(stderr, " of %s, %.0f%%", bytes_as_text((uint64_t)p->size, whole), 100 * (double)p->n_bytes / (double)p->size);
    }
    fflush(stderr);
}

static nomen_status print(const fetch_command *c, const nomen_fetch_result *r, nomen_error *err) {
    nomen_buffer out = {0};
    nomen_status status;
    if (!c->common.json) {
        NOMEN_TRY(nomen_buffer_printf(&out, err, "%s\n", r->directory));
    } else {
        nomen_json_out json = nomen_json_start(&out, err);
        nomen_json_begin_object(&json, NULL);
        nomen_json_add_text(&json, "name", r->name);
        nomen_json_add_text(&json, "revision", r->revision);
        nomen_json_add_text(&json, "commit", r->commit);
        nomen_json_add_text(&json, "directory", r->directory);
        nomen_json_add_int(&json, "bytes_downloaded", (int64_t)r->n_bytes);
        nomen_json_begin_list(&json, "files");
        for (size_t i = 0; i < r->n_files; i++) {
            nomen_json_begin_object(&json, NULL);
            nomen_json_add_text(&json, "name", r->files[i].name);
            nomen_json_add_int(&json, "bytes", (int64_t)r->files[i].n_bytes);
            nomen_json_add_bool(&json, "was_there", r->files[i].was_there);
            nomen_json_end_object(&json);
        }
        nomen_json_end_list(&json);
        nomen_json_end_object(&json);
        NOMEN_TRY(nomen_json_end_line(&json));
    }
    status = nomen_cli_write(&out, err);
done:
    nomen_buffer_clear(&out);
    return status;
}

int nomen_cli_fetch(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_common_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        options,
        parse,
        "NAME[@REV]",
        "Gets a model from the Hugging Face hub into the hub's cache, which huggingface_hub and transformers "
        "share, and prints its directory. The other commands take its NAME in place of DIR, and none of "
        "them opens a connection. Only the files that nomen reads are downloaded, and each is verified.\v"
        "Private and gated models need a token: HF_TOKEN, or the file that 'hf auth login' writes. It is "
        "sent to the hub's own host alone. Proxies are those of https_proxy and no_proxy.",
        children,
        NULL,
        NULL};
    fetch_command c = {0};
    nomen_error err = {0};
    nomen_fetch_result result = {0};
    c.options.on_progress = show;
    c.options.user = &c;
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    c.terminal = nomen_cli_is_terminal(stderr);
    nomen_cli_catch_interrupt();
    nomen_status status = nomen_fetch_run(&c.options, &result, &err);
    clear_bar(&c);
    if (status == NOMEN_OK) { status = print(&c, &result, &err); }
    nomen_fetch_result_clear(&result);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
