/* nomen train: fine-tune a model on a labelled file. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
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
    KEY_SAVE_LIMIT,
    KEY_RECIPE,
    KEY_CONFIG,
    KEY_PARAMETER = 0x200
};

typedef struct train_command {
    nomen_common common;
    nomen_train_options options;
    nomen_data_options reading;
    nomen_cli_recipe recipe;
    bool seed_lines;    /* the article's epoch line and nothing more in it */
    FILE *out;          /* where epoch lines go */
    bool bar;           /* a progress bar is on the terminal */
    const char *resume; /* the directory of the run to go on with, or NULL */
    size_t n_processes; /* that mpirun started together */
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
    case KEY_TRAIN: o->train = text; return 0;
    case KEY_DEV: o->dev = text; return 0;
    case KEY_TEST: o->test = text; return 0;
    case 'o': o->output = text; return 0;
    case KEY_OVERWRITE: o->overwrite = true; return 0;
    case KEY_RESUME:
        c->resume = text;
        o->resume = true;
        return 0;
    case KEY_SAVE_STEPS: o->save_steps = nomen_cli_count(state, "save-steps", text, 0, SIZE_MAX / 2); return 0;
    case KEY_SAVE_LIMIT: o->save_total_limit = nomen_cli_count(state, "save-total-limit", text, 0, SIZE_MAX / 2); return 0;
    case KEY_RECIPE: c->recipe.name = text; return 0;
    case KEY_CONFIG: c->recipe.file = text; return 0;
    case ARGP_KEY_ARG: argp_error(state, "unexpected \"%s\"; files are given by --train, --dev and --test", text); return EINVAL;
    case ARGP_KEY_END:
        if (c->resume != NULL) {
            if (o->output != NULL && strcmp(o->output, c->resume) != 0) {
                argp_error(state, "--output %s: --resume says %s, where the run goes on; leave one out", o->output, c->resume);
            }
            o->output = c->resume;
        }
        if (o->model == NULL || o->train == NULL || o->output == NULL) {
            argp_error(state, "%s is required; at least: --model DIR --train FILE -o DIR",
                       o->model == NULL   ? "--model DIR"
                       : o->train == NULL ? "--train FILE"
                                          : "-o DIR");
        }
        for (size_t i = 0; i < c->recipe.n_parameters && (o->dev != NULL || o->test != NULL); i++) {
            if (strstr(c->recipe.parameters[i].name, "split") == NULL) { continue; }
            argp_error(state, "--%s: nothing is split if --dev or --test is given", c->recipe.parameters[i].name);
        }
        return 0;
    default:
        if (key < KEY_PARAMETER || key >= KEY_PARAMETER + NOMEN_CLI_MAX_PARAMETERS) { return ARGP_ERR_UNKNOWN; }
        nomen_cli_recipe_add(&c->recipe, state, key - KEY_PARAMETER, text);
        return 0;
    }
}

static const struct argp_option file_options[] = {
    {"model", KEY_MODEL, "DIR", 0,
     "Hugging Face model directory to start from, or the NAME of one in the hub's cache ('nomen fetch')", 1},
    {"train", KEY_TRAIN, "FILE", 0, "labelled sentences, in any format that nomen convert reads", 1},
    {"dev", KEY_DEV, "FILE", 0, "labelled sentences that decide which epoch is kept", 1},
    {"test", KEY_TEST, "FILE", 0, "labelled sentences that are scored at the end", 1},
    {"output", 'o', "DIR", 0, "model directory to create", 1},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace DIR if it exists", 1},
    {"save-steps", KEY_SAVE_STEPS, "N", 0,
     "save a checkpoint, DIR/checkpoint-STEP, every N steps; 0 (the default): only where "
     "the run is interrupted",
     1},
    {"save-total-limit", KEY_SAVE_LIMIT, "K", 0, "keep the last K checkpoints, and always the best epoch's; 0 (the default): all",
     1},
    {"resume", KEY_RESUME, "DIR", 0, "go on from the last checkpoint in DIR, with the same options and files", 1},
    {"recipe", KEY_RECIPE, "NAME", 0, "default: AdamW 5e-5, batch 16, 3 epochs; seed: the article's SGD 5e-3, batch 2, 5 epochs",
     2},
    {"config", KEY_CONFIG, "FILE", 0, "read hyper-parameters from JSON; options on the command line take precedence", 2},
};
enum { N_FILE_OPTIONS = sizeof file_options / sizeof *file_options };

/* The files' options and a row for every hyper-parameter. */
static void fill_options(struct argp_option options[N_FILE_OPTIONS + NOMEN_CLI_MAX_PARAMETERS + 1]) {
    memcpy(options, file_options, sizeof file_options);
    size_t n = nomen_cli_recipe_options(options + N_FILE_OPTIONS, KEY_PARAMETER, 3);
    options[N_FILE_OPTIONS + n] = (struct argp_option){0};
}

static void clear_bar(train_command *c) {
    if (c->bar) { fputs("\r\033[K", stderr); }
    c->bar = false;
}

static void show_labels(void *user, const char *const *names, const size_t *counts, size_t n_labels) {
    train_command *c = user;
    if (c->common.quiet) { return; }
    fprintf(stderr, "%zu labels (words of the training part):", n_labels);
    for (size_t k = 0; k < n_labels; k++) { fprintf(stderr, " %s %zu", names[k], counts[k]); }
    fputc('\n', stderr);
}

static void show_progress(void *user, const nomen_train_progress *p) {
    train_command *c = user;
    if (c->common.quiet || !nomen_cli_is_terminal(stderr)) { return; }
    char bar[25];
    size_t filled = p->step * (sizeof bar - 1) / p->n_steps;
    memset(bar, '.', sizeof bar - 1);
    memset(bar, '#', filled);
    bar[sizeof bar - 1] = '\0';
    int left = (int)(p->seconds_left + 0.5);
    fprintf(stderr, "\r\033[Kepoch %zu/%zu [%s] %zu/%zu  loss %.4f  %.0f tokens/s  %d:%02d left", p->epoch, p->n_epochs, bar,
            p->step, p->n_steps, p->loss, p->tokens_per_second, left / 60, left % 60);
    fflush(stderr);
    c->bar = true;
}

static void show_epoch(void *user, const nomen_train_epoch *e) {
    train_command *c = user;
    clear_bar(c);
    fprintf(c->out, "Epochs: %zu | Loss: %.3f | Accuracy: %.3f", e->epoch, e->loss, e->accuracy);
    if (!isnan(e->dev_loss)) { fprintf(c->out, " | Val_Loss: %.3f | Accuracy: %.3f", e->dev_loss, e->dev_accuracy); }
    if (!c->seed_lines && !isnan(e->dev_f1)) { fprintf(c->out, " | F1: %.3f", e->dev_f1); }
    fputc('\n', c->out);
    fflush(c->out);
}

static nomen_status print(const train_command *c, const nomen_train_result *r, nomen_error *err) {
    char *text = NULL;
    size_t n_bytes = 0;
    nomen_status status = c->common.json ? nomen_train_result_to_json(r, &text, &n_bytes, err)
                                         : nomen_train_result_to_text(r, &text, &n_bytes, err);
    status = nomen_cli_write_string(status, text, n_bytes, err);
    if (status == NOMEN_OK && !c->common.json && !c->common.quiet) {
        fprintf(stderr, "kept epoch %zu of %zu in %s; %.0f tokens/s, %.1f sentences/s\n", r->best_epoch, r->n_epochs,
                c->options.output, r->tokens_per_second, r->sentences_per_second);
    }
    return status;
}

/* A word as a shell takes it. */
static void print_word(const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+:,./@%";
    if (*word != '\0' && strspn(word, plain) == strlen(word)) {
        fputs(word, stderr);
        return;
    }
    fputc('\'', stderr);
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            fputs("'\\''", stderr);
        } else {
            fputc(*word, stderr);
        }
    }
    fputc('\'', stderr);
}

/* The command that goes on: this one, with --resume. */
static void print_resume(const train_command *c, int argc, char **argv) {
    fputs(c->n_processes > 1 ? "to go on, by mpirun as before:" : "to go on:", stderr);
    for (int i = 0; i < argc; i++) {
        fputc(' ', stderr);
        if (i == 0) {
            fputs(argv[0], stderr);
        } else {
            print_word(argv[i]);
        }
    }
    if (c->resume == NULL) {
        fputs(" --resume ", stderr);
        print_word(c->options.output);
    }
    fputc('\n', stderr);
}

int nomen_cli_train(int argc, char **argv) {
    struct argp_option options[N_FILE_OPTIONS + NOMEN_CLI_MAX_PARAMETERS + 1];
    const struct argp_child children[] = {
        {&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {&nomen_data_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              NULL,
                              "Fine-tunes a model on labelled sentences and writes a model directory.\vWithout --dev and "
                              "--test the file is split (--split). Ctrl-C keeps the best finished epoch, and a "
                              "checkpoint from which --resume goes on to the very bytes of a run that was not interrupted. "
                              "mpirun -np N shares the steps out among N processes, on one machine or many.",
                              children,
                              NULL,
                              NULL};
    train_command c = {.out = stdout};
    nomen_error err = {0};
    nomen_train_result result = {0};
    char *found = NULL;
    nomen_train_callbacks callbacks = {show_labels, show_progress, show_epoch};
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
    nomen_cli_catch_interrupt();
    if (c.n_processes > 1) { nomen_cli_catch_signal(SIGUSR1); } /* mpirun hands it on; at others it kills after a second */
    signal(SIGPIPE, SIG_IGN); /* nobody reading the epochs' lines is no reason to lose the model */
    nomen_status status;
    NOMEN_TRY(nomen_cli_recipe_apply(&c.recipe, &c.options, &err));
    NOMEN_TRY(nomen_cli_find_model(&c.options.model, &found, &err));
    status = nomen_train(&c.options, &callbacks, &c, &result, &err);
    clear_bar(&c);
    if (rank > 0 && (status == NOMEN_OK || status == NOMEN_ERROR_INTERRUPTED || status == NOMEN_ERROR_TIMEOUT)) {
        status = NOMEN_OK; /* process 0 says how it went, and ends with its code: mpirun would end it for ours */
        goto done;
    }
    NOMEN_TRY(status);
    status = print(&c, &result, &err);
done:
    nomen_train_result_clear(&result);
    nomen_free(c.recipe.texts);
    nomen_free(found);
    if (status == NOMEN_OK) { return EXIT_DONE; }
    code = nomen_cli_fail(&err);
    if (err.remedy == NOMEN_REMEDY_RESUME) { print_resume(&c, argc, argv); }
    return code;
}
