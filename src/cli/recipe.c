/* A recipe and the hyper-parameters set besides; see the header. */
#include "cli/recipe.h"

#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
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

size_t nomen_cli_recipe_options(struct argp_option *options, int first_key, int group) {
    static char texts[NOMEN_CLI_MAX_PARAMETERS][256];
    const nomen_train_parameter *p = nomen_train_parameters();
    nomen_train_options defaults;
    json_t *record = NULL;
    size_t n = 0;
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
        show_default(json_object_get(record, p[n].name), shown, sizeof shown);
        snprintf(texts[n], sizeof texts[n], "%s%s", p[n].help, shown);
        options[n] = (struct argp_option){p[n].name, first_key + (int)n, p[n].value, 0, texts[n], group};
    }
    json_decref(record);
    return n;
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
