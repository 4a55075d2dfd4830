/* nomen serve: reads the settings and runs the service. The options are the rows of the table of settings. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"

#if NOMEN_HAVE_MICROHTTPD

#include "serve/service.h"
#include "serve/settings_table.h"

extern char **environ;

enum { KEY_CONFIG = 0x100, KEY_PRINT_CONFIG, KEY_FIRST = 0x200 };

/* An option as it was given: its row in the table, and its value. */
typedef struct given_option {
    size_t row;
    const char *text;
} given_option;

typedef struct serve_command {
    given_option *options; /* (n_options) in their order */
    size_t n_options, capacity;
    const char *config;
    bool print_config;
} serve_command;

static error_t take_option(serve_command *c, size_t row, const char *text, struct argp_state *state) {
    nomen_error err = {0};
    if (NOMEN_RESERVE(c->options, c->capacity, c->n_options + 1, &err) != NOMEN_OK) { argp_error(state, "%s", err.message); }
    c->options[c->n_options++] = (given_option){row, text != NULL ? text : "true"};
    return 0;
}

static error_t parse(int key, char *text, struct argp_state *state) {
    serve_command *c = state->input;
    size_t n;
    const nomen_setting *table = nomen_settings_table(&n);
    switch (key) {
    case KEY_CONFIG:
        if (*text == '\0') { argp_error(state, "--config: the value is empty; expected a file of settings"); }
        c->config = text;
        return 0;
    case KEY_PRINT_CONFIG: c->print_config = true; return 0;
    case ARGP_KEY_ARG: argp_error(state, "unexpected \"%s\"; a model is given by --model DIR", text); return 0;
    default: break;
    }
    for (size_t i = 0; i < n; i++) {
        if (key == KEY_FIRST + (int)i || (table[i].letter != 0 && key == table[i].letter)) {
            return take_option(c, i, text, state);
        }
    }
    return ARGP_ERR_UNKNOWN;
}

/* The options of the table for argp, between headings; the texts of their help are in `help`, (n) of them. */
static nomen_status make_options(struct argp_option **out, nomen_buffer **help, nomen_error *err) {
    static const char *const headings[] = {[NOMEN_SETTING_MODELS] = "Models:",
                                           [NOMEN_SETTING_ACCESS] = "Where it listens, and who may ask:",
                                           [NOMEN_SETTING_LIMITS] = "Limits:",
                                           [NOMEN_SETTING_TIMES] = "Times, in seconds:",
                                           [NOMEN_SETTING_OUTPUT] = "Log and settings:"};
    static const struct argp_option own[] = {
        {"config", KEY_CONFIG, "FILE", 0, "read settings from this JSON file (or NOMEN_SERVE_CONFIG)", NOMEN_SETTING_OUTPUT},
        {"print-config", KEY_PRINT_CONFIG, NULL, 0, "print the settings as such a file, and end", NOMEN_SETTING_OUTPUT}};
    enum { N_HEADINGS = sizeof headings / sizeof *headings, N_OWN = sizeof own / sizeof *own };
    size_t n, at = 0;
    const nomen_setting *table = nomen_settings_table(&n);
    struct argp_option *options = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(*help, n, err));
    NOMEN_TRY(NOMEN_NEW(options, n + N_HEADINGS + N_OWN + 1, err));
    for (int i = NOMEN_SETTING_MODELS; i < N_HEADINGS; i++) {
        options[at++] = (struct argp_option){.doc = headings[i], .group = i};
    }
    for (size_t i = 0; i < n; i++) {
        const nomen_setting *row = &table[i];
        bool flag = row->kind == NOMEN_SETTING_FLAG;
        NOMEN_TRY(nomen_buffer_append_text(&(*help)[i], row->help, err));
        if (row->standard != NULL) { NOMEN_TRY(nomen_buffer_printf(&(*help)[i], err, " (default: %s)", row->standard)); }
        options[at++] = (struct argp_option){.name = row->name,
                                             .key = row->letter != 0 ? row->letter : KEY_FIRST + (int)i,
                                             .arg = flag ? "yes|no" : row->argument,
                                             .flags = flag ? OPTION_ARG_OPTIONAL : 0,
                                             .doc = (*help)[i].data,
                                             .group = (int)row->group};
    }
    for (size_t i = 0; i < N_OWN; i++) { options[at++] = own[i]; }
    *out = options;
    options = NULL;
done:
    nomen_mem_free(options);
    return status;
}

static int parse_options(int argc, char **argv, serve_command *c, nomen_error *err) {
    struct argp_option *options = NULL;
    nomen_buffer *help = NULL;
    size_t n;
    nomen_settings_table(&n);
    int code = -1;
    nomen_status status = make_options(&options, &help, err);
    if (status == NOMEN_OK) {
        const struct argp argp = {
            options,
            parse,
            NULL,
            "Serves models by HTTP: tagging, redacting, Hugging Face's interface, metrics and a page to try it.\v"
            "Each option is also a variable, such as NOMEN_SERVE_MAX_QUEUE_MS, and a key of the file, such as \"max_queue_ms\". "
            "An "
            "option wins over a variable, and that over the file; of lists too, one takes the other's place. Paths are relative "
            "to "
            "the working directory. SIZE takes suffixes: 500k, 16MiB. SIGHUP reloads models and keys; SIGTERM ends the service "
            "when it has answered what it accepted.",
            NULL,
            NULL,
            NULL};
        code = nomen_cli_parse(&argp, argc, argv, c);
    } else {
        code = nomen_cli_fail(err);
    }
    for (size_t i = 0; help != NULL && i < n; i++) { nomen_buffer_clear(&help[i]); }
    nomen_mem_free(help);
    nomen_mem_free(options);
    return code;
}

/* Sets what options say: all values of a row at once, as one list. */
static nomen_status apply_options(const serve_command *c, nomen_settings *settings, nomen_error *err) {
    size_t n;
    const nomen_setting *table = nomen_settings_table(&n);
    const char **texts = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(texts, c->n_options, err));
    for (size_t row = 0; row < n; row++) {
        char where[NOMEN_SETTING_NAME_SIZE + 2] = "--";
        size_t n_texts = 0;
        for (size_t i = 0; i < c->n_options; i++) {
            if (c->options[i].row == row) { texts[n_texts++] = c->options[i].text; }
        }
        snprintf(where, sizeof where, "--%s", table[row].name);
        if (n_texts > 0) { NOMEN_TRY(nomen_setting_set(settings, &table[row], texts, n_texts, false, where, err)); }
    }
done:
    nomen_mem_free(texts);
    return status;
}

static nomen_status read_settings(const serve_command *c, nomen_settings *settings, nomen_error *err) {
    const char *variable = getenv(NOMEN_SETTING_PREFIX "CONFIG");
    const char *path = c->config != NULL ? c->config : variable;
    nomen_status status;
    NOMEN_TRY(nomen_settings_defaults(settings, err));
    if (path != NULL && *path != '\0') { NOMEN_TRY(nomen_settings_read_file(settings, path, err)); }
    NOMEN_TRY(nomen_settings_read_environment(settings, environ, err));
    NOMEN_TRY(apply_options(c, settings, err));
done:
    return status;
}

int nomen_cli_serve(int argc, char **argv) {
    serve_command c = {0};
    nomen_settings settings = {0};
    nomen_buffer text = {0};
    nomen_error err = {0};
    nomen_status status;
    int code = parse_options(argc, argv, &c, &err);
    if (code >= 0) {
        nomen_mem_free(c.options);
        return code;
    }
    NOMEN_TRY(read_settings(&c, &settings, &err));
    if (c.print_config) {
        NOMEN_TRY(nomen_settings_print(&settings, &text, &err));
        NOMEN_FAIL(nomen_cli_write(&text, &err));
    }
    NOMEN_TRY(nomen_settings_check(&settings, &err));
    status = nomen_service_run(&settings, &err);
done:
    nomen_mem_free(c.options);
    nomen_buffer_clear(&text);
    nomen_settings_clear(&settings);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}

#else

int nomen_cli_serve(int argc, char **argv) {
    (void)argc;
    (void)argv;
    fprintf(stderr, "nomen: this nomen was built without libmicrohttpd; install libmicrohttpd-dev and build again\n");
    return EXIT_FAILED;
}

#endif
