/* A recipe and the hyper-parameters set besides; see the header. */
#include "cli/recipe.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "base/paths.h"
#include "cli/cli.h"
#include "nomen/runtime.h"

void nomen_cli_recipe_add(nomen_cli_recipe *recipe, struct argp_state *state, int index, const char *value) {
    if (recipe->n_parameters == NOMEN_CLI_MAX_PARAMETERS) { argp_error(state, "too many hyper-parameters"); }
    recipe->parameters[recipe->n_parameters].name = nomen_train_parameters()[index].name;
    recipe->parameters[recipe->n_parameters++].value = value;
}

/* " (default: 16)", or nothing where the value has no form that could be given. */
static void show_default(const json_t *value, char *out, size_t size) {
    char number[NOMEN_NUMBER_SIZE];
    out[0] = '\0';
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_STRING: snprintf(out, size, " (default: %s)", json_string_value(value)); break;
    case JSON_INTEGER: snprintf(out, size, " (default: %lld)", (long long)json_integer_value(value)); break;
    case JSON_REAL:
        nomen_number_shortest(json_real_value(value), number);
        snprintf(out, size, " (default: %s)", number);
        break;
    case JSON_TRUE: snprintf(out, size, " (default: true)"); break;
    case JSON_FALSE: snprintf(out, size, " (default: false)"); break;
    default: break;
    }
}

/* How --help groups them, each group under its heading. One that is in no group comes under the last heading. */
static const struct {
    const char *heading;
    const char *names[16];
} groups[] = {
    {"Data and windows:",
     {"rows", "split", "numpy-split", "split-seed", "folds", "fold", "label-all-pieces", "keep-labels", "max-length", "stride",
      "on-overflow", "context"}},
    {"Run:",
     {"seed", "epochs", "batch-size", "gradient-accumulation-steps", "max-tokens", "gradient-checkpointing", "reduce-by-batch",
      "shuffle", "precision", "logging-steps"}},
    {"Optimiser:",
     {"optimizer", "learning-rate", "head-learning-rate", "layer-lr-decay", "weight-decay", "max-grad-norm", "adam-beta1",
      "adam-beta2", "adam-epsilon", "momentum", "nesterov", "lion-beta1", "lion-beta2", "ema-decay"}},
    {"Schedule of the learning rate:", {"lr-scheduler-type", "lr-scheduler-kwargs", "warmup-ratio", "warmup-steps"}},
    {"Loss and rare labels:",
     {"loss", "focal-gamma", "label-smoothing", "class-weight", "class-weight-beta", "oversample-threshold", "crf",
      "crf-learning-rate"}},
    {"Frozen layers and LoRA:",
     {"freeze-embeddings", "freeze-layers", "lora-rank", "lora-alpha", "lora-dropout", "lora-target", "lora-init",
      "lora-export"}},
    {"Evaluation and what is kept:",
     {"eval-steps", "metric-for-best-model", "load-best-model-at-end", "early-stopping-patience", "early-stopping-threshold"}},
    {"Other hyper-parameters:", {NULL}},
};
enum { N_GROUPS = sizeof groups / sizeof *groups };
_Static_assert(sizeof groups / sizeof *groups == NOMEN_CLI_MAX_GROUPS, "there is room for each heading");

static int group_of(const char *name) {
    for (int g = 0; g < N_GROUPS; g++) {
        for (size_t i = 0; i < sizeof groups[g].names / sizeof *groups[g].names && groups[g].names[i] != NULL; i++) {
            if (strcmp(groups[g].names[i], name) == 0) { return g; }
        }
    }
    return N_GROUPS - 1;
}

size_t nomen_cli_recipe_options(struct argp_option *options, int first_key, int group) {
    static char texts[NOMEN_CLI_MAX_PARAMETERS][256];
    const nomen_train_parameter *p = nomen_train_parameters();
    nomen_train_options defaults;
    json_t *record = NULL;
    size_t n = 0;
    bool used[N_GROUPS] = {false};
    nomen_train_init(&defaults, sizeof defaults);
    char *text = NULL;
    size_t n_bytes = 0;
    /* Out of memory: the help goes without. */
    if (nomen_train_options_to_json(&defaults, &text, &n_bytes, NULL) == NOMEN_OK) {
        (void)nomen_json_parse(text, n_bytes, "the defaults", &record, NULL);
    }
    nomen_free(text);
    for (; p[n].name != NULL && n < NOMEN_CLI_MAX_PARAMETERS; n++) {
        char shown[64];
        int g = group_of(p[n].name);
        used[g] = true;
        show_default(json_object_get(record, p[n].name), shown, sizeof shown);
        snprintf(texts[n], sizeof texts[n], "%s%s", p[n].help, shown);
        options[n] = (struct argp_option){p[n].name, first_key + (int)n, p[n].value, 0, texts[n], group + g};
    }
    for (int g = 0; g < N_GROUPS; g++) {
        if (used[g]) { options[n++] = (struct argp_option){NULL, 0, NULL, 0, groups[g].heading, group + g}; }
    }
    json_decref(record);
    return n;
}

void nomen_cli_recipe_check_split(const nomen_cli_recipe *recipe, struct argp_state *state, bool has_files, bool has_folds) {
    for (size_t i = 0; i < recipe->n_parameters; i++) {
        has_folds |= strcmp(recipe->parameters[i].name, "folds") == 0 && strcmp(recipe->parameters[i].value, "0") != 0;
    }
    for (size_t i = 0; i < recipe->n_parameters && (has_files || has_folds); i++) {
        const char *name = recipe->parameters[i].name;
        if (strstr(name, "split") == NULL || (!has_files && strcmp(name, "split-seed") == 0)) { continue; }
        argp_error(state, "--%s: nothing is split if %s given", name, has_files ? "files for the parts are" : "folds are");
    }
}

void nomen_cli_saving_apply(const nomen_cli_saving *saving, struct argp_state *state, nomen_train_options *o) {
    if (saving->steps != NULL) { o->save_steps = nomen_cli_count(state, "--save-steps", saving->steps, 0, SIZE_MAX / 2); }
    o->save_minutes = o->save_steps == 0 ? NOMEN_CLI_SAVE_MINUTES : 0;
    if (saving->minutes == NULL) { return; }
    if (!nomen_number_parse(saving->minutes, &o->save_minutes) || !(o->save_minutes >= 0 && o->save_minutes <= 1e6)) {
        argp_error(state, "--save-minutes: \"%s\" is not a number from 0 to 1000000", saving->minutes);
    }
    if (o->save_minutes > 0 && o->save_steps > 0) {
        argp_error(state, "--save-minutes: has no effect with --save-steps; leave one out");
    }
}

nomen_status nomen_cli_recipe_apply(nomen_cli_recipe *recipe, nomen_train_options *options, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (recipe->name != NULL) { NOMEN_TRY(nomen_train_set_recipe(options, recipe->name, err)); }
    if (recipe->file != NULL) { NOMEN_TRY(nomen_train_load_recipe(options, recipe->file, &recipe->texts, err)); }
    for (size_t i = 0; i < recipe->n_parameters; i++) {
        NOMEN_TRY(nomen_train_set(options, recipe->parameters[i].name, recipe->parameters[i].value, err));
    }
done:
    return status;
}

nomen_status nomen_cli_recipe_check_file(const nomen_cli_recipe *recipe, const char *directory, nomen_error *err) {
    if (recipe->file == NULL || directory == NULL || !nomen_path_lies_in(recipe->file, directory)) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "config: %s is in %s, all of which is replaced; copy the file to another place first, or give another "
                           "output",
                           recipe->file, directory);
}
