/* Option structs between versions; see base/options.h. */
#include "base/options.h"

#include <string.h>

/* No struct of options will be as long: such a size is one that was never set. */
static const size_t longest = (size_t)1 << 16;

nomen_status nomen_options_take(void *own, size_t own_size, const void *given, const char *name, nomen_error *err) {
    size_t size = own_size;
    if (given != NULL) {
        memcpy(&size, given, sizeof size);
        if (size <= sizeof size || size > longest) {
            return nomen_error_set(
                err, NOMEN_ERROR_ARGUMENT,
                "%s: its member size is %zu; set it to the size of the struct, by %s o = {.size = sizeof o} or the "
                "function that fills in the defaults",
                name, size, name);
        }
        for (size_t i = own_size; i < size; i++) {
            if (((const unsigned char *)given)[i] == 0) { continue; }
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "%s: a member after the first %zu bytes is set, which this version of nomen doesn't have; "
                                   "leave it 0 or use the version that the program was compiled for",
                                   name, own_size);
        }
        memcpy(own, given, size < own_size ? size : own_size);
    }
    memcpy(own, &own_size, sizeof own_size);
    return NOMEN_OK;
}

void nomen_options_give(const void *own, size_t own_size, void *given, size_t size) {
    if (size > own_size) { memset((unsigned char *)given + own_size, 0, size - own_size); }
    memcpy(given, own, size < own_size ? size : own_size);
    if (size >= sizeof size) { memcpy(given, &size, sizeof size); }
}
