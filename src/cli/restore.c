/* nomen restore: from pseudonyms back to what stood there. */
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "nomen/runtime.h"
#include "nomen/tag.h"

enum { KEY_OVERWRITE = 0x100 };

typedef struct restore_command {
    nomen_common common;
    const char *map, *file, *output;
    bool overwrite;
} restore_command;

static error_t parse(int key, char *text, struct argp_state *state) {
    restore_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &c->common; return 0;
    case 'o': c->output = text; return 0;
    case KEY_OVERWRITE: c->overwrite = true; return 0;
    case ARGP_KEY_ARG:
        if (c->file != NULL) { argp_error(state, "only MAP and FILE are expected; \"%s\" is one too many", text); }
        *(c->map == NULL ? &c->map : &c->file) = text;
        return 0;
    case ARGP_KEY_END:
        if (c->map == NULL) { argp_error(state, "the MAP written by nomen tag --map is required"); }
        if (c->file == NULL) { c->file = "-"; }
        if (c->output != NULL && strcmp(c->output, "-") == 0) { c->output = NULL; }
        if (c->common.json) { argp_error(state, "--json: the restored text is plain text"); }
        if (strcmp(c->map, "-") == 0) { argp_error(state, "MAP must be a file; the text is read from standard input"); }
        if (c->overwrite && c->output == NULL) { argp_error(state, "--overwrite needs -o FILE"); }
        if (c->output != NULL && nomen_file_is_same(c->output, c->map)) {
            argp_error(state, "-o %s: would replace the map", c->output);
        }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "write to this file, completely or not at all (default: standard output)", 1},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace FILE if it exists", 1},
    {0},
};

int nomen_cli_restore(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_common_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              "MAP [FILE]",
                              "Puts the originals back into a pseudonymised text, using the map that 'nomen tag --format "
                              "redacted --redact pseudonym --map MAP' wrote. Without FILE it reads standard input.",
                              children,
                              NULL,
                              NULL};
    restore_command c = {0};
    nomen_error err = {0};
    nomen_buffer text = {0}, restored = {0};
    nomen_output *file = NULL;
    size_t n_unknown = 0;
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    nomen_cli_catch_interrupt();
    nomen_status status;
    if (c.output != NULL) { NOMEN_TRY(nomen_output_check(c.output, c.overwrite, &err)); }
    NOMEN_TRY(nomen_file_read(c.file, &text, &err));
    NOMEN_TRY(
        nomen_restore(c.map, text.data != NULL ? text.data : "", text.size, &restored.data, &restored.size, &n_unknown, &err));
    if (n_unknown > 0) {
        nomen_log_warning("%zu %s not in the map and %s; check that the map belongs to this text", n_unknown,
                          n_unknown == 1 ? "pseudonym is" : "pseudonyms are", n_unknown == 1 ? "stays" : "stay");
    }
    if (c.output == NULL) {
        NOMEN_TRY(nomen_cli_write(&restored, &err));
    } else {
        NOMEN_TRY(nomen_output_open(c.output, c.overwrite ? NOMEN_OUTPUT_OVERWRITE : NOMEN_OUTPUT_NEW, &file, &err));
        NOMEN_TRY(nomen_output_write(file, restored.data, restored.size, &err));
        status = nomen_output_commit(file, &err);
        file = NULL;
    }
done:
    nomen_output_abandon(file);
    nomen_buffer_clear(&text);
    nomen_free(restored.data);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
