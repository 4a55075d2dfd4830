/* What settings are called in a file and among variables; see settings_table.h. */
#include "serve/settings_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void nomen_setting_key(const nomen_setting *setting, char out[NOMEN_SETTING_NAME_SIZE]) {
    snprintf(out, NOMEN_SETTING_NAME_SIZE, "%s", setting->name);
    for (char *at = out; *at != '\0'; at++) {
        if (*at == '-') { *at = '_'; }
    }
}

void nomen_setting_variable(const nomen_setting *setting, char out[NOMEN_SETTING_NAME_SIZE]) {
    snprintf(out, NOMEN_SETTING_NAME_SIZE, NOMEN_SETTING_PREFIX "%s", setting->name);
    for (char *at = out; *at != '\0'; at++) { *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at); }
}

const nomen_setting *nomen_setting_find(const char *name, nomen_setting_namer namer) {
    size_t n;
    const nomen_setting *table = nomen_settings_table(&n);
    for (size_t i = 0; i < n; i++) {
        char known[NOMEN_SETTING_NAME_SIZE];
        namer(&table[i], known);
        if (strcmp(known, name) == 0) { return &table[i]; }
    }
    return NULL;
}

/* How many letters must be changed, added or left out; "-" and "_", and cases, are alike. */
static size_t distance(const char *a, const char *b) {
    size_t row[NOMEN_SETTING_NAME_SIZE + 1], n = strlen(b);
    for (size_t j = 0; j <= n; j++) { row[j] = j; }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            char x = a[i] == '-' ? '_' : (char)tolower((unsigned char)a[i]);
            bool same = x == (b[j] == '-' ? '_' : tolower((unsigned char)b[j]));
            size_t best = diagonal + (same ? 0 : 1);
            diagonal = row[j + 1];
            if (row[j] + 1 < best) { best = row[j] + 1; }
            if (diagonal + 1 < best) { best = diagonal + 1; }
            row[j + 1] = best;
        }
    }
    return row[n];
}

nomen_status nomen_setting_suggest(const char *name, nomen_setting_namer namer, nomen_buffer *out, nomen_error *err) {
    enum { ALIKE = 2 };
    char known[NOMEN_SETTING_NAME_SIZE], best[NOMEN_SETTING_NAME_SIZE] = "", longer[NOMEN_SETTING_NAME_SIZE] = "";
    size_t n, least = ALIKE + 1, n_longer = 0;
    const nomen_setting *table = nomen_settings_table(&n);
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n && strlen(name) < NOMEN_SETTING_NAME_SIZE; i++) {
        namer(&table[i], known);
        size_t found = distance(name, known);
        if (strncmp(name, known, strlen(name)) == 0) {
            n_longer++;
            memcpy(longer, known, sizeof longer);
        }
        if (found >= least) { continue; }
        least = found;
        memcpy(best, known, sizeof best);
    }
    if (*best == '\0' && n_longer == 1) { memcpy(best, longer, sizeof best); } /* "max_queue" */
    if (*best != '\0') { return nomen_buffer_printf(out, err, "; did you mean %s?", best); }
    for (size_t i = 0; status == NOMEN_OK && i < n; i++) {
        namer(&table[i], known);
        status = nomen_buffer_printf(out, err, "%s%s", i == 0 ? "; known are " : ", ", known);
    }
    return status;
}
