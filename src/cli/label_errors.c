/* nomen check --label-errors, and --cross-validate: labels that a model doubts. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/recipe.h"
#include "nomen/label_errors.h"
#include "nomen/runtime.h"

enum {
    KEY_LABEL_ERRORS = 0x100,
    KEY_CROSS_VALIDATE,
    KEY_TOP,
    KEY_REVIEW,
    KEY_REVIEW_FORMAT,
    KEY_OVERWRITE,
    KEY_ROWS,
    KEY_INT8,
    KEY_RECIPE,
    KEY_CONFIG,
    KEY_PARAMETER = 0x200
};
enum { TOP = 20 };

typedef struct label_command {
    nomen_common common;
    nomen_label_errors_options options;
    nomen_data_options reading;
    nomen_train_options train;
    nomen_cli_recipe recipe;
    const char *review;
    size_t top;
    nomen_data_format review_format;
    bool overwrite;
    const char *for_folds, *for_model, *for_review; /* an option that was given and says something of that only */
} label_command;

bool nomen_cli_wants_label_errors(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) { return false; }
        if (strcmp(argv[i], "--label-errors") == 0 || strncmp(argv[i], "--cross-validate", 16) == 0) { return true; }
    }
    return false;
}

static void check(label_command *c, struct argp_state *state) {
    nomen_label_errors_options *o = &c->options;
    bool folds = o->folds > 0;
    if (o->data == NULL) { argp_error(state, "the labelled FILE to examine is required"); }
    if (o->model == NULL) {
        argp_error(state, "--model DIR is required: %s",
                   folds ? "the model to start each fold from" : "a trained model that has not seen FILE");
    }
    if (!folds && c->for_folds != NULL) { argp_error(state, "--%s can only be used with --cross-validate", c->for_folds); }
    if (folds && c->for_model != NULL) { argp_error(state, "%s can't be combined with --cross-validate", c->for_model); }
    if (c->for_review != NULL && c->review == NULL) { argp_error(state, "%s can only be used with --review", c->for_review); }
    if (c->review != NULL && nomen_file_is_same(c->review, o->data)) {
        argp_error(state, "--review %s: is the file that is examined; give another name", c->review);
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    label_command *c = state->input;
    nomen_label_errors_options *o = &c->options;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        state->child_inputs[2] = &c->reading;
        return 0;
    case KEY_LABEL_ERRORS: return 0;
    case KEY_CROSS_VALIDATE: o->folds = nomen_cli_count(state, "--cross-validate", text, 2, 1000); return 0;
    case 'm': o->model = text; return 0;
    case KEY_TOP: c->top = nomen_cli_count(state, "--top", text, 0, SIZE_MAX); return 0;
    case KEY_REVIEW: c->review = text; return 0;
    case KEY_REVIEW_FORMAT:
        NOMEN_CLI_TRY(nomen_format_parse(text, &c->review_format, &problem));
        c->for_review = "--review-format";
        return 0;
    case KEY_OVERWRITE:
        c->overwrite = true;
        c->for_review = "--overwrite";
        return 0;
    case KEY_ROWS: c->reading.max_rows = nomen_cli_count(state, "--rows", text, 0, SIZE_MAX); return 0;
    case KEY_INT8:
        o->int8 = true;
        c->for_model = "--int8";
        return 0;
    case KEY_RECIPE:
        c->recipe.name = text;
        c->for_folds = "recipe";
        return 0;
    case KEY_CONFIG:
        c->recipe.file = text;
        c->for_folds = "config";
        return 0;
    case ARGP_KEY_ARG:
        if (o->data != NULL) { argp_error(state, "only one labelled file is expected; \"%s\" is one too many", text); }
        o->data = text;
        return 0;
    case ARGP_KEY_END: check(c, state); return 0;
    default:
        if (key < KEY_PARAMETER || key >= KEY_PARAMETER + NOMEN_CLI_MAX_PARAMETERS) { return ARGP_ERR_UNKNOWN; }
        nomen_cli_recipe_add(&c->recipe, state, key - KEY_PARAMETER, text);
        const char *name = nomen_train_parameters()[key - KEY_PARAMETER].name;
        if (strcmp(name, "max-length") != 0) { c->for_folds = name; }
        return 0;
    }
}

static const struct argp_option own_options[] = {
    {"label-errors", KEY_LABEL_ERRORS, NULL, 0, "list the labels that a trained model doubts; it must not have seen FILE", 1},
    {"cross-validate", KEY_CROSS_VALIDATE, "K", 0,
     "list the labels that K models doubt, each trained from DIR on the other folds of FILE (equal texts share a fold)", 1},
    {"model", 'm', "DIR", 0,
     "the trained model, or the one to start from; DIR may be the NAME of a model in the hub's cache ('nomen fetch')", 1},
    {"top", KEY_TOP, "N", 0, "show the N most doubtful places (default: 20; 0 for all)", 1},
    {"review", KEY_REVIEW, "OUT", 0, "write the sentences to OUT, most doubtful first, for import into an annotation tool", 1},
    {"review-format", KEY_REVIEW_FORMAT, "FORMAT", 0,
     "format of OUT: jsonl, doccano, prodigy, label-studio, hf, conll... (default: by its name); the JSON formats put the "
     "suggestions under \"meta\"",
     1},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace OUT if it exists", 1},
    {"rows", KEY_ROWS, "N", 0, "use only the first N sentences; 0 for all", 1},
    {"int8", KEY_INT8, NULL, 0, "dense layers in int8, quantised while loading (default: as stored in DIR)", 1},
    {"recipe", KEY_RECIPE, "NAME", 0, "how the folds' models are trained, as in nomen train: default or seed", 2},
    {"config", KEY_CONFIG, "FILE", 0, "read hyper-parameters from JSON; options on the command line take precedence", 2},
};
enum { N_OWN = sizeof own_options / sizeof *own_options };

/* What says which part of the data is trained on, and how it is judged meanwhile: the folds decide that. */
static bool is_of_split(const char *name) {
    static const char *const names[] = {"rows", "split", "numpy-split", "split-seed", "folds", "fold", "load-best-model-at-end"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) { return true; }
    }
    return false;
}

static void fill_options(struct argp_option options[N_OWN + NOMEN_CLI_RECIPE_ROWS + 1]) {
    memcpy(options, own_options, sizeof own_options);
    size_t n = N_OWN, n_all = nomen_cli_recipe_options(options + n, KEY_PARAMETER, 3);
    for (size_t i = 0; i < n_all; i++) {
        const char *name = options[N_OWN + i].name; /* NULL: a heading */
        if (name == NULL || !is_of_split(name)) { options[n++] = options[N_OWN + i]; }
    }
    options[n] = (struct argp_option){0};
}

static void show_progress(void *user, const nomen_fold_progress *p) {
    label_command *c = user;
    if (c->common.quiet || !nomen_cli_is_terminal(stderr)) { return; }
    char line[160];
    snprintf(line, sizeof line, "fold %zu/%zu  epoch %zu/%zu  step %zu/%zu  loss %.4f  %.0f tokens/s", p->fold, p->n_folds,
             p->training.epoch, p->training.n_epochs, p->training.step, p->training.n_steps, p->training.loss,
             p->training.tokens_per_second);
    nomen_cli_show_bar(line);
}

static nomen_status run(label_command *c, nomen_error *err) {
    nomen_label_report *report = NULL;
    char *text = NULL, *found = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    NOMEN_TRY(nomen_cli_find_model(&c->options.model, &found, err));
    NOMEN_TRY(nomen_cli_recipe_apply(&c->recipe, &c->train, err));
    c->options.max_length = c->train.max_length;
    if (c->review != NULL) { NOMEN_TRY(nomen_label_errors_check_review(c->review, &c->review_format, c->overwrite, err)); }
    status = nomen_label_errors_find(&c->options, show_progress, c, &report, err);
    nomen_cli_clear_bar();
    NOMEN_TRY(status);
    if (c->review != NULL) { NOMEN_TRY(nomen_label_errors_review(report, c->review, c->review_format, 0, c->overwrite, err)); }
    status = c->common.json ? nomen_label_report_to_json(report, c->top, &text, &n_bytes, err)
                            : nomen_label_report_to_text(report, c->top, &text, &n_bytes, err);
    NOMEN_TRY(nomen_cli_write_string(status, text, n_bytes, err));
    if (!c->common.json && c->top > 0 && c->top < report->n_errors) { puts("--top 0 shows all, --review FILE writes them"); }
done:
    nomen_label_report_free(report);
    nomen_free(found);
    return status;
}

int nomen_cli_label_errors(int argc, char **argv) {
    struct argp_option options[N_OWN + NOMEN_CLI_RECIPE_ROWS + 1];
    const struct argp_child children[] = {
        {&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {&nomen_data_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        options,
        parse,
        "FILE",
        "Lists labels that are probably wrong: those that contradict the confident predictions of a model that was not trained "
        "on them (confident learning).\vA model that was trained on FILE has learnt its errors too and finds few of them: give "
        "one trained on other sentences, or use --cross-validate.",
        children,
        NULL,
        NULL};
    label_command c = {.top = TOP};
    nomen_error err = {0};
    const char *tmp = getenv("TMPDIR");
    nomen_train_init(&c.train, sizeof c.train);
    c.options.size = sizeof c.options;
    c.options.reading = &c.reading;
    c.options.train = &c.train;
    c.options.work = tmp != NULL && tmp[0] != '\0' ? tmp : NULL;
    fill_options(options);
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    c.options.tokenizer = &c.common.tokenizer;
    nomen_cli_catch_interrupt();
    nomen_status status = run(&c, &err);
    nomen_free(c.recipe.texts);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
