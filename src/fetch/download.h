/* The part of fetching that opens connections; only in programs that are built with libcurl. */
#ifndef NOMEN_FETCH_DOWNLOAD_H
#define NOMEN_FETCH_DOWNLOAD_H

#include "base/error.h"
#include "fetch/result.h"

/* `result` has the name and the revision; `cache` is the directory. */
nomen_status nomen_fetch_download(const nomen_fetch_options *options, const char *cache, nomen_fetch_result *result,
                                  nomen_error *err);

#endif
