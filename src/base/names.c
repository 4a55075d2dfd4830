/* Values with names. */
#include "base/names.h"

#include <stdio.h>
#include <string.h>

nomen_status nomen_name_find(const char *name, const char *const *names, const char *what, int *out, nomen_error *err) {
    char choices[256] = "";
    size_t used = 0;
    if (name == NULL) { name = ""; }
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = i;
            return NOMEN_OK;
        }
        const char *before = i == 0 ? "" : names[i + 1] == NULL ? " or " : ", ";
        int n = snprintf(choices + used, sizeof choices - used, "%s%s", before, names[i]);
        used = n < 0 || used + (size_t)n >= sizeof choices ? sizeof choices - 1 : used + (size_t)n;
    }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown %s \"%s\"; choose %s", what, name, choices);
}

const char *nomen_name_of(const char *const *names, int value) {
    for (int i = 0; i <= value; i++) {
        if (names[i] == NULL) { return "unknown"; }
    }
    return value >= 0 ? names[value] : "unknown";
}

nomen_status nomen_value_check(const char *name, int value, const char *what, nomen_error *err) {
    if (strcmp(name, "unknown") != 0) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown %s %d", what, value);
}

nomen_status nomen_string_check(const char *string, const char *what, nomen_error *err) {
    return string != NULL ? NOMEN_OK : nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s is NULL; expected a string", what);
}
