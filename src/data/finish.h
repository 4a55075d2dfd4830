/* Completes a dataset when all its sentences have been added. */
#ifndef NOMEN_DATA_FINISH_H
#define NOMEN_DATA_FINISH_H

#include "data/builder.h"

/* Determines the scheme of the tags and completes builder->set. A dataset without any sentence is an error. */
nomen_status nomen_builder_finish(nomen_builder *builder, nomen_error *err);

#endif
