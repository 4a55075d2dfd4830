/* Settings from the texts of options and variables; see settings_table.h. */
#include "serve/settings_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/number.h"

nomen_status nomen_setting_check_range(const nomen_setting *setting, double number, const char *where, const char *shown,
                                       nomen_error *err) {
    if (number >= setting->least && number <= setting->most) { return NOMEN_OK; }
    char least[NOMEN_NUMBER_SIZE], most[NOMEN_NUMBER_SIZE];
    nomen_number_snprintf(least, sizeof least, "%.15g", setting->least);
    nomen_number_snprintf(most, sizeof most, "%.15g", setting->most);
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: %s is out of range; expected a number from %s to %s", where, shown,
                           least, most);
}

static nomen_status set_count(size_t *member, const nomen_setting *setting, const char *text, const char *where,
                              nomen_error *err) {
    char *end = NULL;
    errno = 0;
    unsigned long long number = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    bool bytes = setting->kind == NOMEN_SETTING_BYTES;
    size_t size = (size_t)number;
    if (end == NULL || errno != 0 || *end != '\0' || size != number) {
        if (bytes && nomen_number_parse_bytes(text, &size)) {
            number = size;
        } else {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\" is not a %s", where, text,
                                   bytes ? "number of bytes such as 16MiB or 65536" : "whole number");
        }
    }
    nomen_status status = nomen_setting_check_range(setting, (double)number, where, text, err);
    if (status == NOMEN_OK) { *member = size; }
    return status;
}

static nomen_status set_seconds(double *member, const nomen_setting *setting, const char *text, const char *where,
                                nomen_error *err) {
    double number = 0;
    /* strtod(3) also reads hexadecimal, infinities and what is no number. */
    if (strspn(text, "0123456789.eE+-") != strlen(text) || !nomen_number_parse(text, &number) || !isfinite(number)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\" is not a number of seconds such as 30 or 0.5", where, text);
    }
    nomen_status status = nomen_setting_check_range(setting, number, where, text, err);
    if (status == NOMEN_OK) { *member = number; }
    return status;
}

static nomen_status set_flag(bool *member, const char *text, const char *where, nomen_error *err) {
    static const char *const words[2][4] = {{"false", "no", "off", "0"}, {"true", "yes", "on", "1"}};
    for (size_t value = 0; value < 2; value++) {
        for (size_t i = 0; i < 4; i++) {
            if (strcasecmp(text, words[value][i]) != 0) { continue; }
            *member = value == 1;
            return NOMEN_OK;
        }
    }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\" is neither true (yes, on, 1) nor false (no, off, 0)", where,
                           text);
}

static nomen_status set_log_form(nomen_log_form *member, const char *text, const char *where, nomen_error *err) {
    if (strcmp(text, "text") != 0 && strcmp(text, "json") != 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\" is no form of log; choose text or json", where, text);
    }
    *member = strcmp(text, "json") == 0 ? NOMEN_LOG_JSON : NOMEN_LOG_TEXT;
    return NOMEN_OK;
}

/* Adds an item, or all that stand between commas; spaces around them are no part of them. */
static nomen_status add_items(nomen_strings *list, const char *text, bool commas, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (!commas) { return nomen_strings_add(list, text, strlen(text), err); }
    while (status == NOMEN_OK) {
        size_t n = strcspn(text, ","), from = 0, to = n;
        while (from < to && (text[from] == ' ' || text[from] == '\t')) { from++; }
        while (to > from && (text[to - 1] == ' ' || text[to - 1] == '\t')) { to--; }
        if (to > from) { status = nomen_strings_add(list, text + from, to - from, err); }
        if (text[n] == '\0') { break; }
        text += n + 1;
    }
    return status;
}

static nomen_status set_list(nomen_strings *member, const char *const *texts, size_t n_texts, bool commas, const char *where,
                             nomen_error *err) {
    nomen_strings list = {0};
    nomen_status status;
    for (size_t i = 0; i < n_texts; i++) {
        size_t n_before = list.n;
        NOMEN_TRY(add_items(&list, texts[i], commas, err));
        if (list.n == n_before) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: \"%s\" holds commas alone", where, texts[i]));
        }
    }
    nomen_strings_clear(member);
    *member = list;
    return NOMEN_OK;
done:
    nomen_strings_clear(&list);
    return status;
}

nomen_status nomen_setting_set(nomen_settings *settings, const nomen_setting *setting, const char *const *texts, size_t n_texts,
                               bool commas, const char *where, nomen_error *err) {
    void *member = nomen_setting_member(settings, setting);
    const char *text = texts[n_texts - 1];
    for (size_t i = 0; i < n_texts; i++) {
        if (*texts[i] == '\0') {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: the value is empty; is a variable of the shell not set?",
                                   where);
        }
    }
    switch (setting->kind) {
    case NOMEN_SETTING_TEXT: return nomen_mem_replace_text(member, text, err);
    case NOMEN_SETTING_LIST: return set_list(member, texts, n_texts, commas, where, err);
    case NOMEN_SETTING_COMMAS: return set_list(member, texts, n_texts, true, where, err);
    case NOMEN_SETTING_FLAG: return set_flag(member, text, where, err);
    case NOMEN_SETTING_COUNT:
    case NOMEN_SETTING_BYTES: return set_count(member, setting, text, where, err);
    case NOMEN_SETTING_SECONDS: return set_seconds(member, setting, text, where, err);
    case NOMEN_SETTING_LOG_FORM: return set_log_form(member, text, where, err);
    }
    return NOMEN_OK;
}
