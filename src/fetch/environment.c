/* The hub's variables; see environment.h. Those of the cache's place are the library's: nomen/hub.h. */
#include "fetch/environment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/mem.h"
#include "nomen/hub.h"

static const char *look_up(const char *variable) {
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool is_on(const char *value) {
    static const char *const words[] = {"1", "ON", "YES", "TRUE"};
    for (size_t i = 0; value != NULL && i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(value, words[i]) == 0) { return true; }
    }
    return false;
}

bool nomen_fetch_is_offline(void) {
    const char *value = look_up("HF_HUB_OFFLINE");
    return is_on(value != NULL ? value : look_up("TRANSFORMERS_OFFLINE"));
}

const char *nomen_fetch_endpoint(void) {
    const char *endpoint = look_up("HF_ENDPOINT");
    return endpoint != NULL ? endpoint : "https://huggingface.co";
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The text without white space round it; NULL where nothing is left. */
static nomen_status clean(const char *text, const char *source, char **out, nomen_error *err) {
    size_t n = strlen(text);
    while (n > 0 && is_space(*text)) { text++, n--; }
    while (n > 0 && is_space(text[n - 1])) { n--; }
    *out = NULL;
    for (size_t i = 0; i < n; i++) {
        if (text[i] <= ' ' || text[i] >= 0x7F) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "%s: is not a token of the hub: it has other bytes than those of one word", source);
        }
    }
    return n > 0 ? NOMEN_COPY(*out, text, n, err) : NOMEN_OK;
}

static nomen_status read_token(char **token, nomen_error *err) {
    char *path = NULL, *home = NULL;
    nomen_buffer text = {0};
    nomen_status status;
    NOMEN_TRY(nomen_hub_variable("HF_TOKEN_PATH", NULL, &path, err));
    if (path == NULL) {
        NOMEN_TRY(nomen_hub_home(&home, err));
        NOMEN_TRY(NOMEN_JOIN(path, home, "token", err));
    }
    if (nomen_file_exists(path)) {
        NOMEN_TRY(nomen_file_read(path, &text, err));
        if (text.size > 0) { NOMEN_TRY(clean(text.data, path, token, err)); }
    }
done:
    nomen_buffer_clear(&text);
    nomen_mem_free(home);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_fetch_find_token(char **token, nomen_error *err) {
    static const char *const names[] = {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"};
    *token = NULL;
    if (is_on(getenv("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) { return NOMEN_OK; }
    for (size_t i = 0; i < sizeof names / sizeof *names && *token == NULL; i++) {
        if (look_up(names[i]) == NULL) { continue; }
        nomen_status status = clean(look_up(names[i]), names[i], token, err);
        if (status != NOMEN_OK) { return status; }
    }
    return *token != NULL ? NOMEN_OK : read_token(token, err);
}
