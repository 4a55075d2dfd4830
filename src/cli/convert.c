/* nomen convert: turn a labelled file into another format or tag scheme. */
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "nomen/dataset.h"

enum { KEY_TO = 0x100, KEY_TO_SCHEME, KEY_ROWS, KEY_OVERWRITE, KEY_STRICT };

static const char help_begin[] =
    "Converts a labelled file to another format or tag scheme. Without OUT, or with -, it writes to standard output.\v"
    "Formats: ";
static const char help_end[] =
    ".\n\nEvery command reads all of them, also compressed by gzip or zip, and detects them by content: tables "
    "separated by commas, semicolons, tabs or bars with the usual titles, with lists in their cells; columns of CoNLL-2003, "
    "CoNLL-U, CoNLL-2012 or GermEval; JSON as lines, one list, or values one after another. Input that could be read in two ways "
    "is an error that names the option to use. What a format can't represent is reported by kind and number. docs/FORMATS.md has "
    "an example of every shape.";

/* The formats of a kind: "csv (a table with one sentence per row: text,labels), long-csv (...)". */
static nomen_status list_formats(nomen_buffer *out, bool is_written, bool has_spans, nomen_error *err) {
    const char *before = "";
    nomen_status status = NOMEN_OK;
    nomen_format_info info = {.size = sizeof info};
    for (int f = NOMEN_DATA_AUTO + 1; nomen_format_get_info((nomen_data_format)f, &info); f++) {
        if (info.is_written != is_written || (is_written && info.has_spans != has_spans)) { continue; }
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s%s", before, info.name));
        if (info.form != NULL) { NOMEN_TRY(nomen_buffer_printf(out, err, " (%s)", info.form)); }
        before = ", ";
    }
done:
    return status;
}

static nomen_status write_help(nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, help_begin, err));
    NOMEN_TRY(list_formats(out, true, false, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ", and for texts with spans ", err));
    NOMEN_TRY(list_formats(out, true, true, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ". Read, but not written: ", err));
    NOMEN_TRY(list_formats(out, false, false, err));
    status = nomen_buffer_append_text(out, help_end, err);
done:
    return status;
}

typedef struct convert_command {
    nomen_common common;
    nomen_data_options data;
    nomen_convert_options write;
    const char *in, *out;
    bool strict;
} convert_command;

static bool is_standard(const char *path) {
    return strcmp(path, "-") == 0;
}

static void check(convert_command *c, struct argp_state *state) {
    if (c->in == NULL) { argp_error(state, "the labelled file IN is required"); }
    if (c->out == NULL) { c->out = "-"; }
    if (c->write.format == NOMEN_DATA_AUTO) { c->write.format = nomen_format_of_path(c->out); }
    if (c->write.format == NOMEN_DATA_AUTO) {
        argp_error(state, "--to FORMAT is required, as the name of OUT does not show a format");
    }
    NOMEN_CLI_TRY(nomen_format_check_writable(c->write.format, &problem));
    if (c->write.format == NOMEN_DATA_BRAT && is_standard(c->out)) {
        argp_error(state, "brat consists of several files, so OUT must be named");
    }
    if (c->common.json && is_standard(c->out)) { argp_error(state, "--json: the data goes to standard output; name a file OUT"); }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    convert_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &c->data;
        state->child_inputs[1] = &c->common;
        return 0;
    case KEY_TO: NOMEN_CLI_TRY(nomen_format_parse(text, &c->write.format, &problem)); return 0;
    case KEY_TO_SCHEME: NOMEN_CLI_TRY(nomen_scheme_parse(text, &c->write.scheme, &problem)); return 0;
    case KEY_ROWS: c->data.max_rows = nomen_cli_count(state, "--rows", text, 0, SIZE_MAX); return 0;
    case KEY_OVERWRITE: c->write.overwrite = true; return 0;
    case KEY_STRICT: c->strict = true; return 0;
    case ARGP_KEY_ARG:
        if (c->out != NULL) { argp_error(state, "only IN and OUT are expected; \"%s\" is one too many", text); }
        *(c->in == NULL ? &c->in : &c->out) = text;
        return 0;
    case ARGP_KEY_END: check(c, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"to", KEY_TO, "FORMAT", 0, "format to write (default: by the name of OUT)", 1},
    {"to-scheme", KEY_TO_SCHEME, "SCHEME", 0, "tag scheme to write (default: that of IN; IOB2 for spans)", 1},
    {"rows", KEY_ROWS, "N", 0, "use only the first N sentences; 0 for all", 1},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace OUT if it exists", 1},
    {"strict", KEY_STRICT, NULL, 0, "exit with 3 if anything could not be kept unchanged", 1},
    {0},
};

static nomen_status write_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    (void)user;
    return nomen_cli_write(&(nomen_buffer){.data = (char *)(uintptr_t)bytes, .size = n_bytes}, err);
}

int nomen_cli_convert(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_data_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {0}};
    convert_command c = {.write.size = sizeof c.write};
    nomen_buffer help = {0};
    nomen_error err = {0};
    nomen_dataset *set = NULL;
    nomen_conversion *conversion = NULL;
    nomen_format_info to = {.size = sizeof to};
    char *text = NULL;
    size_t n_bytes = 0;
    int code = EXIT_FAILED;
    nomen_status status;
    NOMEN_TRY(write_help(&help, &err));
    const struct argp argp = {options, parse, "IN [OUT]", help.data, children, NULL, NULL};
    code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { goto done; }
    nomen_cli_catch_interrupt();
    NOMEN_TRY(nomen_output_check(c.out, c.write.overwrite || is_standard(c.out), &err));
    c.data.keep_spans = nomen_format_get_info(c.write.format, &to) && to.has_spans;
    NOMEN_TRY(nomen_dataset_load(c.in, &c.data, &set, &err));
    NOMEN_TRY(is_standard(c.out)
                  ? nomen_dataset_write_parts(set, "standard output", &c.write, write_part, NULL, &conversion, &err)
                  : nomen_dataset_save(set, c.out, &c.write, &conversion, &err));
    if (c.common.json) {
        status = nomen_conversion_to_json(conversion, &text, &n_bytes, &err);
        NOMEN_TRY(nomen_cli_write_string(status, text, n_bytes, &err));
    }
    code = c.strict && nomen_conversion_get_n_lost(conversion) > 0 ? EXIT_GATE : EXIT_DONE;
    if (code == EXIT_GATE) { fprintf(stderr, "nomen: --strict: not all of %s could be kept unchanged\n", c.in); }
done:
    nomen_buffer_clear(&help);
    nomen_conversion_free(conversion);
    nomen_dataset_free(set);
    return status == NOMEN_OK ? code : nomen_cli_fail(&err);
}
