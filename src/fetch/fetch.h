/*
 * Getting a model from the Hugging Face hub into the hub's cache, as huggingface_hub lays it out. A part of the program
 * `nomen`, not of the library, which opens no connection: it is linked with libcurl.
 */
#ifndef NOMEN_FETCH_FETCH_H
#define NOMEN_FETCH_FETCH_H

#include "base/error.h"
#include "fetch/result.h"

/*
 * Gets what a model needs and the cache lacks. Whatever ends the call, each file of the cache is whole or absent, and the
 * revision names the new commit only when all files are there.
 */
nomen_status nomen_fetch_run(const nomen_fetch_options *options, nomen_fetch_result *result, nomen_error *err);
void nomen_fetch_result_clear(nomen_fetch_result *result);

#endif
