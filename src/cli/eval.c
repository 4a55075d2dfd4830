/* nomen eval: score a model, or somebody's predictions, against a labelled file. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "cli/cli.h"
#include "nomen/evaluate.h"
#include "nomen/runtime.h"

enum {
    KEY_PREDICTIONS = 0x100,
    KEY_MIN_F1,
    KEY_ROWS,
    KEY_MAX_LENGTH,
    KEY_REPORT,
    KEY_FORMAT,
    KEY_TRAIN,
    KEY_AGAINST,
    KEY_ERRORS,
    KEY_REPLICATES,
    KEY_SEED,
    KEY_CONFIDENCE,
    KEY_INT8,
    KEY_PRECISION,
    KEY_THRESHOLD,
    KEY_NO_CALIBRATION,
    KEY_PREDICTIONS_SCHEME,
    KEY_LABELS
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CONLLEVAL };

typedef struct eval_command {
    nomen_common common;
    const char *model, *predictions, *gold;
    nomen_data_options data;
    nomen_model_options how; /* how the model is loaded */
    bool no_calibration;
    const char *threshold;
    nomen_decode_choice decode;
    double min_f1;
    bool needs_train;
    const char *for_model; /* an option that was given and says something of a model only */
    const char *train, *against;
    nomen_scheme predictions_scheme;
    unsigned parts; /* 1 << nomen_report_part */
    const char *format_name;
    enum format format;
    nomen_evaluate_options evaluate;
} eval_command;

/* A list of parts' names, or "all". */
static void parse_report(eval_command *c, const char *text, struct argp_state *state) {
    while (true) {
        size_t n = strcspn(text, ",");
        nomen_report_part part = NOMEN_REPORT_CONLLEVAL;
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name), text);
        if (nomen_report_part_parse(name, &part, NULL) == NOMEN_OK) {
            c->parts |= 1u << part;
        } else if (strcmp(name, "all") == 0) {
            c->parts = NOMEN_REPORT_ALL;
        } else {
            argp_error(state,
                       "--report: unknown table \"%.*s\"; choose conlleval, strict, nervaluate, outcomes, confusion, length, "
                       "seen, calibration or all",
                       (int)n, text);
            return;
        }
        if (part == NOMEN_REPORT_SEEN && c->train == NULL) { c->needs_train = true; }
        if (part == NOMEN_REPORT_CALIBRATION) { c->for_model = "--report calibration"; }
        if (text[n] == '\0') { return; }
        text += n + 1;
    }
}

static void parse_format(eval_command *c, const char *text, struct argp_state *state) {
    static const char *const names[] = {"text", "json", "conlleval"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) != 0) { continue; }
        c->format = (enum format)i;
        c->format_name = names[i];
        return;
    }
    argp_error(state, "--format: unknown format \"%s\"; choose text, json or conlleval", text);
}

/* What must not, or must, be given together. */
static void check(eval_command *c, struct argp_state *state) {
    if (c->gold == NULL) { argp_error(state, "the labelled FILE to score against is required"); }
    if ((c->model == NULL) == (c->predictions == NULL)) {
        argp_error(state, "either --model DIR or --predictions FILE is required");
    }
    if (c->common.tokenizer.lower_case != NOMEN_CHOICE_AUTO) { c->for_model = "--cased and --uncased"; }
    if (c->how.stride_given || c->how.context_given || c->how.on_overflow != NOMEN_OVERFLOW_AUTO) {
        c->for_model = "--stride, --context and --on-overflow";
    }
    if (c->decode.given != NULL) { c->for_model = c->decode.given; }
    if (c->predictions != NULL && c->for_model != NULL) {
        argp_error(state, "%s can only be used with --model, not with --predictions", c->for_model);
    }
    if (c->needs_train && c->train == NULL) { argp_error(state, "--report seen needs the training data: --train FILE"); }
    if (c->common.json && c->format_name != NULL && c->format != FORMAT_JSON) {
        argp_error(state, "--json is --format json, but --format %s was given too", c->format_name);
    }
    if (c->common.json) { c->format = FORMAT_JSON; }
    if (c->parts != 0 && c->format != FORMAT_TEXT) {
        argp_error(state, "--report can only be used with --format text; the format %s has fixed content",
                   c->format == FORMAT_JSON ? "json" : "conlleval");
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    eval_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        state->child_inputs[2] = &c->data;
        state->child_inputs[3] = &c->how;
        state->child_inputs[4] = &c->decode;
        return 0;
    case 'm': c->model = text; return 0;
    case KEY_PREDICTIONS: c->predictions = text; return 0;
    case KEY_PREDICTIONS_SCHEME: NOMEN_CLI_TRY(nomen_scheme_parse(text, &c->predictions_scheme, &problem)); return 0;
    case KEY_ROWS: c->data.max_rows = nomen_cli_count(state, "--rows", text, 0, SIZE_MAX); return 0;
    case KEY_MAX_LENGTH:
        c->how.max_length = nomen_cli_count(state, "--max-length", text, 1, SIZE_MAX);
        c->for_model = "--max-length";
        return 0;
    case KEY_INT8:
        c->how.int8 = true;
        c->for_model = "--int8";
        return 0;
    case KEY_PRECISION:
        NOMEN_CLI_TRY(nomen_precision_parse(text, &c->how.precision, &problem));
        c->for_model = "--precision";
        return 0;
    case KEY_THRESHOLD:
        c->threshold = text;
        c->for_model = "--threshold";
        return 0;
    case KEY_LABELS:
        c->how.label_names = text;
        c->for_model = "--labels";
        return 0;
    case KEY_NO_CALIBRATION:
        c->no_calibration = true;
        c->for_model = "--no-calibration";
        return 0;
    case KEY_REPORT: parse_report(c, text, state); return 0;
    case KEY_FORMAT: parse_format(c, text, state); return 0;
    case KEY_TRAIN: c->train = text; return 0;
    case KEY_AGAINST: c->against = text; return 0;
    case KEY_ERRORS: c->evaluate.errors = text; return 0;
    case KEY_REPLICATES: c->evaluate.replicates = nomen_cli_count(state, "--replicates", text, 0, 1000000); return 0;
    case KEY_SEED: c->evaluate.seed = nomen_cli_count(state, "--seed", text, 0, SIZE_MAX); return 0;
    case KEY_CONFIDENCE:
        if (!nomen_number_parse(text, &c->evaluate.confidence) || !(c->evaluate.confidence > 0 && c->evaluate.confidence < 1)) {
            argp_error(state, "--confidence: \"%s\" is not a number between 0 and 1", text);
        }
        return 0;
    case KEY_MIN_F1:
        if (!nomen_number_parse(text, &c->min_f1) || !(c->min_f1 >= 0 && c->min_f1 <= 1)) {
            argp_error(state, "--min-f1: \"%s\" is not a number from 0 to 1", text);
        }
        return 0;
    case ARGP_KEY_ARG:
        if (c->gold != NULL) { argp_error(state, "only one labelled file is expected; \"%s\" is one too many", text); }
        c->gold = text;
        return 0;
    case ARGP_KEY_END: check(c, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0, "model directory whose tags are scored, or the NAME of one in the hub's cache ('nomen fetch')", 1},
    {"labels", KEY_LABELS, "NAMES", 0,
     "names for the model's labels instead of its own, in the order of its head's rows: separated by commas, or a file (one name "
     "per line, a JSON list, a config.json, a dataset_info.json)",
     1},
    {"predictions", KEY_PREDICTIONS, "PFILE", 0, "labelled file whose tags are scored; it has the same sentences as FILE", 1},
    {"predictions-scheme", KEY_PREDICTIONS_SCHEME, "SCHEME", 0,
     "tag scheme of PFILE (default: that of FILE, if its tags allow it)", 1},
    {"min-f1", KEY_MIN_F1, "X", 0, "exit with 3 if the F1 is below X (0 to 1)", 1},
    {"report", KEY_REPORT, "PARTS", 0,
     "tables to add, separated by commas: conlleval, strict, nervaluate, outcomes, confusion, length, seen, calibration; or all",
     2},
    {"format", KEY_FORMAT, "FORM", 0, "text, json (all figures; same as --json), or conlleval (what conlleval prints)", 2},
    {"train", KEY_TRAIN, "TFILE", 0, "training data, to score seen and unseen entities separately", 2},
    {"against", KEY_AGAINST, "PFILE", 0, "another system's tags for the same sentences, to test the difference", 2},
    {"errors", KEY_ERRORS, "OUT", 0, "list the errors in OUT, one JSON object per line", 2},
    {"replicates", KEY_REPLICATES, "N", 0, "resamplings for the interval and the test (default: 1000; 0 for none)", 2},
    {"confidence", KEY_CONFIDENCE, "X", 0, "confidence level of the intervals (default: 0.95)", 2},
    {"seed", KEY_SEED, "N", 0, "seed of the resampling (default: 0)", 2},
    {"rows", KEY_ROWS, "N", 0, "use only the first N sentences; 0 for all", 1},
    {"max-length", KEY_MAX_LENGTH, "N", 0, "subword tokens per window, special tokens included (default: as trained)", 1},
    {"threshold", KEY_THRESHOLD, "X", 0, "drop entities with a lower score, as tag does", 1},
    {"no-calibration", KEY_NO_CALIBRATION, NULL, 0, "use the model's own scores and keep all entities, as tag does", 1},
    {"int8", KEY_INT8, NULL, 0, "dense layers in int8, quantised while loading (default: as stored in DIR)", 1},
    {"precision", KEY_PRECISION, "NAME", 0,
     "of the dense layers' products: fp32, or bf16, faster where there is AVX512-BF16 (default: fp32)", 1},
    {0},
};

/* The list of errors takes the place of what stands at its path, which must be none of the files read. */
static nomen_status check_errors(const eval_command *c, nomen_error *err) {
    const char *const read[] = {c->gold, c->predictions, c->against, c->train};
    for (size_t i = 0; c->evaluate.errors != NULL && i < sizeof read / sizeof *read; i++) {
        if (read[i] == NULL || !nomen_file_is_same(c->evaluate.errors, read[i])) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "--errors %s: is the file %s that is read; give another name",
                               c->evaluate.errors, read[i]);
    }
    return NOMEN_OK;
}

static nomen_status evaluate(const eval_command *c, nomen_evaluation **out, nomen_error *err) {
    nomen_model_options loading = c->how;
    loading.tokenizer = &c->common.tokenizer;
    const nomen_request request = {.size = sizeof request,
                                   .decoding = c->decode.decoding,
                                   .repair = c->decode.repair,
                                   .no_calibration = c->no_calibration,
                                   .thresholds = c->threshold};
    const nomen_evaluate_files files = {.size = sizeof files,
                                        .gold = c->gold,
                                        .model = c->model,
                                        .predictions = c->predictions,
                                        .train = c->train,
                                        .against = c->against,
                                        .predictions_scheme = c->predictions_scheme,
                                        .reading = &c->data,
                                        .loading = &loading};
    nomen_evaluate_options how = c->evaluate;
    how.request = &request;
    return nomen_evaluate_files_run(&files, &how, out, err);
}

static nomen_status print(const eval_command *c, const nomen_evaluation *e, nomen_error *err) {
    char *text = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    switch (c->format) {
    case FORMAT_JSON: status = nomen_evaluation_to_json(e, &text, &n_bytes, err); break;
    case FORMAT_CONLLEVAL: status = nomen_evaluation_to_conlleval(e, &text, &n_bytes, err); break;
    default: status = nomen_evaluation_to_text(e, c->parts, &text, &n_bytes, err); break;
    }
    return nomen_cli_write_string(status, text, n_bytes, err);
}

int nomen_cli_eval(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_case_argp, 0, NULL, 0},   {&nomen_common_argp, 0, NULL, 0},
                                          {&nomen_data_argp, 0, NULL, 0},   {&nomen_window_argp, 0, NULL, 0},
                                          {&nomen_decode_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              "FILE",
                              "Scores tags against a labelled file: entity precision, recall and F1 as seqeval computes them, "
                              "and accuracies; --report adds further tables.",
                              children,
                              NULL,
                              NULL};
    eval_command c = {.evaluate = {.size = sizeof c.evaluate, .plain_text = true, .replicates = 1000}};
    nomen_error err = {0};
    nomen_evaluation *evaluation = NULL;
    char *found = NULL;
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    nomen_cli_catch_interrupt();
    nomen_status status;
    NOMEN_TRY(check_errors(&c, &err));
    NOMEN_TRY(nomen_cli_find_model(&c.model, &found, &err));
    NOMEN_TRY(evaluate(&c, &evaluation, &err));
    NOMEN_TRY(print(&c, evaluation, &err));
    double f1 = nomen_evaluation_get_score(evaluation, NOMEN_MEAN_MICRO).f1;
    code = f1 < c.min_f1 ? EXIT_GATE : EXIT_DONE;
    if (code == EXIT_GATE) { fprintf(stderr, "nomen: the F1 of %.4f is below --min-f1 %g\n", f1, c.min_f1); }
done:
    nomen_evaluation_free(evaluation);
    nomen_free(found);
    return status == NOMEN_OK ? code : nomen_cli_fail(&err);
}
