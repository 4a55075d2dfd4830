/* nomen train: fine-tune a model on a labelled file. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/paths.h"
#include "cli/cli.h"
#include "cli/find_rate.h"
#include "cli/recipe.h"
#include "nomen/runtime.h"
#include "nomen/train.h"

enum {
    KEY_MODEL = 'm',
    KEY_TRAIN = 0x100,
    KEY_DEV,
    KEY_TEST,
    KEY_OVERWRITE,
    KEY_RESUME,
    KEY_SAVE_STEPS,
    KEY_SAVE_MINUTES,
    KEY_SAVE_LIMIT,
    KEY_LOG_CSV,
    KEY_TENSORBOARD,
    KEY_REPORT,
    KEY_SAVE_TOP,
    KEY_CACHE,
    KEY_VERIFY_CACHE,
    KEY_RECIPE,
    KEY_CONFIG,
    KEY_FIND_LR,
    KEY_FIND_LR_STEPS,
    KEY_PARAMETER = 0x200
};

/* Seconds between two lines of progress where there is no terminal: a log of a run of hours stays short. */
#define LINE_SECONDS 30

typedef struct train_command {
    nomen_common common;
    nomen_train_options options;
    nomen_data_options reading;
    nomen_cli_recipe recipe;
    nomen_cli_saving saving;
    bool seed_lines;  /* the article's epoch line and nothing more in it */
    FILE *out;        /* where epoch lines go */
    double line_time; /* when the last line of progress was written, and of which step; 0: there is none */
    size_t line_step;
    nomen_train_progress progress; /* of the last step */
    const char *resume;            /* the directory of the run to go on with, or NULL */
    bool find_lr;
    nomen_find_rate_options finding;
    size_t n_processes;  /* that mpirun started together */
    const char *command; /* as it was given, without mpirun */
} train_command;

static error_t parse(int key, char *text, struct argp_state *state) {
    train_command *c = state->input;
    nomen_train_options *o = &c->options;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        state->child_inputs[2] = &c->reading;
        return 0;
    case KEY_MODEL: o->model = text; return 0;
    case KEY_TRAIN: nomen_cli_set_file(state, "--train", &o->train, text); return 0;
    case KEY_DEV: nomen_cli_set_file(state, "--dev", &o->dev, text); return 0;
    case KEY_TEST: nomen_cli_set_file(state, "--test", &o->test, text); return 0;
    case 'o': o->output = text; return 0;
    case KEY_OVERWRITE: o->overwrite = true; return 0;
    case KEY_RESUME:
        c->resume = text;
        o->resume = true;
        return 0;
    case KEY_SAVE_STEPS: c->saving.steps = text; return 0;
    case KEY_SAVE_MINUTES: c->saving.minutes = text; return 0;
    case KEY_SAVE_LIMIT: o->save_total_limit = nomen_cli_count(state, "--save-total-limit", text, 0, SIZE_MAX / 2); return 0;
    case KEY_LOG_CSV: o->log_csv = text; return 0;
    case KEY_TENSORBOARD: o->tensorboard = text; return 0;
    case KEY_REPORT: o->report = text; return 0;
    case KEY_SAVE_TOP: o->save_top_k = nomen_cli_count(state, "--save-top-k", text, 0, SIZE_MAX / 2); return 0;
    case KEY_CACHE: o->cache = text; return 0;
    case KEY_VERIFY_CACHE: o->verify_cache = true; return 0;
    case KEY_RECIPE: c->recipe.name = text; return 0;
    case KEY_CONFIG: c->recipe.file = text; return 0;
    case KEY_FIND_LR: c->find_lr = true; return 0;
    case KEY_FIND_LR_STEPS: c->finding.n_steps = nomen_cli_count(state, "--find-lr-steps", text, 10, 100000); return 0;
    case ARGP_KEY_ARG: argp_error(state, "unexpected \"%s\"; files are given by --train, --dev and --test", text); return EINVAL;
    case ARGP_KEY_END:
        if (c->find_lr) {
            nomen_cli_find_rate_check(state, o, &c->recipe, &c->saving);
        } else {
            nomen_cli_saving_apply(&c->saving, state, o);
        }
        if (c->finding.n_steps > 0 && !c->find_lr) { argp_error(state, "--find-lr-steps: has no effect without --find-lr"); }
        if (c->resume != NULL) {
            if (o->output != NULL && !nomen_path_is_same(o->output, c->resume)) {
                argp_error(state, "--output %s: --resume says %s, where the run goes on; leave one out", o->output, c->resume);
            }
            o->output = c->resume;
        }
        if (!c->find_lr && (o->model == NULL || o->train == NULL || o->output == NULL)) {
            argp_error(state, "%s is required; at least: --model DIR --train FILE -o DIR",
                       o->model == NULL   ? "--model DIR"
                       : o->train == NULL ? "--train FILE"
                                          : "-o DIR");
        }
        nomen_cli_recipe_check_split(&c->recipe, state, o->dev != NULL || o->test != NULL, false);
        return 0;
    default:
        if (key < KEY_PARAMETER || key >= KEY_PARAMETER + NOMEN_CLI_MAX_PARAMETERS) { return ARGP_ERR_UNKNOWN; }
        nomen_cli_recipe_add(&c->recipe, state, key - KEY_PARAMETER, text);
        return 0;
    }
}

/* Groups of --help, in their order. */
enum { GROUP_FILES = 1, GROUP_CHECKPOINTS, GROUP_RECORDS, GROUP_RECIPE, GROUP_FIND_LR, GROUP_PARAMETERS };

static const struct argp_option file_options[] = {
    {NULL, 0, NULL, 0, "Files:", GROUP_FILES},
    {"model", KEY_MODEL, "DIR", 0,
     "Hugging Face model directory to start from, or the NAME of one in the hub's cache ('nomen fetch')", GROUP_FILES},
    {"train", KEY_TRAIN, "FILE", 0, "labelled sentences, in any format that nomen convert reads", GROUP_FILES},
    {"dev", KEY_DEV, "FILE", 0,
     "labelled sentences that decide which weights are kept (default: split off by --split, unless there is --test)",
     GROUP_FILES},
    {"test", KEY_TEST, "FILE", 0,
     "labelled sentences that are scored at the end (default: split off by --split, unless there is --dev)", GROUP_FILES},
    {"output", 'o', "DIR", 0, "model directory to create", GROUP_FILES},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace DIR if it exists: all that is in it is removed", GROUP_FILES},
    {"cache", KEY_CACHE, "DIR", 0,
     "keep the training file encoded in DIR and train from there: it may be larger than memory, and is encoded only once; the "
     "weights are the same (default: no cache)",
     GROUP_FILES},
    {"verify-cache", KEY_VERIFY_CACHE, NULL, 0,
     "compare the SHA-256 of the training file and of the cache's files, not only sizes and times", GROUP_FILES},
    {NULL, 0, NULL, 0, "Checkpoints:", GROUP_CHECKPOINTS},
    {"save-steps", KEY_SAVE_STEPS, "N", 0,
     "save a checkpoint, DIR/checkpoint-STEP, every N steps; 0: by --save-minutes, and where the run is interrupted (default: 0)",
     GROUP_CHECKPOINTS},
    {"save-minutes", KEY_SAVE_MINUTES, "X", 0, NOMEN_CLI_SAVE_MINUTES_HELP, GROUP_CHECKPOINTS},
    {"save-total-limit", KEY_SAVE_LIMIT, "K", 0,
     "keep K checkpoints: that of the best weights and the last ones, with 1 both; 0: all (default: 0)", GROUP_CHECKPOINTS},
    {"save-top-k", KEY_SAVE_TOP, "K", 0,
     "save and keep the checkpoints of the K best evaluations (--metric-for-best-model), besides the others; 0: none "
     "(default: 0)",
     GROUP_CHECKPOINTS},
    {"resume", KEY_RESUME, "DIR", 0, "go on from the last checkpoint in DIR, with the same options and files", GROUP_CHECKPOINTS},
    {NULL, 0, NULL, 0, "Records of the run:", GROUP_RECORDS},
    {"log-csv", KEY_LOG_CSV, "FILE", 0, "write loss, learning rate and scores to FILE as they come (CSV)", GROUP_RECORDS},
    {"tensorboard", KEY_TENSORBOARD, "LOGDIR", 0, "write the same as events for TensorBoard into LOGDIR", GROUP_RECORDS},
    {"report", KEY_REPORT, "FILE", 0,
     "write a page (HTML) about the run to FILE at its end: curves, scores, errors, data, settings. It shows sentences of the "
     "dev part: mind who may read it",
     GROUP_RECORDS},
    {NULL, 0, NULL, 0, "All hyper-parameters at once; the groups below set single ones:", GROUP_RECIPE},
    {"recipe", KEY_RECIPE, "NAME", 0,
     "default: AdamW, batch 16, 3 epochs; fast: 1 epoch; best: 6; seed: the article's SGD 5e-3, batch 2, 5 epochs (default: "
     "default)",
     GROUP_RECIPE},
    {"config", KEY_CONFIG, "FILE", 0, "read hyper-parameters from JSON; options on the command line take precedence",
     GROUP_RECIPE},
    {NULL, 0, NULL, 0, "Finding a learning rate:", GROUP_FIND_LR},
    {"find-lr", KEY_FIND_LR, NULL, 0,
     "train at rates from 1e-7 up to 1 for some steps, print the curve of the loss and a learning rate, and write no model",
     GROUP_FIND_LR},
    {"find-lr-steps", KEY_FIND_LR_STEPS, "N", 0, "steps of --find-lr (default: 100)", GROUP_FIND_LR},
};
enum { N_FILE_OPTIONS = sizeof file_options / sizeof *file_options };

/* The files' options and a row for every hyper-parameter. */
static void fill_options(struct argp_option options[N_FILE_OPTIONS + NOMEN_CLI_RECIPE_ROWS + 1]) {
    memcpy(options, file_options, sizeof file_options);
    size_t n = nomen_cli_recipe_options(options + N_FILE_OPTIONS, KEY_PARAMETER, GROUP_PARAMETERS);
    options[N_FILE_OPTIONS + n] = (struct argp_option){0};
}

static void show_labels(void *user, const char *const *names, const size_t *counts, size_t n_labels) {
    train_command *c = user;
    if (c->common.quiet) { return; }
    fprintf(stderr, "%zu labels (words of the training part):", n_labels);
    for (size_t k = 0; k < n_labels; k++) { fprintf(stderr, " %s %zu", names[k], counts[k]); }
    fputc('\n', stderr);
}

/* Off a terminal: a line of the step that was done last, where none is there yet. With --json there are no such lines. */
static void write_line(train_command *c) {
    const nomen_train_progress *p = &c->progress;
    if (c->common.quiet || c->common.json || nomen_cli_is_terminal(stderr) || p->run_step == c->line_step) { return; }
    int left = (int)(p->seconds_left + 0.5);
    fprintf(stderr, "step %zu of %zu, epoch %zu of %zu, loss %.4f, rate %.1e, %.0f tokens/s, %d:%02d left\n", p->run_step,
            p->n_run_steps, p->epoch, p->n_epochs, p->loss, p->learning_rate, p->tokens_per_second, left / 60, left % 60);
    c->line_step = p->run_step;
    c->line_time = nomen_clock_now();
}

static void show_progress(void *user, const nomen_train_progress *p) {
    train_command *c = user;
    c->progress = *p;
    if (c->line_step == 0 || nomen_clock_now() - c->line_time >= LINE_SECONDS) { write_line(c); }
    if (c->common.quiet || !nomen_cli_is_terminal(stderr)) { return; }
    char bar[25], line[160];
    size_t filled = p->step * (sizeof bar - 1) / p->n_steps;
    memset(bar, '.', sizeof bar - 1);
    memset(bar, '#', filled);
    bar[sizeof bar - 1] = '\0';
    int left = (int)(p->seconds_left + 0.5);
    snprintf(line, sizeof line, "epoch %zu/%zu [%s] %zu/%zu  loss %.4f  %.0f tokens/s  %d:%02d left", p->epoch, p->n_epochs, bar,
             p->step, p->n_steps, p->loss, p->tokens_per_second, left / 60, left % 60);
    nomen_cli_show_bar(line);
}

/* With --json the lines of epochs are messages. */
static bool is_silent(const train_command *c) {
    return c->common.json && c->common.quiet;
}

/* At an epoch's end its own line says all of it. */
static void show_evaluation(void *user, const nomen_train_evaluation *e) {
    train_command *c = user;
    nomen_cli_clear_bar();
    write_line(c);
    if (e->epoch == floor(e->epoch) || is_silent(c)) { return; }
    fprintf(c->out, "Step: %zu | Val_Loss: %.3f | Accuracy: %.3f | F1: %.3f\n", e->step, e->dev_loss, e->dev_accuracy, e->dev_f1);
    fflush(c->out);
}

static void show_epoch(void *user, const nomen_train_epoch *e) {
    train_command *c = user;
    nomen_cli_clear_bar();
    if (is_silent(c)) { return; }
    fprintf(c->out, "Epochs: %zu | Loss: %.3f | Accuracy: %.3f", e->epoch, e->loss, e->accuracy);
    if (!isnan(e->dev_loss)) { fprintf(c->out, " | Val_Loss: %.3f | Accuracy: %.3f", e->dev_loss, e->dev_accuracy); }
    if (!c->seed_lines && !isnan(e->dev_f1)) { fprintf(c->out, " | F1: %.3f", e->dev_f1); }
    fputc('\n', c->out);
    fflush(c->out);
}

static nomen_status print_scores(const train_command *c, const nomen_train_result *r, nomen_error *err) {
    char *text = NULL;
    size_t n_bytes = 0;
    nomen_status status = c->common.json ? nomen_train_result_to_json(r, &text, &n_bytes, err)
                                         : nomen_train_result_to_text(r, &text, &n_bytes, err);
    return nomen_cli_write_string(status, text, n_bytes, err);
}

static nomen_status print(const train_command *c, const nomen_train_result *r, nomen_error *err) {
    nomen_status status = print_scores(c, r, err);
    if (status == NOMEN_OK && !c->common.json && !c->common.quiet) {
        bool by_steps = c->options.eval_steps > 0;
        fprintf(stderr, "kept %s %zu of %zu in %s; %.0f tokens/s, %.1f sentences/s\n", by_steps ? "step" : "epoch",
                by_steps ? r->best_step : r->best_epoch, by_steps ? r->steps : r->n_epochs, c->options.output,
                r->tokens_per_second, r->sentences_per_second);
    }
    return status;
}

/* The command that goes on: this one, with --resume. */
static void print_resume(const train_command *c) {
    nomen_buffer more = {0};
    nomen_status status = NOMEN_OK;
    if (c->resume == NULL) {
        status = nomen_buffer_append_text(&more, " --resume ", NULL);
        if (status == NOMEN_OK) { status = nomen_cli_append_word(&more, c->options.output, NULL); }
    }
    const char *how = c->n_processes > 1 ? "to go on, by mpirun as before" : "to go on";
    if (status == NOMEN_OK) { fprintf(stderr, "%s: %s%s\n", how, c->command, more.data != NULL ? more.data : ""); }
    nomen_buffer_clear(&more);
}

static void catch_signals(const train_command *c) {
    nomen_cli_catch_interrupt();
    if (c->n_processes > 1) { nomen_cli_catch_signal(SIGUSR1); } /* mpirun hands it on; at others it kills after a second */
    signal(SIGPIPE, SIG_IGN); /* nobody reading the epochs' lines is no reason to lose the model */
}

/* Trains and prints. `rank` is this process's number among those that mpirun started. */
static nomen_status train(train_command *c, const nomen_train_callbacks *callbacks, size_t rank, nomen_train_result *result,
                          nomen_error *err) {
    nomen_status status = nomen_train(&c->options, callbacks, c, result, err);
    nomen_cli_clear_bar();
    if (rank == 0 && status == NOMEN_ERROR_IO && (result->has_dev || result->has_test)) {
        (void)print_scores(c, result, NULL); /* all that there may be of them, as the disk failed */
    }
    if (rank == 0) { return status == NOMEN_OK ? print(c, result, err) : status; }
    /* Process 0 says how it went, and ends with its code: mpirun would end it for ours. */
    return status == NOMEN_ERROR_INTERRUPTED || status == NOMEN_ERROR_TIMEOUT ? NOMEN_OK : status;
}

int nomen_cli_train(int argc, char **argv) {
    struct argp_option options[N_FILE_OPTIONS + NOMEN_CLI_RECIPE_ROWS + 1];
    const struct argp_child children[] = {
        {&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {&nomen_data_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              NULL,
                              "Fine-tunes a model on labelled sentences and writes a model directory.\vWithout --dev and "
                              "--test the file is split (--split). Ctrl-C keeps the best weights so far, and a "
                              "checkpoint from which --resume goes on to the very bytes of a run that was not interrupted. "
                              "mpirun -np N shares the steps out among N processes, on one machine or many.",
                              children,
                              NULL,
                              NULL};
    train_command c = {.out = stdout, .finding = {.size = sizeof c.finding}};
    nomen_error err = {0};
    nomen_train_result result = {0};
    char *found = NULL;
    nomen_buffer command = {0};
    nomen_train_callbacks callbacks = {
        .labels = show_labels, .progress = show_progress, .epoch = show_epoch, .evaluation = show_evaluation};
    fill_options(options);
    nomen_train_init(&c.options, sizeof c.options);
    c.options.data = &c.reading;
    c.options.save_on_stop = c.options.spread = true;
    size_t rank = 0;
    c.n_processes = nomen_train_processes(&rank);
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    if (c.common.json) { c.out = stderr; }
    c.seed_lines = c.recipe.name != NULL && strcmp(c.recipe.name, "seed") == 0;
    c.options.tokenizer = &c.common.tokenizer;
    catch_signals(&c);
    nomen_status status;
    if (c.options.overwrite || c.options.resume) { NOMEN_TRY(nomen_cli_recipe_check_file(&c.recipe, c.options.output, &err)); }
    NOMEN_TRY(nomen_cli_recipe_apply(&c.recipe, &c.options, &err));
    if (c.n_processes > 1) { NOMEN_TRY(nomen_buffer_printf(&command, &err, "mpirun -np %zu ", c.n_processes)); }
    const size_t n_before = command.size;
    NOMEN_TRY(nomen_cli_append_command(&command, argc, argv, &err));
    c.options.command = command.data;
    c.command = command.data + n_before;
    const char *name = c.options.model;
    NOMEN_TRY(nomen_cli_find_model(&c.options.model, &found, &err));
    if (found != NULL) { c.options.model_name = name; }
    if (c.find_lr) {
        c.options.save_on_stop = false;
        NOMEN_FAIL(nomen_cli_find_rate(&c.options, &c.finding, &callbacks, &c, c.common.json, &err));
    }
    status = train(&c, &callbacks, rank, &result, &err);
done:
    nomen_train_result_clear(&result);
    nomen_free(c.recipe.texts);
    nomen_free(found);
    if (status == NOMEN_OK) {
        nomen_buffer_clear(&command);
        return EXIT_DONE;
    }
    code = nomen_cli_fail(&err);
    if (err.remedy == NOMEN_REMEDY_RESUME) { print_resume(&c); }
    nomen_buffer_clear(&command);
    return code;
}
