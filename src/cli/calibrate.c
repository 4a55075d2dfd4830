/* nomen calibrate: what a model's scores are worth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "cli/cli.h"
#include "nomen/calibrate.h"
#include "nomen/runtime.h"

enum {
    KEY_PRECISION = 0x100,
    KEY_MAX_F1,
    KEY_CONFIDENT,
    KEY_DROP,
    KEY_TEMPERATURE,
    KEY_AGGREGATE,
    KEY_ROWS,
    KEY_MAX_LENGTH,
    KEY_INT8,
    KEY_DRY_RUN,
    KEY_RESET,
    KEY_LABELS
};
enum { MAX_WANTED = 256 };

/* Where so few entities are kept a type's precision is known to some ten points at best. */
enum { FEW = 50 };

typedef struct calibrate_command {
    nomen_common common;
    nomen_calibrate_options options;
    nomen_data_options reading;
    nomen_wanted_precision wanted[MAX_WANTED];
    char *names; /* after wanted[].type */
    bool reset;
    const char *for_fit, *for_precision; /* an option that was given and says something of that only */
} calibrate_command;

/* One part of --precision: "0.9", or "per=0.9". It is changed: "=" becomes the name's end. */
static void parse_wanted(calibrate_command *c, char *part, struct argp_state *state) {
    nomen_calibrate_options *o = &c->options;
    char *equals = strrchr(part, '='), *value = equals != NULL ? equals + 1 : part;
    double precision = 0;
    if (!nomen_number_parse(value, &precision) || !(precision > 0 && precision <= 1) || equals == part) {
        argp_error(state, "--precision: \"%s\" is neither a number above 0 and up to 1 nor TYPE=NUMBER", part);
        return;
    }
    if (equals == NULL) {
        o->precision = precision;
        return;
    }
    *equals = '\0';
    if (o->n_wanted == MAX_WANTED) { argp_error(state, "--precision: more than %d types", MAX_WANTED); }
    for (size_t i = 0; i < o->n_wanted; i++) {
        if (strcmp(c->wanted[i].type, part) == 0) { argp_error(state, "--precision: \"%s\" is given twice", part); }
    }
    c->wanted[o->n_wanted++] = (nomen_wanted_precision){.type = part, .precision = precision};
}

static void parse_precision(calibrate_command *c, const char *text, struct argp_state *state) {
    if (c->names != NULL) {
        argp_error(state, "--precision: given twice; separate its values by commas");
        return;
    }
    c->options.goal = NOMEN_GOAL_PRECISION;
    c->names = nomen_mem_copy(text, strlen(text));
    if (c->names == NULL) {
        argp_failure(state, EXIT_FAILED, 0, "out of memory");
        return;
    }
    for (char *part = c->names, *next; part != NULL; part = next) {
        next = strchr(part, ',');
        if (next != NULL) { *next++ = '\0'; }
        parse_wanted(c, part, state);
    }
}

/* What must not, or must, be given together. */
static void check(const calibrate_command *c, struct argp_state *state) {
    const nomen_calibrate_options *o = &c->options;
    if (o->model == NULL) { argp_error(state, "--model DIR is required"); }
    if (c->reset && (o->data != NULL || c->for_fit != NULL)) {
        argp_error(state, "--reset removes the calibration; %s can't be combined with it",
                   c->for_fit != NULL ? c->for_fit : "a FILE");
    }
    if (!c->reset && o->data == NULL) { argp_error(state, "the labelled FILE to fit on is required"); }
    if (c->for_precision != NULL && o->goal != NOMEN_GOAL_PRECISION) {
        argp_error(state, "%s can only be used with --precision", c->for_precision);
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    calibrate_command *c = state->input;
    nomen_calibrate_options *o = &c->options;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        state->child_inputs[2] = &c->reading;
        return 0;
    case 'm': o->model = text; return 0;
    case KEY_PRECISION:
    case KEY_MAX_F1:
        if (o->goal != NOMEN_GOAL_NONE && (o->goal == NOMEN_GOAL_F1) != (key == KEY_MAX_F1)) {
            argp_error(state, "--precision and --max-f1 can't be combined");
        }
        c->for_fit = key == KEY_MAX_F1 ? "--max-f1" : "--precision";
        if (key == KEY_MAX_F1) {
            o->goal = NOMEN_GOAL_F1;
        } else {
            parse_precision(c, text, state);
        }
        return 0;
    case KEY_CONFIDENT:
        o->confident = true;
        c->for_fit = c->for_precision = "--confident";
        return 0;
    case KEY_DROP:
        o->drop = true;
        c->for_fit = c->for_precision = "--drop";
        return 0;
    case KEY_TEMPERATURE:
        c->for_fit = "--temperature";
        if (!nomen_number_parse(text, &o->temperature) || !(o->temperature >= 1.0 / 64 && o->temperature <= 64)) {
            argp_error(state, "--temperature: \"%s\" is not a number from 1/64 to 64", text);
        }
        return 0;
    case KEY_AGGREGATE: {
        c->for_fit = "--aggregate";
        NOMEN_CLI_TRY(nomen_aggregation_parse(text, &o->aggregation, &problem));
        if (o->aggregation == NOMEN_AGGREGATE_NONE) { argp_error(state, "--aggregate: none yields no entities"); }
        return 0;
    }
    case KEY_ROWS: c->reading.max_rows = nomen_cli_count(state, "--rows", text, 0, SIZE_MAX); return 0;
    case KEY_MAX_LENGTH: o->max_length = nomen_cli_count(state, "--max-length", text, 1, SIZE_MAX); return 0;
    case KEY_INT8: o->int8 = true; return 0;
    case KEY_DRY_RUN:
        o->dry_run = true;
        c->for_fit = "--dry-run";
        return 0;
    case KEY_LABELS:
        o->label_names = text;
        c->for_fit = "--labels";
        return 0;
    case KEY_RESET: c->reset = true; return 0;
    case ARGP_KEY_ARG:
        if (o->data != NULL) { argp_error(state, "only one labelled file is expected; \"%s\" is one too many", text); }
        o->data = text;
        return 0;
    case ARGP_KEY_END: check(c, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0,
     "fine-tuned model directory, or the NAME of one in the hub's cache ('nomen fetch'); the result is stored in its nomen.json",
     1},
    {"labels", KEY_LABELS, "NAMES", 0,
     "names for the model's labels instead of its own, in the order of its head's rows: separated by commas, or a file (one name "
     "per line, a JSON list, a config.json, a dataset_info.json)",
     1},
    {"precision", KEY_PRECISION, "WANTED", 0,
     "for each type, find the lowest score with this precision: 0.9 for all types, per=0.95,geo=0.8 for some, or both", 2},
    {"max-f1", KEY_MAX_F1, NULL, 0, "for each type, find the score with the highest F1", 2},
    {"confident", KEY_CONFIDENT, NULL, 0, "require the lower end of the precision's 95 % interval to reach it", 2},
    {"drop", KEY_DROP, NULL, 0, "drop all entities of a type that can't reach it (default: no threshold for it)", 2},
    {"temperature", KEY_TEMPERATURE, "T", 0, "use this temperature instead of the best; 1 leaves the scores unchanged", 2},
    {"aggregate", KEY_AGGREGATE, "HOW", 0, "how entities are scored, also by tag: simple, first (default), average or max", 2},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "print the result, but do not store it", 1},
    {"reset", KEY_RESET, NULL, 0, "remove the calibration from DIR", 1},
    {"rows", KEY_ROWS, "N", 0, "use only the first N sentences; 0 for all", 3},
    {"max-length", KEY_MAX_LENGTH, "N", 0, "subword tokens per window, special tokens included (default: as trained)", 3},
    {"int8", KEY_INT8, NULL, 0, "dense layers in int8, quantised while loading (default: as stored in DIR)", 3},
    {0},
};

/* What to be careful about, on standard error. */
static void warn(const calibrate_command *c, const nomen_calibration_result *r) {
    if (r->at_limit && !c->common.quiet) {
        fprintf(stderr, "nomen: warning: the temperature is at its limit: the model makes no error on these words, or knows "
                        "nothing about them; give other sentences, or --temperature\n");
    }
    for (size_t i = 0; i < r->n_types; i++) {
        const nomen_type_calibration *t = &r->types[i];
        if (!t->has_goal) { continue; }
        if (!t->reached) {
            fprintf(stderr, "nomen: %s: no score reaches %s %g: the best is %.4f, with %zu entities; it %s\n", t->name,
                    c->options.confident ? "for certain the precision" : "the precision", t->wanted, t->best, t->best_kept,
                    c->options.drop ? "is dropped entirely (--drop)" : "gets no threshold (--drop drops it)");
        } else if (t->after.predicted < FEW && !c->common.quiet) {
            fprintf(stderr,
                    "nomen: warning: %s: only %zu entities are kept: for the precision %.4f, the 95 %% interval begins at %.4f\n",
                    t->name, t->after.predicted, t->after.precision, t->at_least);
        }
    }
}

static nomen_status reset(const calibrate_command *c, nomen_error *err) {
    bool found = false;
    nomen_status status = nomen_calibration_reset(c->options.model, &found, err);
    if (status == NOMEN_OK && c->common.json) { printf("{\"reset\":%s}\n", found ? "true" : "false"); }
    if (status == NOMEN_OK && !c->common.json) {
        printf("%s: %s\n", c->options.model, found ? "the calibration was removed" : "has no calibration");
    }
    return status;
}

static nomen_status fit(const calibrate_command *c, bool *reached, nomen_error *err) {
    nomen_calibration_result result = {0};
    char *text = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    NOMEN_TRY(nomen_calibrate(&c->options, &result, err));
    *reached = result.reached;
    status = c->common.json ? nomen_calibration_result_to_json(&c->options, &result, &text, &n_bytes, err)
                            : nomen_calibration_result_to_text(&c->options, &result, &text, &n_bytes, err);
    NOMEN_TRY(nomen_cli_write_string(status, text, n_bytes, err));
    NOMEN_TRY(nomen_cli_flush(err));
    warn(c, &result);
done:
    nomen_calibration_result_clear(&result);
    return status;
}

int nomen_cli_calibrate(int argc, char **argv) {
    const struct argp_child children[] = {
        {&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {&nomen_data_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              "FILE",
                              "Fits a temperature, and minimum scores for entities, on labelled sentences that the model was not "
                              "trained on; tag and eval then use them.\vWithout --precision and --max-f1, only the temperature "
                              "is fitted. If a requested precision is not reached, the exit code is 3.",
                              children,
                              NULL,
                              NULL};
    calibrate_command c = {0};
    nomen_error err = {0};
    bool reached = true;
    char *found = NULL;
    nomen_calibrate_init(&c.options, sizeof c.options);
    c.options.reading = &c.reading;
    c.options.wanted = c.wanted;
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code < 0) {
        c.options.tokenizer = &c.common.tokenizer;
        nomen_cli_catch_interrupt();
        nomen_status status = nomen_cli_find_model(&c.options.model, &found, &err);
        if (status == NOMEN_OK) { status = c.reset ? reset(&c, &err) : fit(&c, &reached, &err); }
        code = status != NOMEN_OK ? nomen_cli_fail(&err) : reached ? EXIT_DONE : EXIT_GATE;
    }
    nomen_mem_free(c.names);
    nomen_free(found);
    return code;
}
