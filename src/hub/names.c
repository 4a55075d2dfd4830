/*
 * What may be a model's name and a revision. Both become parts of paths and addresses, so whatever is not allowed for sure
 * is refused: nothing that passes can lead out of a directory, or be read as something else in an address.
 */
#include "hub/names.h"

#include <string.h>

#include "base/mem.h"
#include "nomen/hub.h"

enum { LONGEST_PART = 96, LONGEST_REVISION = 200 };

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Whatever the locale. */
static bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_part(const char *part, size_t n) {
    if (n == 0 || n > LONGEST_PART || !is_word(part[0]) || !is_word(part[n - 1])) { return false; }
    for (size_t i = 0; i < n; i++) {
        if (!is_word(part[i]) && part[i] != '-' && part[i] != '.') { return false; }
    }
    return true;
}

static bool is_name(const char *name) {
    const char *slash = strchr(name, '/'), *last = slash != NULL ? slash + 1 : name;
    size_t n = strlen(name);
    if (slash != NULL && !is_part(name, (size_t)(slash - name))) { return false; }
    if (!is_part(last, strlen(last)) || strstr(name, "--") != NULL || strstr(name, "..") != NULL) { return false; }
    return n < 4 || strcmp(name + n - 4, ".git") != 0;
}

nomen_status nomen_hub_check_name(const char *name, nomen_error *err) {
    if (is_name(name)) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "\"%s\" is not a model's name on the hub: expected NAME or ORG/NAME, of at most %d letters, digits, "
                           "\"-\", \"_\" and \".\" each, without \"--\" and \"..\", beginning and ending in neither \"-\" nor "
                           "\".\", and not ending in .git",
                           name, LONGEST_PART);
}

/* git's rules for a reference's name, and no leading "-". */
static bool is_revision(const char *revision) {
    static const char *const nowhere[] = {"..", "//", "@{", "/."};
    size_t n = strlen(revision);
    if (n == 0 || n > LONGEST_REVISION || strchr("/.-", revision[0]) != NULL || strchr("/.", revision[n - 1]) != NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)revision[i];
        if (c <= ' ' || c == 0x7F || strchr("~^:?*[\\", c) != NULL) { return false; }
    }
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        if (strstr(revision, nowhere[i]) != NULL) { return false; }
    }
    return n < 5 || strcmp(revision + n - 5, ".lock") != 0;
}

nomen_status nomen_hub_check_revision(const char *revision, nomen_error *err) {
    if (is_revision(revision)) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "\"%s\" is not a revision: expected a branch, a tag or a commit, by git's rules for names", revision);
}

bool nomen_hub_is_commit(const char *text) {
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(text[i]) && !(text[i] >= 'a' && text[i] <= 'f')) { return false; }
    }
    return n == 40;
}

nomen_status nomen_hub_parse(const char *text, const char *revision, char **name, char **parsed_revision, nomen_error *err) {
    const char *at = strchr(text, '@');
    char *first = NULL, *second = NULL;
    nomen_status status;
    if (at != NULL && revision != NULL && strcmp(at + 1, revision) != 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: names a revision, and another is given besides: \"%s\"", text,
                                   revision));
    }
    if (at != NULL) { revision = at + 1; }
    if (revision == NULL) { revision = "main"; }
    NOMEN_TRY(NOMEN_COPY(first, text, at != NULL ? (size_t)(at - text) : strlen(text), err));
    NOMEN_TRY(NOMEN_COPY(second, revision, strlen(revision), err));
    NOMEN_TRY(nomen_hub_check_name(first, err));
    NOMEN_TRY(nomen_hub_check_revision(second, err));
    *name = first;
    *parsed_revision = second;
    return NOMEN_OK;
done:
    nomen_mem_free(first);
    nomen_mem_free(second);
    return status;
}
