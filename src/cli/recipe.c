/* A recipe and the hyper-parameters set besides; see the header. */
#include "cli/recipe.h"

#include "base/error.h"

void nomen_cli_recipe_add(nomen_cli_recipe *recipe, struct argp_state *state, int index, const char *value) {
    if (recipe->n_parameters == NOMEN_CLI_MAX_PARAMETERS) { argp_error(state, "too many hyper-parameters"); }
    recipe->parameters[recipe->n_parameters].name = nomen_train_parameters()[index].name;
    recipe->parameters[recipe->n_parameters++].value = value;
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
