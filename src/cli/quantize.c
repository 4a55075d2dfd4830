/* nomen quantize: a model with int8 dense layers, unless that costs too much. */
#include <stdlib.h>

#include "base/number.h"
#include "cli/cli.h"
#include "nomen/quantize.h"
#include "nomen/runtime.h"

enum {
    KEY_GATE = 0x100,
    KEY_NO_GATE,
    KEY_WEIGHT_BITS,
    KEY_MAX_DROP,
    KEY_OVERWRITE,
    KEY_SKIP_BAD,
    KEY_ENCODING,
    KEY_MAX_UNPACKED,
    KEY_ROWS,
    KEY_MAX_LENGTH,
    KEY_LABELS
};

typedef struct quantize_command {
    nomen_common common;
    nomen_quantize_options options;
    bool no_gate;
    const char *for_gate; /* an option that was given and says something of a gate only */
} quantize_command;

static void check_together(const quantize_command *c, struct argp_state *state) {
    const nomen_quantize_options *o = &c->options;
    if (o->model == NULL || o->output == NULL) {
        argp_error(state, "%s is required; at least: --model DIR -o OUT --gate FILE",
                   o->model == NULL ? "--model DIR" : "-o OUT");
    }
    if (o->gate == NULL && !c->no_gate) {
        argp_error(state, "--gate FILE is required: labelled sentences that show what quantising costs (--no-gate skips this)");
    }
    if (o->gate != NULL && c->no_gate) { argp_error(state, "--gate and --no-gate can't be combined"); }
    if (c->no_gate && c->for_gate != NULL) { argp_error(state, "%s can't be combined with --no-gate", c->for_gate); }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    quantize_command *c = state->input;
    nomen_quantize_options *o = &c->options;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->child_inputs[1] = &c->common; return 0;
    case 'm': o->model = text; return 0;
    case 'o': o->output = text; return 0;
    case KEY_OVERWRITE: o->overwrite = true; return 0;
    case KEY_GATE: o->gate = text; return 0;
    case KEY_NO_GATE: c->no_gate = true; return 0;
    case KEY_WEIGHT_BITS:
        o->weight_bits = *text - '0';
        if ((*text != '7' && *text != '8') || text[1] != '\0') {
            argp_error(state, "--weight-bits: \"%s\" is neither 7 nor 8", text);
        }
        return 0;
    case KEY_MAX_DROP:
        c->for_gate = "--max-drop";
        if (!nomen_number_parse(text, &o->max_drop) || !(o->max_drop >= 0 && o->max_drop <= 1)) {
            argp_error(state, "--max-drop: \"%s\" is not a number from 0 to 1", text);
        }
        return 0;
    case KEY_SKIP_BAD:
        c->for_gate = "--skip-bad";
        o->skip_bad = true;
        return 0;
    case KEY_ENCODING:
        c->for_gate = "--encoding";
        o->encoding = text;
        return 0;
    case KEY_MAX_UNPACKED:
        c->for_gate = "--max-unpacked";
        o->max_unpacked = nomen_cli_size(state, "--max-unpacked", text);
        return 0;
    case KEY_ROWS:
        c->for_gate = "--rows";
        o->rows = nomen_cli_count(state, "--rows", text, 0, SIZE_MAX);
        return 0;
    case KEY_MAX_LENGTH: o->max_length = nomen_cli_count(state, "--max-length", text, 1, SIZE_MAX); return 0;
    case KEY_LABELS: o->label_names = text; return 0;
    case ARGP_KEY_ARG: argp_error(state, "unexpected \"%s\"; a labelled file is given by --gate", text); return 0;
    case ARGP_KEY_END: check_together(c, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0, "fine-tuned float model directory, or the NAME of one in the hub's cache ('nomen fetch')", 1},
    {"labels", KEY_LABELS, "NAMES", 0,
     "names for the model's labels instead of its own, also in OUT, in the order of its head's rows: separated by commas, or a "
     "file (one name per line, a JSON list, a config.json, a dataset_info.json)",
     1},
    {"output", 'o', "OUT", 0, "model directory to create", 1},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace OUT if it exists", 1},
    {"weight-bits", KEY_WEIGHT_BITS, "7|8", 0,
     "bits of the dense layers' weights (default: 8); 7 are less precise, and faster with AVX2 or AVX-512 without VNNI", 1},
    {"gate", KEY_GATE, "FILE", 0, "labelled sentences to score both models on", 1},
    {"max-drop", KEY_MAX_DROP, "X", 0,
     "how far the F1 may fall, 0 to 1 (default: 0.005); if it falls further, nothing is written and the exit code is 3", 1},
    {"no-gate", KEY_NO_GATE, NULL, 0, "do not measure what quantising costs", 1},
    {"rows", KEY_ROWS, "N", 0, "use only the first N sentences of the gate; 0 for all", 1},
    {"max-length", KEY_MAX_LENGTH, "N", 0,
     "subword tokens per window, special tokens included, also in OUT (default: as trained)", 1},
    {"skip-bad", KEY_SKIP_BAD, NULL, 0, "skip and count bad rows of the gate instead of stopping", 1},
    {"encoding", KEY_ENCODING, "NAME", 0, "utf-8, cp1252 or latin-1 (default: UTF-8, otherwise cp1252)", 1},
    {"max-unpacked", KEY_MAX_UNPACKED, "SIZE", 0, "most that a .gz or .zip file may unpack to, such as 2GiB", 1},
    {0},
};

int nomen_cli_quantize(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              NULL,
                              "Creates a model directory whose encoder has dense layers in int8, for eval and tag. Before it is "
                              "put in place, it is scored against the float model.",
                              children,
                              NULL,
                              NULL};
    quantize_command c = {0};
    nomen_error err = {0};
    nomen_quantize_result result = {0};
    char *text = NULL, *found = NULL;
    size_t n_bytes = 0;
    nomen_quantize_init(&c.options, sizeof c.options);
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    c.options.tokenizer = &c.common.tokenizer;
    nomen_cli_catch_interrupt();
    nomen_status status;
    NOMEN_TRY(nomen_cli_find_model(&c.options.model, &found, &err));
    NOMEN_TRY(nomen_quantize(&c.options, &result, &err));
    status = c.common.json ? nomen_quantize_result_to_json(&c.options, &result, &text, &n_bytes, &err)
                           : nomen_quantize_result_to_text(&c.options, &result, &text, &n_bytes, &err);
    NOMEN_TRY(nomen_cli_write_string(status, text, n_bytes, &err));
    code = result.met ? EXIT_DONE : EXIT_GATE;
    if (code == EXIT_GATE) {
        fprintf(
            stderr,
            "nomen: int8 costs an F1 of %.4f, more than --max-drop %g: %s was not written; allow more, or keep the float model\n",
            result.drop, c.options.max_drop, c.options.output);
    }
done:
    nomen_quantize_result_clear(&result);
    nomen_free(found);
    return status == NOMEN_OK ? code : nomen_cli_fail(&err);
}
