/* The table of formats; see the header. */
#include "data/formats.h"

#include <string.h>

#include "base/names.h"
#include "base/options.h"

/* In the order in which messages list them. */
static const nomen_format *const formats[] = {
    &nomen_format_seed_csv,   &nomen_format_long_csv,  &nomen_format_conll,        &nomen_format_conll_2002,
    &nomen_format_conll_2003, &nomen_format_hf_jsonl,  &nomen_format_jsonl,        &nomen_format_doccano,
    &nomen_format_prodigy,    &nomen_format_spacy,     &nomen_format_label_studio, &nomen_format_inline,
    &nomen_format_brat,       &nomen_format_webanno,   &nomen_format_pubtator,     &nomen_format_gliner,
    &nomen_format_spert,      &nomen_format_dataturks, &nomen_format_ai4privacy,   &nomen_format_slash,
};
enum { N_FORMATS = sizeof formats / sizeof *formats };

const nomen_format *nomen_format_get(nomen_data_format format) {
    size_t i = 0;
    while (i + 1 < N_FORMATS && formats[i]->format != format) { i++; }
    return formats[i];
}

const char *nomen_format_title(nomen_data_format format) {
    return format == NOMEN_DATA_AUTO ? "auto" : nomen_format_get(format)->name;
}

const char *nomen_format_name(nomen_data_format format) {
    if (format == NOMEN_DATA_AUTO) { return "auto"; }
    const nomen_format *row = nomen_format_get(format);
    return row->format == format ? row->key : "unknown";
}

bool nomen_format_get_info(nomen_data_format format, nomen_format_info *out) {
    const nomen_format *row = nomen_format_get(format);
    if (row->format != format) { return false; }
    nomen_format_info own = {.name = row->key, .title = row->name, .form = row->form, .is_written = !row->read_only};
    own.has_spans = (row->holds & NOMEN_HOLDS_SPANS) != 0;
    own.has_files = !row->read_only && row->write == NULL;
    nomen_options_give(&own, sizeof own, out, out->size);
    return true;
}

nomen_status nomen_format_parse(const char *key, nomen_data_format *out, nomen_error *err) {
    const char *keys[N_FORMATS + 1] = {0};
    int found = 0;
    for (size_t i = 0; i < N_FORMATS; i++) { keys[i] = formats[i]->key; }
    nomen_status status = nomen_name_find(key, keys, "data format", &found, err);
    if (status == NOMEN_OK) { *out = formats[found]->format; }
    return status;
}

nomen_status nomen_format_check_writable(nomen_data_format format, nomen_error *err) {
    const nomen_format *row = nomen_format_get(format);
    if (!row->read_only) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s (%s) is read, but not written; choose another format", row->name,
                           row->key);
}

nomen_data_format nomen_format_of_path(const char *path) {
    if (path == NULL) { return NOMEN_DATA_AUTO; }
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    if (dot == NULL || (slash != NULL && dot < slash)) { return NOMEN_DATA_AUTO; }
    size_t n = strlen(dot);
    for (size_t i = 0; i < N_FORMATS; i++) {
        for (const char *at = formats[i]->suffix; (at = strstr(at, dot)) != NULL; at += n) {
            if (at[n] == '\0' || at[n] == ' ') { return formats[i]->format; }
        }
    }
    return NOMEN_DATA_AUTO;
}
