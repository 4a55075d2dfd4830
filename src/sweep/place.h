/*
 * The directory of a sweep, and what stood there before where that is replaced: this is kept in OUT/sweep-replaced until the new
 * sweep has something to show, and comes back where it never has.
 */
#ifndef NOMEN_SWEEP_PLACE_H
#define NOMEN_SWEEP_PLACE_H

#include "nomen/train.h"
#include "train/save/run_directory.h"

/* Whether the directory may be used. What may be days of work is not offered for overwriting without a word of it. */
nomen_status nomen_sweep_check_place(const nomen_train_options *base, nomen_error *err);

/*
 * Opens it for this process alone. *fresh says whether nothing of an earlier sweep is in it now, as it was made, or as what was
 * there has been set aside; it is right where this fails, too.
 */
nomen_status nomen_sweep_open_place(const nomen_train_options *base, nomen_run_directory *directory, bool *fresh,
                                    nomen_error *err);

/* The best model so far, in the directory of the sweep. */
#define NOMEN_SWEEP_BEST "best"

/* Whether it has that, or a checkpoint or a model of a run. */
bool nomen_sweep_has_models(const char *path);

/* Whether something is set aside; removes it; and brings it back in place of what is there now. */
bool nomen_sweep_has_replaced(const char *path);
void nomen_sweep_drop_replaced(const char *path);
nomen_status nomen_sweep_restore_replaced(const char *path, nomen_error *err);

#endif
