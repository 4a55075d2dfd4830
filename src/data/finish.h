/* Completing a dataset once all its sentences are in. */
#ifndef NOMEN_DATA_FINISH_H
#define NOMEN_DATA_FINISH_H

#include "data/builder.h"

/* Settles the scheme of the tags and completes builder->set. No sentence at all is an error. */
nomen_status nomen_builder_finish(nomen_builder *builder, nomen_error *err);

#endif
