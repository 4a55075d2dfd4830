/* A recipe and the hyper-parameters set besides, for commands that train. */
#ifndef NOMEN_CLI_RECIPE_H
#define NOMEN_CLI_RECIPE_H

#include <argp.h>

#include "nomen/train.h"

enum { NOMEN_CLI_MAX_PARAMETERS = 128, NOMEN_CLI_MAX_GROUPS = 8 };
/* Rows of argp's options for all of them, with the headings of their groups. */
enum { NOMEN_CLI_RECIPE_ROWS = NOMEN_CLI_MAX_PARAMETERS + NOMEN_CLI_MAX_GROUPS };

/* --save-steps and --save-minutes, with which a killed run loses about ten minutes where neither is given. */
#define NOMEN_CLI_SAVE_MINUTES 10
#define NOMEN_CLI_SAVE_MINUTES_HELP \
    "without --save-steps: save a checkpoint every X minutes, in the place of the one before, and remove it when the model is " \
    "there; 0: never (default: 10)"
typedef struct nomen_cli_saving {
    const char *steps, *minutes; /* NULL where not given */
} nomen_cli_saving;

/* Sets the options by them; a usage error where they don't go together. */
void nomen_cli_saving_apply(const nomen_cli_saving *saving, struct argp_state *state, nomen_train_options *options);

/* As given; hyper-parameters are set once the recipe is known, whatever their order on the command line. */
typedef struct nomen_cli_recipe {
    const char *name, *file; /* --recipe, --config; NULL where not given */
    struct {
        const char *name, *value;
    } parameters[NOMEN_CLI_MAX_PARAMETERS];
    size_t n_parameters;
    char *texts; /* which the options borrow once nomen_cli_recipe_apply has run; freed with nomen_free */
} nomen_cli_recipe;

/* Keeps a value for nomen_train_parameters()[index]. */
void nomen_cli_recipe_add(nomen_cli_recipe *recipe, struct argp_state *state, int index, const char *value);

/*
 * A row of options for every hyper-parameter, keys from `first_key` on, each with its default, in NOMEN_CLI_MAX_GROUPS groups
 * from `group` on; then a row without a name for each group's heading. `options` has room for NOMEN_CLI_RECIPE_ROWS.
 * Returns how many rows there are. The texts are static.
 */
size_t nomen_cli_recipe_options(struct argp_option *options, int first_key, int group);

/* A usage error for a split that divides nothing: as there are files for its parts, or folds, of which the seed alone counts. */
void nomen_cli_recipe_check_split(const nomen_cli_recipe *recipe, struct argp_state *state, bool has_files, bool has_folds);

/* Sets the options by the recipe, its file and the values, in that order. */
nomen_status nomen_cli_recipe_apply(nomen_cli_recipe *recipe, nomen_train_options *options, nomen_error *err);

/* NOMEN_ERROR_ARGUMENT where the file of --config lies in `directory`, all of which is replaced in the end. */
nomen_status nomen_cli_recipe_check_file(const nomen_cli_recipe *recipe, const char *directory, nomen_error *err);

#endif
