/* The options of quantising, as quantize.c and its reports take them. */
#ifndef NOMEN_EVAL_QUANTIZE_H
#define NOMEN_EVAL_QUANTIZE_H

#include "nomen/quantize.h"

/* *own: the options given over the defaults, with the bits that 0 means. Impossible ones are NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_quantize_take(const nomen_quantize_options *given, nomen_quantize_options *own, nomen_error *err);

#endif
