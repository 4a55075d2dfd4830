/* nomen train --find-lr: a search for a learning rate, which writes no model. */
#ifndef NOMEN_CLI_FIND_RATE_H
#define NOMEN_CLI_FIND_RATE_H

#include <argp.h>

#include "cli/recipe.h"
#include "nomen/train.h"

/* What decides or writes something of a run alone has no effect with it, and is a usage error; so is a file that is missing. */
void nomen_cli_find_rate_check(struct argp_state *state, const nomen_train_options *options, const nomen_cli_recipe *recipe,
                               const nomen_cli_saving *saving);

/* Searches and prints. The callbacks get `user`. */
nomen_status nomen_cli_find_rate(const nomen_train_options *options, const nomen_find_rate_options *finding,
                                 const nomen_train_callbacks *callbacks, void *user, bool json, nomen_error *err);

#endif
