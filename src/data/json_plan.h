/*
 * How a JSON file is read: its format and, for each shape of it, the keys under which its first records have their text,
 * words and labels. What later records have must be the same.
 */
#ifndef NOMEN_DATA_JSON_PLAN_H
#define NOMEN_DATA_JSON_PLAN_H

#include "data/json_shape.h"

/* Keys of a role, as bits by their place in the row. */
typedef unsigned nomen_json_keys;

typedef struct nomen_json_plan {
    nomen_json_role wished[NOMEN_JSON_N_ROLES]; /* by the options: the one key */
    char list[64];                              /* room for the first half of LIST.LABEL */
    const char *label;                          /* its second half */
    struct {
        const nomen_json_shape *shape;
        nomen_json_keys seen[NOMEN_JSON_N_ROLES], usable[NOMEN_JSON_N_ROLES]; /* there; and with what such a key must hold */
        nomen_json_keys masks_seen;
    } shapes[NOMEN_JSON_MOST_SHAPES];
    size_t n_shapes;
    size_t last_line; /* of the records that were looked at */
} nomen_json_plan;

/* The format of the first record that is like a shape; AUTO where there is none. `bytes` starts on `line`. */
nomen_status nomen_json_detect(const char *bytes, size_t n_bytes, const char *name, size_t line,
                               const nomen_data_options *options, nomen_data_format *out, nomen_error *err);

/*
 * Looks at the first records of a file of the builder's format. NOMEN_ERROR_FORMAT names two keys that could each be the text,
 * the words or the labels, or a key that the options name and no record has.
 */
nomen_status nomen_json_plan_make(nomen_json_plan *plan, nomen_builder *builder, const char *bytes, size_t n_bytes,
                                  nomen_error *err);

/* What a record has in each role; false after a fault. */
nomen_status nomen_json_plan_read(const nomen_json_plan *plan, nomen_builder *builder, const json_t *value, size_t line,
                                  nomen_json_record *out, bool *found, nomen_error *err);

#endif
