/* nomen info: what a model directory holds. */
#include <stdint.h>

#include "base/json.h"
#include "cli/cli.h"
#include "nomen/info.h"
#include "nomen/runtime.h"

typedef struct info_command {
    nomen_common common;
    const char *model;
} info_command;

static error_t parse(int key, char *text, struct argp_state *state) {
    info_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &c->common; return 0;
    case 'm':
    case ARGP_KEY_ARG:
        if (c->model != NULL) { argp_error(state, "only one directory is expected; \"%s\" is one too many", text); }
        c->model = text;
        return 0;
    case ARGP_KEY_END:
        if (c->model == NULL) { argp_error(state, "the model directory DIR is required"); }
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0, "the directory, as in the other commands; or the NAME of a model in the hub's cache ('nomen fetch')",
     1},
    {0}};

/* A text at a key; nomen.json is a file like any other, and may lack it. */
static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "(unknown)";
}

static void print_calibration(const json_t *calibration) {
    const json_t *thresholds = json_object_get(calibration, "thresholds");
    const char *type;
    json_t *value;
    if (!json_is_object(calibration)) { return; }
    printf("calibrated: temperature %.4f, on %s\n", json_number_value(json_object_get(calibration, "temperature")),
           text_at(calibration, "data"));
    if (json_object_size(thresholds) == 0) { return; }
    printf("entities are dropped below:");
    json_object_foreach((json_t *)(uintptr_t)thresholds, type, value) {
        if (json_is_number(value)) {
            printf(" %s %.4f", type, json_number_value(value));
        } else {
            printf(" %s (all)", type);
        }
    }
    printf(" (by %s)\n", text_at(calibration, "aggregate"));
}

/* How `nomen quantize` made this directory; NULL: it did not. The bits are in no record of an early version. */
static void print_quantized(const json_t *quantized) {
    const json_t *bits = json_object_get(quantized, "weight_bits"), *gate = json_object_get(quantized, "gate");
    if (bits == NULL && gate == NULL) { return; }
    printf("quantised:");
    if (bits != NULL) { printf(" weights of %lld bits%s", (long long)json_integer_value(bits), gate != NULL ? ";" : ""); }
    if (gate != NULL) {
        printf(" F1 %.4f, before %.4f (float), on %s", json_number_value(json_object_get(gate, "f1_int8")),
               json_number_value(json_object_get(gate, "f1_float32")), text_at(gate, "data"));
    }
    printf("\n");
}

static void print_text(const char *directory, json_t *d) {
    json_t *labels = json_object_get(d, "labels"), *record = json_object_get(d, "nomen");
#define NUMBER(key) ((long long)json_integer_value(json_object_get(d, key)))
    printf("%s: BERT, %lld layers, hidden size %lld, %lld heads, %lld encoder parameters\n", directory, NUMBER("layers"),
           NUMBER("hidden_size"), NUMBER("heads"), NUMBER("encoder_parameters"));
    printf("tokenizer: %lld subword tokens, %s, windows of %lld subword tokens\n", NUMBER("vocab_size"),
           json_is_true(json_object_get(d, "lower_case")) ? "lower-case" : "cased", NUMBER("max_length"));
    printf("weights: %.1f MB, dense layers in %s\n", (double)NUMBER("weights_bytes") / 1e6, text_at(d, "dense_layers"));
    long long n_unnamed = NUMBER("unnamed_labels");
    const char *other_task = json_string_value(json_object_get(d, "other_task"));
#undef NUMBER
    if (other_task != NULL) { printf("head: %s, for another task; training replaces it\n", other_task); }
    if (n_unnamed > 0) {
        printf("labels (%lld): unnamed, LABEL_0 to LABEL_%lld; --labels names them, training replaces them\n", n_unnamed,
               n_unnamed - 1);
    } else if (json_array_size(labels) == 0) {
        printf("labels: none; not yet fine-tuned for token classification\n");
    } else {
        printf("labels (%zu):", json_array_size(labels));
        size_t i;
        json_t *label;
        json_array_foreach(labels, i, label) {
            printf(" %s", json_string_value(label));
        }
        printf("\n");
    }
    if (json_is_true(json_object_get(d, "crf"))) {
        printf("CRF: trained transitions between the labels, in crf.safetensors\n");
    } else if (json_is_true(json_object_get(record, "crf"))) {
        printf("CRF: nomen.json states one, but crf.safetensors is missing\n");
    }
    json_int_t context = json_integer_value(json_object_get(record, "context"));
    if (context > 0) {
        printf("context: up to %lld subword tokens of the neighbouring sentences, on each side\n", (long long)context);
    }
    print_quantized(json_object_get(record, "quantized"));
    print_calibration(json_object_get(record, "calibration"));
    json_t *options_used = json_object_get(record, "options");
    if (options_used != NULL) {
        printf("trained by nomen %s on %s; words by %s\n", text_at(record, "nomen_version"),
               text_at(json_object_get(record, "data"), "train"), json_string_value(json_object_get(d, "words")));
        json_t *scores = json_object_get(record, "scores");
        const char *part;
        json_t *score;
        json_object_foreach(scores, part, score) {
            printf("%s: precision %.4f, recall %.4f, F1 %.4f\n", part, json_number_value(json_object_get(score, "precision")),
                   json_number_value(json_object_get(score, "recall")), json_number_value(json_object_get(score, "f1")));
        }
    }
}

int nomen_cli_info(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_common_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options, parse, "DIR", "Shows what a model directory contains.", children, NULL, NULL};
    info_command c = {0};
    nomen_error err = {0};
    json_t *description = NULL;
    char *text = NULL, *found = NULL;
    size_t n_bytes = 0;
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    nomen_status status;
    NOMEN_TRY(nomen_cli_find_model(&c.model, &found, &err));
    NOMEN_TRY(nomen_directory_to_json(c.model, &text, &n_bytes, &err));
    if (c.common.json) {
        NOMEN_TRY(nomen_cli_write(&(nomen_buffer){.data = text, .size = n_bytes}, &err));
    } else {
        NOMEN_TRY(nomen_json_parse(text, n_bytes, c.model, &description, &err));
        print_text(c.model, description);
    }
done:
    json_decref(description);
    nomen_free(text);
    nomen_free(found);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
