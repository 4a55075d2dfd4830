/* Where the cache is: huggingface_hub's variables, read as it reads them, but that an empty one is as none. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/mem.h"
#include "hub/names.h"
#include "nomen/hub.h"

static const char *look_up(const char *variable) {
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool is_name_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static nomen_status add_home(nomen_buffer *out, nomen_error *err) {
    const char *home = look_up("HOME");
    if (home == NULL) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "the hub's cache can't be found: HOME is not set; set it, or HF_HOME or HF_HUB_CACHE to a directory");
    }
    return nomen_buffer_append_text(out, home, err);
}

/* $NAME or ${NAME} at `at`: adds its value and moves on; what is no variable stays as it stands. */
static nomen_status add_variable(const char **at, nomen_buffer *out, nomen_error *err) {
    const char *text = *at, *name = text[1] == '{' ? text + 2 : text + 1, *end = name;
    char copy[128];
    while (is_name_byte(*end)) { end++; }
    size_t n = (size_t)(end - name), whole = (size_t)(end - text) + (text[1] == '{' && *end == '}');
    bool good = n > 0 && n < sizeof copy && (text[1] != '{' || *end == '}');
    const char *value = NULL;
    if (good) {
        memcpy(copy, name, n);
        copy[n] = '\0';
        value = getenv(copy);
    }
    *at += value != NULL ? whole : 1;
    return value != NULL ? nomen_buffer_append_text(out, value, err) : nomen_buffer_append_byte(out, '$', err);
}

static nomen_status expand(const char *text, char **out, nomen_error *err) {
    nomen_buffer path = {0};
    nomen_status status = nomen_buffer_append(&path, "", 0, err);
    if (status == NOMEN_OK && text[0] == '~' && (text[1] == '/' || text[1] == '\0')) {
        status = add_home(&path, err);
        text++;
    }
    while (status == NOMEN_OK && *text != '\0') {
        status = *text == '$' ? add_variable(&text, &path, err) : nomen_buffer_append_byte(&path, *text++, err);
    }
    return nomen_buffer_string(status, &path, out, NULL, err);
}

nomen_status nomen_hub_variable(const char *variable, const char *fallback, char **value, nomen_error *err) {
    const char *text = look_up(variable);
    if (text == NULL) { text = fallback; }
    *value = NULL;
    return text != NULL ? expand(text, value, err) : NOMEN_OK;
}

/* `name` in the directory that the variable says, or in `fallback`. */
static nomen_status inside(const char *variable, const char *fallback, const char *name, char **out, nomen_error *err) {
    char *directory = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_hub_variable(variable, fallback, &directory, err));
    NOMEN_TRY(NOMEN_JOIN(*out, directory, name, err));
done:
    nomen_mem_free(directory);
    return status;
}

nomen_status nomen_hub_home(char **directory, nomen_error *err) {
    if (look_up("HF_HOME") != NULL) { return nomen_hub_variable("HF_HOME", NULL, directory, err); }
    return inside("XDG_CACHE_HOME", "~/.cache", "huggingface", directory, err);
}

nomen_status nomen_hub_cache(char **directory, nomen_error *err) {
    static const char *const names[] = {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (look_up(names[i]) != NULL) { return nomen_hub_variable(names[i], NULL, directory, err); }
    }
    char *home = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_hub_home(&home, err));
    NOMEN_TRY(NOMEN_JOIN(*directory, home, "hub", err));
done:
    nomen_mem_free(home);
    return status;
}

nomen_status nomen_hub_folder(const char *cache, const char *name, char **folder, nomen_error *err) {
    const char *slash = strchr(name, '/');
    nomen_buffer path = {0};
    nomen_status status;
    NOMEN_TRY(nomen_hub_check_name(name, err));
    const char *between = cache[0] != '\0' && cache[strlen(cache) - 1] == '/' ? "" : "/";
    if (slash != NULL) {
        NOMEN_TRY(nomen_buffer_printf(&path, err, "%s%smodels--%.*s--%s", cache, between, (int)(slash - name), name, slash + 1));
    } else {
        NOMEN_TRY(nomen_buffer_printf(&path, err, "%s%smodels--%s", cache, between, name));
    }
done:
    return nomen_buffer_string(status, &path, folder, NULL, err);
}
