/* nomen sweep: many training runs with different hyper-parameters, and one table of what they scored. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/recipe.h"
#include "nomen/runtime.h"
#include "nomen/sweep.h"

enum {
    KEY_MODEL = 'm',
    KEY_TRAIN = 0x100,
    KEY_DEV,
    KEY_OVERWRITE,
    KEY_RESUME,
    KEY_SAVE_STEPS,
    KEY_SAVE_MINUTES,
    KEY_TRY,
    KEY_RANDOM,
    KEY_SWEEP_SEED,
    KEY_CROSS_VALIDATE,
    KEY_DISCARD,
    KEY_RECIPE,
    KEY_CONFIG,
    KEY_PARAMETER = 0x200
};
enum { MOST_AXES = 64 };

typedef struct sweep_command {
    nomen_common common;
    nomen_sweep_options options;
    nomen_train_options train;
    nomen_data_options reading;
    nomen_cli_recipe recipe;
    const char *axes[MOST_AXES];
    nomen_cli_saving saving;
    const char *seed; /* --sweep-seed, where it was given */
} sweep_command;

static void check(sweep_command *c, struct argp_state *state) {
    const nomen_train_options *o = &c->train;
    if (o->model == NULL || o->train == NULL || o->output == NULL) {
        argp_error(state, "%s is required; at least: --model DIR --train FILE -o DIR --try NAME=VALUE,VALUE",
                   o->model == NULL   ? "--model DIR"
                   : o->train == NULL ? "--train FILE"
                                      : "-o DIR");
    }
    if (c->options.n_axes == 0 && c->options.folds == 0) {
        argp_error(state, "--try NAME=VALUE,VALUE is required, or --cross-validate K for one setting");
    }
    nomen_cli_saving_apply(&c->saving, state, &c->train);
    if (c->seed != NULL && c->options.n_random == 0) { argp_error(state, "--sweep-seed can only be used with --random"); }
    if (c->options.folds > 0 && c->options.discard_best) {
        argp_error(state, "--discard-best: has no effect with --cross-validate, which keeps no model; leave it out");
    }
    /* Of a value that is the same for all trials and one that is tried only the latter would count. */
    for (size_t i = 0; i < c->recipe.n_parameters; i++) {
        const char *name = c->recipe.parameters[i].name;
        for (size_t k = 0; k < c->options.n_axes; k++) {
            if (strncmp(c->axes[k], name, strlen(name)) != 0 || c->axes[k][strlen(name)] != '=') { continue; }
            argp_error(state, "--%s %s: --try %s has values for it; leave one of the two out", name,
                       c->recipe.parameters[i].value, c->axes[k]);
        }
    }
    nomen_cli_recipe_check_split(&c->recipe, state, o->dev != NULL, c->options.folds > 0);
    if (c->options.folds > 0 && o->dev != NULL) { argp_error(state, "--dev can't be combined with --cross-validate"); }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    sweep_command *c = state->input;
    nomen_train_options *o = &c->train;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        state->child_inputs[2] = &c->reading;
        return 0;
    case KEY_MODEL: o->model = text; return 0;
    case KEY_TRAIN: nomen_cli_set_file(state, "--train", &o->train, text); return 0;
    case KEY_DEV: nomen_cli_set_file(state, "--dev", &o->dev, text); return 0;
    case 'o': o->output = text; return 0;
    case KEY_OVERWRITE: o->overwrite = true; return 0;
    case KEY_RESUME: o->resume = true; return 0;
    case KEY_SAVE_STEPS: c->saving.steps = text; return 0;
    case KEY_SAVE_MINUTES: c->saving.minutes = text; return 0;
    case KEY_TRY:
        if (c->options.n_axes == MOST_AXES) { argp_error(state, "more than %d --try", MOST_AXES); }
        c->axes[c->options.n_axes++] = text;
        return 0;
    case KEY_RANDOM: c->options.n_random = nomen_cli_count(state, "--random", text, 1, 100000); return 0;
    case KEY_SWEEP_SEED:
        c->options.seed = nomen_cli_count(state, "--sweep-seed", text, 0, SIZE_MAX / 2);
        c->seed = text;
        return 0;
    case KEY_CROSS_VALIDATE: c->options.folds = nomen_cli_count(state, "--cross-validate", text, 2, 1000); return 0;
    case KEY_DISCARD: c->options.discard_best = true; return 0;
    case KEY_RECIPE: c->recipe.name = text; return 0;
    case KEY_CONFIG: c->recipe.file = text; return 0;
    case ARGP_KEY_ARG: argp_error(state, "unexpected \"%s\"; files are given by --train and --dev", text); return EINVAL;
    case ARGP_KEY_END: check(c, state); return 0;
    default:
        if (key < KEY_PARAMETER || key >= KEY_PARAMETER + NOMEN_CLI_MAX_PARAMETERS) { return ARGP_ERR_UNKNOWN; }
        nomen_cli_recipe_add(&c->recipe, state, key - KEY_PARAMETER, text);
        return 0;
    }
}

/* Groups of --help, in their order. */
enum { GROUP_FILES = 1, GROUP_TRIALS, GROUP_RECIPE, GROUP_PARAMETERS };

static const struct argp_option own_options[] = {
    {NULL, 0, NULL, 0, "Files:", GROUP_FILES},
    {"model", KEY_MODEL, "DIR", 0,
     "Hugging Face model directory to start from, or the NAME of one in the hub's cache ('nomen fetch')", GROUP_FILES},
    {"train", KEY_TRAIN, "FILE", 0, "labelled sentences, in any format that nomen convert reads", GROUP_FILES},
    {"dev", KEY_DEV, "FILE", 0, "labelled sentences that score the trials; without it FILE is split (--split)", GROUP_FILES},
    {"output", 'o', "DIR", 0, "directory to create: a file for each run, sweep.html, sweep.csv, best.json, the best model",
     GROUP_FILES},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace DIR if it exists: all that is in it is removed", GROUP_FILES},
    {"resume", KEY_RESUME, NULL, 0, "go on with the sweep in DIR: runs that are done are not repeated", GROUP_FILES},
    {"save-steps", KEY_SAVE_STEPS, "N", 0,
     "save a checkpoint of the run under way every N steps; 0: by --save-minutes, and where it is interrupted (default: 0)",
     GROUP_FILES},
    {"save-minutes", KEY_SAVE_MINUTES, "X", 0, NOMEN_CLI_SAVE_MINUTES_HELP, GROUP_FILES},
    {NULL, 0, NULL, 0, "What is tried:", GROUP_TRIALS},
    {"try", KEY_TRY, "NAME=VALUES", 0,
     "values of a hyper-parameter: learning-rate=5e-5,1e-4, in square brackets where they have commas; with --random also "
     "learning-rate=log:1e-5..1e-3. Values of seed are runs of each trial, whose scores are averaged",
     GROUP_TRIALS},
    {"random", KEY_RANDOM, "N", 0, "try N combinations drawn at random (default: all combinations)", GROUP_TRIALS},
    {"sweep-seed", KEY_SWEEP_SEED, "N", 0, "seed of what is drawn (default: 0)", GROUP_TRIALS},
    {"cross-validate", KEY_CROSS_VALIDATE, "K", 0,
     "score each trial by K models, each trained on all folds of FILE but one and scored on that; equal texts share a fold",
     GROUP_TRIALS},
    {"discard-best", KEY_DISCARD, NULL, 0, "keep no model; without --cross-validate the best one stays in DIR/best otherwise",
     GROUP_TRIALS},
    {NULL, 0, NULL, 0, "All hyper-parameters at once; the groups below set single ones:", GROUP_RECIPE},
    {"recipe", KEY_RECIPE, "NAME", 0, "hyper-parameters that the trials share, as in nomen train (default: default)",
     GROUP_RECIPE},
    {"config", KEY_CONFIG, "FILE", 0, "read hyper-parameters from JSON; options on the command line take precedence",
     GROUP_RECIPE},
};
enum { N_OWN = sizeof own_options / sizeof *own_options };

static void fill_options(struct argp_option options[N_OWN + NOMEN_CLI_RECIPE_ROWS + 1]) {
    memcpy(options, own_options, sizeof own_options);
    size_t n = N_OWN, n_all = nomen_cli_recipe_options(options + n, KEY_PARAMETER, GROUP_PARAMETERS);
    for (size_t i = 0; i < n_all; i++) {
        const char *name = options[N_OWN + i].name;
        if (name == NULL || (strcmp(name, "folds") != 0 && strcmp(name, "fold") != 0)) { options[n++] = options[N_OWN + i]; }
    }
    options[n] = (struct argp_option){0};
}

static void show_progress(void *user, const nomen_sweep_progress *p) {
    sweep_command *c = user;
    if (c->common.quiet || !nomen_cli_is_terminal(stderr)) { return; }
    char line[160];
    snprintf(line, sizeof line, "run %zu/%zu  epoch %zu/%zu  step %zu/%zu  loss %.4f  %.0f tokens/s", p->run, p->n_runs,
             p->training.epoch, p->training.n_epochs, p->training.step, p->training.n_steps, p->training.loss,
             p->training.tokens_per_second);
    nomen_cli_show_bar(line);
}

static void show_run(void *user, const nomen_sweep_run *run) {
    sweep_command *c = user;
    nomen_cli_clear_bar();
    if (c->common.quiet) { return; }
    fprintf(stderr, "run %zu of %zu:", run->run, run->n_runs);
    for (size_t i = 0, n = 0; i < c->options.n_axes; i++) {
        const char *equals = strchr(c->axes[i], '=');
        if (strncmp(c->axes[i], "seed=", 5) == 0) { continue; }
        fprintf(stderr, " %.*s %s", (int)(equals - c->axes[i]), c->axes[i], run->values[n++]);
    }
    if (run->seed != NULL) { fprintf(stderr, " seed %s", run->seed); }
    if (run->fold > 0) { fprintf(stderr, " fold %zu", run->fold); }
    if (isnan(run->f1)) {
        fprintf(stderr, " failed: %s", run->problem);
    } else {
        fprintf(stderr, " F1 %.4f", run->f1);
    }
    fputs(run->earlier ? " (done before)\n" : "\n", stderr);
}

/* What the best values are used by, as a shell takes it. */
static void print_next(const char *output) {
    nomen_buffer command = {0}, best = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&best, NULL, "%s/best.json", output));
    NOMEN_TRY(nomen_cli_append_word(&command, program_invocation_name, NULL));
    NOMEN_TRY(nomen_buffer_append_text(&command, " train --config ", NULL));
    NOMEN_TRY(nomen_cli_append_word(&command, best.data, NULL));
    fprintf(stderr, "the best values: %s; the report: %s/sweep.html\n", command.data, output);
done:
    (void)status; /* a line less, at most */
    nomen_buffer_clear(&command);
    nomen_buffer_clear(&best);
}

static nomen_status run(sweep_command *c, nomen_error *err) {
    static const nomen_sweep_callbacks callbacks = {.progress = show_progress, .run = show_run};
    nomen_sweep_report *report = NULL;
    char *text = NULL, *found = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    NOMEN_TRY(nomen_cli_find_model(&c->train.model, &found, err));
    if (c->train.overwrite) { NOMEN_TRY(nomen_cli_recipe_check_file(&c->recipe, c->train.output, err)); }
    NOMEN_TRY(nomen_cli_recipe_apply(&c->recipe, &c->train, err));
    status = nomen_sweep(&c->options, &callbacks, c, &report, err);
    nomen_cli_clear_bar();
    NOMEN_TRY(status);
    status = c->common.json ? nomen_sweep_report_to_json(report, &text, &n_bytes, err)
                            : nomen_sweep_report_to_text(report, &text, &n_bytes, err);
    NOMEN_TRY(nomen_cli_write_string(status, text, n_bytes, err));
    if (!c->common.json && !c->common.quiet && !isnan(report->trials[0].f1)) { print_next(c->train.output); }
done:
    nomen_sweep_report_free(report);
    nomen_free(found);
    return status;
}

int nomen_cli_sweep(int argc, char **argv) {
    struct argp_option options[N_OWN + NOMEN_CLI_RECIPE_ROWS + 1];
    const struct argp_child children[] = {
        {&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {&nomen_data_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              NULL,
                              "Trains with different hyper-parameters, or cross-validates, and prints a table of the scores, the "
                              "best first.\vCtrl-C keeps the runs that are done; the same command with --resume goes on.",
                              children,
                              NULL,
                              NULL};
    sweep_command c = {.options = {.size = sizeof c.options}};
    nomen_error err = {0};
    nomen_train_init(&c.train, sizeof c.train);
    c.train.data = &c.reading;
    c.train.save_on_stop = c.train.spread = true; /* what it can't share it refuses */
    fill_options(options);
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    c.train.tokenizer = &c.common.tokenizer;
    c.options.train = &c.train;
    c.options.axes = c.axes;
    nomen_cli_catch_interrupt();
    nomen_status status = run(&c, &err);
    nomen_free(c.recipe.texts);
    if (status == NOMEN_OK) { return EXIT_DONE; }
    code = nomen_cli_fail(&err);
    if (err.remedy == NOMEN_REMEDY_RESUME) { fputs("to go on: the same command with --resume\n", stderr); }
    return code;
}
