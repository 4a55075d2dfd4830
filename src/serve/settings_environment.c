/* Settings from variables of the environment. */
#include <string.h>

#include "base/mem.h"
#include "serve/settings_table.h"

/* Whether a name of `n` bytes is one that Kubernetes (and Docker before it) makes for a service, whose name has n_base bytes. */
static bool is_of_service(const char *name, size_t n, size_t n_base) {
    static const char host[] = "_SERVICE_HOST", port[] = "_SERVICE_PORT", link[] = "_PORT";
    const char *rest = name + n_base;
    size_t n_rest = n - n_base;
    return (n_rest == sizeof host - 1 && memcmp(rest, host, n_rest) == 0) ||
           (n_rest >= sizeof port - 1 && memcmp(rest, port, sizeof port - 1) == 0) ||
           (n_rest >= sizeof link - 1 && memcmp(rest, link, sizeof link - 1) == 0);
}

/*
 * Whether a variable was made for a service. A pod beside a service "nomen-serve" has NOMEN_SERVE_SERVICE_HOST,
 * NOMEN_SERVE_PORT=tcp://... and more, which nobody wrote.
 */
static bool is_made_by_kubernetes(const char *name, size_t n, char *const *environment) {
    static const char end[] = "_SERVICE_HOST";
    for (char *const *at = environment; *at != NULL; at++) {
        size_t n_other = strcspn(*at, "=");
        if (n_other < sizeof end - 1 || memcmp(*at + n_other - (sizeof end - 1), end, sizeof end - 1) != 0) { continue; }
        size_t n_base = n_other - (sizeof end - 1);
        if (n_base >= sizeof NOMEN_SETTING_PREFIX - 2 && n_base <= n && memcmp(*at, name, n_base) == 0 &&
            is_of_service(name, n, n_base)) {
            return true;
        }
    }
    return false;
}

static nomen_status unknown_variable(const char *name, nomen_error *err) {
    nomen_buffer advice = {0};
    nomen_status status;
    NOMEN_TRY(nomen_setting_suggest(name, nomen_setting_variable, &advice, err));
    status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the variable %.60s is no setting%s", name, advice.data);
done:
    nomen_buffer_clear(&advice);
    return status;
}

/* The value without white space around it, such as the carriage return of a file with Windows' line ends. */
static nomen_status set_variable(nomen_settings *settings, const nomen_setting *setting, const char *name, const char *value,
                                 nomen_error *err) {
    static const char space[] = " \t\r\n";
    char *text = NULL;
    value += strspn(value, space);
    size_t n = strlen(value);
    while (n > 0 && strchr(space, value[n - 1]) != NULL) { n--; }
    if (n == 0) { return NOMEN_OK; }
    if (n > 1 && (value[0] == '"' || value[0] == '\'') && value[n - 1] == value[0]) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: the value is within quotes, which docker's --env-file, for one, takes as a part of it; "
                               "leave them out",
                               name);
    }
    nomen_status status = NOMEN_COPY(text, value, n, err);
    if (status == NOMEN_OK) { status = nomen_setting_set(settings, setting, (const char *const[]){text}, 1, true, name, err); }
    nomen_mem_free(text);
    return status;
}

nomen_status nomen_settings_read_environment(nomen_settings *settings, char *const *environment, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (char *const *at = environment; status == NOMEN_OK && *at != NULL; at++) {
        const char *value = strchr(*at, '=');
        if (value == NULL || strncmp(*at, NOMEN_SETTING_PREFIX, sizeof NOMEN_SETTING_PREFIX - 1) != 0) { continue; }
        size_t n = (size_t)(value - *at);
        char *name = NULL;
        status = NOMEN_COPY(name, *at, n, err);
        if (status != NOMEN_OK) { break; }
        const nomen_setting *setting = nomen_setting_find(name, nomen_setting_variable);
        if (setting != NULL) {
            status = set_variable(settings, setting, name, value + 1, err);
        } else if (strcmp(name, NOMEN_SETTING_PREFIX "CONFIG") != 0 && !is_made_by_kubernetes(name, n, environment)) {
            status = unknown_variable(name, err);
        }
        nomen_mem_free(name);
    }
    return status;
}
