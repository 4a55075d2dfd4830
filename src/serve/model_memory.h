/* How much memory a model takes to load, and how much there is. */
#ifndef NOMEN_SERVE_MODEL_MEMORY_H
#define NOMEN_SERVE_MODEL_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Bytes that this process can still take without being killed or the machine swapping: MemAvailable of /proc/meminfo or, where
 * that is less, what the limits of its control groups (version 2) leave. UINT64_MAX where nothing says it. Files are looked for
 * below `root`, which is "" but in tests.
 */
uint64_t nomen_memory_available(const char *root);

/* Bytes that loading a directory takes at most, as far as its files say; its errors are left to the loading. */
uint64_t nomen_model_memory(const char *directory, bool int8);

/* NOMEN_ERROR_MEMORY where the first is less than the second. */
nomen_status nomen_model_memory_check(const char *directory, bool int8, nomen_error *err);

#endif
