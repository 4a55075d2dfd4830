/* nomen check: what is wrong or risky in labelled files. */
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "nomen/check.h"
#include "nomen/runtime.h"

enum { KEY_TRAIN = 0x100, KEY_DEV, KEY_TEST, KEY_MODEL, KEY_HTML, KEY_STRICT, KEY_PLACES, KEY_MAX_LENGTH, KEY_LABELS };

static const char help[] =
    "Reports what is wrong or risky in labelled files: the lines, what it costs and what to do.\vFiles are train, dev and test, "
    "in this order; --train, --dev and --test name them, and can be repeated. A file that can't be read is reported, and the "
    "others are checked.\n\nExit codes: 0 checked, 1 a file could not be read, 3 with --strict if something was found.";

typedef struct check_command {
    nomen_common common;
    nomen_check_options options;
    nomen_data_options reading;
    nomen_check_input *inputs;
    size_t n_inputs, capacity, n_operands;
    const char *html;
    bool strict;
    nomen_severity least; /* that --strict minds */
} check_command;

static void add_input(check_command *c, struct argp_state *state, const char *path, nomen_check_part part) {
    if (NOMEN_RESERVE(c->inputs, c->capacity, c->n_inputs + 1, NULL) != NOMEN_OK) {
        argp_failure(state, EXIT_FAILED, 0, "out of memory");
    }
    c->inputs[c->n_inputs++] = (nomen_check_input){path, part};
}

static void parse_strict(check_command *c, struct argp_state *state, const char *text) {
    c->strict = true;
    c->least = NOMEN_SEVERITY_WARNING;
    if (text == NULL) { return; }
    if (nomen_severity_parse(text, &c->least, NULL) == NOMEN_OK) { return; }
    argp_error(state, "--strict: \"%s\" is none of error, warning and note", text);
}

static error_t parse(int key, char *text, struct argp_state *state) {
    check_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &c->reading;
        state->child_inputs[1] = &c->common;
        state->child_inputs[2] = &c->common;
        return 0;
    case KEY_TRAIN: add_input(c, state, text, NOMEN_CHECK_PART_TRAIN); return 0;
    case KEY_DEV: add_input(c, state, text, NOMEN_CHECK_PART_DEV); return 0;
    case KEY_TEST: add_input(c, state, text, NOMEN_CHECK_PART_TEST); return 0;
    case KEY_LABELS: argp_error(state, "--label-errors and --cross-validate can't be abbreviated"); return 0;
    case KEY_MODEL: c->options.model = text; return 0;
    case KEY_HTML: c->html = text; return 0;
    case KEY_STRICT: parse_strict(c, state, text); return 0;
    case KEY_PLACES: c->options.max_places = nomen_cli_count(state, "--places", text, 1, SIZE_MAX); return 0;
    case KEY_MAX_LENGTH: c->options.max_length = nomen_cli_count(state, "--max-length", text, 1, SIZE_MAX); return 0;
    case ARGP_KEY_ARG:
        if (c->n_operands > NOMEN_CHECK_PART_TEST) {
            argp_error(state, "more than three files; name the parts by --train, --dev and --test");
        }
        add_input(c, state, text, (nomen_check_part)c->n_operands++);
        return 0;
    case ARGP_KEY_END:
        if (c->n_inputs == 0) { argp_error(state, "a labelled file is required"); }
        for (size_t i = 0; c->html != NULL && i < c->n_inputs; i++) {
            if (nomen_file_is_same(c->html, c->inputs[i].path)) {
                argp_error(state, "--html %s: is one of the files that are checked; give another name", c->html);
            }
        }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"train", KEY_TRAIN, "FILE", 0, "a labelled file to train on", 1},
    {"dev", KEY_DEV, "FILE", 0, "a labelled file to choose the best epoch by", 1},
    {"test", KEY_TEST, "FILE", 0, "a labelled file to score on", 1},
    {"model", KEY_MODEL, "DIR", 0,
     "check against the vocabulary, case, length and labels of a model, or of a directory with just a tokenizer's files; DIR may "
     "be the NAME of a model in the hub's cache ('nomen fetch')",
     1},
    {"max-length", KEY_MAX_LENGTH, "N", 0, "subword tokens that the model reads at once (default: as DIR states, else 512)", 1},
    {"places", KEY_PLACES, "N", 0, "show the first N places of each kind (default: 3)", 2},
    {"label-errors", KEY_LABELS, NULL, 0,
     "instead of checking, list the labels that the trained model DIR doubts; add --help for its options", 3},
    {"cross-validate", KEY_LABELS, "K", 0,
     "instead of checking, list the labels that K models doubt, each trained from DIR on the rest of the data", 3},
    {"html", KEY_HTML, "FILE", 0, "also write the report as an HTML page", 2},
    {"strict", KEY_STRICT, "LEAST", OPTION_ARG_OPTIONAL,
     "exit with 3 if a finding is a warning or an error (LEAST: error, warning or note)", 2},
    {0},
};

static bool fails_gate(const check_command *c, const nomen_check_report *report) {
    size_t n = 0;
    for (int s = (int)c->least; s <= NOMEN_SEVERITY_ERROR; s++) { n += report->n_by_severity[s]; }
    return c->strict && n > 0;
}

static nomen_status print(const check_command *c, const nomen_check_report *report, nomen_error *err) {
    char *text = NULL, *page = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    if (c->html != NULL) {
        NOMEN_TRY(nomen_check_report_to_html(report, &page, &n_bytes, err));
        NOMEN_TRY(nomen_file_write(c->html, page, n_bytes, err));
    }
    status = c->common.json ? nomen_check_report_to_json(report, &text, &n_bytes, err)
                            : nomen_check_report_to_text(report, nomen_cli_has_color(stdout), &text, &n_bytes, err);
    status = nomen_cli_write_string(status, text, n_bytes, err);
done:
    nomen_free(page);
    return status;
}

int nomen_cli_check(int argc, char **argv) {
    const struct argp_child children[] = {
        {&nomen_data_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {&nomen_case_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options, parse, "DATA [DEV [TEST]]", help, children, NULL, NULL};
    if (nomen_cli_wants_label_errors(argc, argv)) { return nomen_cli_label_errors(argc, argv); }
    check_command c = {0};
    nomen_error err = {0};
    nomen_check_report *report = NULL;
    char *found = NULL;
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    nomen_cli_catch_interrupt();
    nomen_status status;
    c.options.size = sizeof c.options;
    c.options.data = &c.reading;
    c.options.tokenizer = &c.common.tokenizer;
    c.options.advice = nomen_cli_advice;
    NOMEN_TRY(nomen_cli_find_model(&c.options.model, &found, &err));
    NOMEN_TRY(nomen_check_run(c.inputs, c.n_inputs, &c.options, &report, &err));
    NOMEN_TRY(print(&c, report, &err));
    code = !report->all_readable ? EXIT_FAILED : fails_gate(&c, report) ? EXIT_GATE : EXIT_DONE;
done:
    nomen_check_report_free(report);
    nomen_mem_free(c.inputs);
    nomen_free(found);
    return status == NOMEN_OK ? code : nomen_cli_fail(&err);
}
