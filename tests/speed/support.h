/* A tiny model to measure. */
#ifndef TESTS_SPEED_SUPPORT_H
#define TESTS_SPEED_SUPPORT_H

#include "speed/speed.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

typedef struct speed_case {
    char root[64], model[192];
    nomen_speed_options options;
} speed_case;

/* No time at all: three runs of each stage. */
static inline void speed_make(speed_case *c) {
    const tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    assert_non_null(scratch_make(c->root));
    assert_non_null(scratch_path(c->root, "model", c->model));
    if (tiny_model_write(c->model, &spec, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    c->options = (nomen_speed_options){.model = c->model, .lengths = {5, 40}, .n_lengths = 2};
}

#endif
