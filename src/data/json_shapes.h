/* The table of the shapes of JSON. */
#ifndef NOMEN_DATA_JSON_SHAPES_H
#define NOMEN_DATA_JSON_SHAPES_H

#include "data/json_shape.h"

/*
 * In the order in which a record is compared with them: what tells a tool's form from others comes before the plain form. Those
 * of a format stand together; a record that is like none of them is read (and refused) by the last.
 */
extern const nomen_json_shape nomen_json_shapes[];
extern const size_t nomen_json_n_shapes;

#endif
