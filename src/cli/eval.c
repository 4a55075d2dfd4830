/* nomen eval: score a model, or somebody's predictions, against a labelled file. */
#include <stdlib.h>

#include "base/number.h"
#include "cli/cli.h"
#include "eval/compare.h"
#include "eval/evaluate.h"
#include "nomen/runtime.h"
#include "train/corpus.h"

enum { KEY_PREDICTIONS = 0x100, KEY_MIN_F1, KEY_ROWS, KEY_MAX_LENGTH, KEY_INT8 };

typedef struct eval_command {
    nomen_common common;
    const char *model, *predictions, *gold;
    nomen_data_options data;
    size_t max_length;
    bool int8;
    double min_f1;
    const char *for_model; /* an option that was given and says something of a model only */
} eval_command;

static error_t parse(int key, char *text, struct argp_state *state) {
    eval_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        state->child_inputs[2] = &c->data;
        return 0;
    case 'm': c->model = text; return 0;
    case KEY_PREDICTIONS: c->predictions = text; return 0;
    case KEY_ROWS: c->data.max_rows = nomen_cli_count(state, "--rows", text, 0, SIZE_MAX); return 0;
    case KEY_MAX_LENGTH:
        c->max_length = nomen_cli_count(state, "--max-length", text, 1, SIZE_MAX);
        c->for_model = "--max-length";
        return 0;
    case KEY_INT8:
        c->int8 = true;
        c->for_model = "--int8";
        return 0;
    case KEY_MIN_F1:
        if (!nomen_number_parse(text, &c->min_f1) || !(c->min_f1 >= 0 && c->min_f1 <= 1)) {
            argp_error(state, "--min-f1: \"%s\" is not a number from 0 to 1", text);
        }
        return 0;
    case ARGP_KEY_ARG:
        if (c->gold != NULL) { argp_error(state, "one labelled file at a time; \"%s\" is one too many", text); }
        c->gold = text;
        return 0;
    case ARGP_KEY_END:
        if (c->gold == NULL) { argp_error(state, "the labelled FILE to score against is needed"); }
        if ((c->model == NULL) == (c->predictions == NULL)) {
            argp_error(state, "either --model DIR or --predictions FILE is needed");
        }
        if (c->common.tokenizer.lower_case != NOMEN_CHOICE_AUTO) { c->for_model = "--cased and --uncased"; }
        if (c->predictions != NULL && c->for_model != NULL) {
            argp_error(state, "%s: for a model, not for --predictions", c->for_model);
        }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0, "model directory whose tags are scored", 1},
    {"predictions", KEY_PREDICTIONS, "PFILE", 0, "labelled file whose tags are scored, the same sentences as FILE", 1},
    {"min-f1", KEY_MIN_F1, "X", 0, "exit with 3 where the F1 is below X (0 to 1)", 1},
    {"rows", KEY_ROWS, "N", 0, "the first N sentences; 0 for all", 1},
    {"max-length", KEY_MAX_LENGTH, "N", 0, "pieces of a window, special tokens included (default: as trained)", 1},
    {"int8", KEY_INT8, NULL, 0, "dense layers in int8, quantised while loading (default: as DIR has them)", 1},
    {0},
};

static nomen_status score_model(const eval_command *c, const nomen_dataset *gold, nomen_report *report,
                                nomen_error *err) {
    nomen_model *model = NULL;
    nomen_model_options model_options = {.tokenizer = c->common.tokenizer, .max_length = c->max_length, .int8 = c->int8};
    nomen_status status;
    NOMEN_TRY(nomen_model_load(c->model, &model_options, &model, err));
    NOMEN_TRY(nomen_report_unknown_labels(&model->labels, gold, NULL, 0, gold->path, err));
    NOMEN_TRY(nomen_evaluate_model(model, gold, report, err));
done:
    nomen_model_free(model);
    return status;
}

static nomen_status score_predictions(const eval_command *c, const nomen_dataset *gold, nomen_report *report,
                                      nomen_error *err) {
    nomen_dataset predicted = {0};
    nomen_status status = nomen_dataset_read(c->predictions, &c->data, &predicted, err);
    if (status == NOMEN_OK) { status = nomen_compare(&predicted, gold, report, err); }
    nomen_dataset_clear(&predicted);
    return status;
}

int nomen_cli_eval(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0},
                                          {&nomen_data_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options, parse, "FILE",
                              "Scores tags against a labelled file: entity precision, recall and F1 as seqeval counts them, "
                              "and accuracies.",
                              children, NULL, NULL};
    eval_command c = {0};
    nomen_error err = {0};
    nomen_dataset gold = {0};
    nomen_report report = {0};
    nomen_buffer text = {0};
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    nomen_cli_catch_interrupt();
    nomen_status status;
    NOMEN_TRY(nomen_dataset_read(c.gold, &c.data, &gold, &err));
    NOMEN_TRY(c.model != NULL ? score_model(&c, &gold, &report, &err) : score_predictions(&c, &gold, &report, &err));
    NOMEN_TRY(c.common.json ? nomen_report_json(&report, &text, &err) : nomen_report_text(&report, &text, &err));
    if (c.common.json) { NOMEN_TRY(nomen_buffer_append_byte(&text, '\n', &err)); }
    NOMEN_TRY(nomen_cli_write(&text, &err));
    code = report.micro.f1 < c.min_f1 ? EXIT_GATE : EXIT_DONE;
    if (code == EXIT_GATE) { fprintf(stderr, "nomen: the F1 of %.4f is below --min-f1 %g\n", report.micro.f1, c.min_f1); }
done:
    nomen_buffer_clear(&text);
    nomen_report_clear(&report);
    nomen_dataset_clear(&gold);
    return status == NOMEN_OK ? code : nomen_cli_fail(&err);
}
