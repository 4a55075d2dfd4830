/* The table of formats; see the header. */
#include "data/formats.h"

#include <string.h>

#include "base/names.h"

static const char rows[] = "add rows below the header", lines[] = "add lines of a word and its tag";
static const char objects[] = "add texts with their annotations";

enum { SPANS = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING };

static const nomen_format formats[] = {
    {NOMEN_DATA_SEED_CSV, "csv", "seed CSV", ".csv", NOMEN_HOLDS_SPACING, rows, nomen_seed_csv_read, nomen_seed_csv_write},
    {NOMEN_DATA_LONG_CSV, "long-csv", "long CSV", "", 0, rows, nomen_long_csv_read, nomen_long_csv_write},
    {NOMEN_DATA_CONLL, "conll", "CoNLL", ".conll .tsv .iob .iob2 .bio", NOMEN_HOLDS_DOCUMENTS, lines, nomen_conll_read, nomen_conll_write},
    {NOMEN_DATA_CONLL_2002, "conll2002", "CoNLL-2002", "", NOMEN_HOLDS_DOCUMENTS, lines, nomen_conll_read, nomen_conll_2002_write},
    {NOMEN_DATA_CONLL_2003, "conll2003", "CoNLL-2003", "", NOMEN_HOLDS_DOCUMENTS, lines, nomen_conll_read, nomen_conll_2003_write},
    {NOMEN_DATA_HF_JSONL, "hf", "HF JSONL", "", NOMEN_HOLDS_DOCUMENTS | NOMEN_HOLDS_NAMES, objects, nomen_hf_jsonl_read, nomen_hf_jsonl_write},
    {NOMEN_DATA_JSONL, "jsonl", "JSONL of spans", ".jsonl", SPANS | NOMEN_HOLDS_NAMES, objects, nomen_jsonl_read, nomen_jsonl_write},
    {NOMEN_DATA_DOCCANO, "doccano", "doccano", "", SPANS | NOMEN_HOLDS_NAMES, objects, nomen_doccano_read, nomen_doccano_write},
    {NOMEN_DATA_PRODIGY, "prodigy", "Prodigy", "", SPANS | NOMEN_HOLDS_NAMES, objects, nomen_prodigy_read, nomen_prodigy_write},
    {NOMEN_DATA_SPACY, "spacy", "spaCy", "", SPANS, objects, nomen_spacy_read, nomen_spacy_write},
    {NOMEN_DATA_LABEL_STUDIO, "label-studio", "Label Studio", "", SPANS | NOMEN_HOLDS_NAMES, objects, nomen_label_studio_read, nomen_label_studio_write},
    {NOMEN_DATA_INLINE, "inline", "inline tags", "", SPANS, "add lines of text", nomen_inline_read, nomen_inline_write},
    {NOMEN_DATA_BRAT, "brat", "brat", ".ann", SPANS | NOMEN_HOLDS_NAMES, "add pairs of a .txt and an .ann file", NULL, NULL},
};
enum { N_FORMATS = sizeof formats / sizeof *formats };

const nomen_format *nomen_format_get(nomen_data_format format) {
    size_t i = 0;
    while (i + 1 < N_FORMATS && formats[i].format != format) { i++; }
    return &formats[i];
}

const char *nomen_data_format_name(nomen_data_format format) {
    return format == NOMEN_DATA_AUTO ? "auto" : nomen_format_get(format)->name;
}

nomen_status nomen_format_parse(const char *key, nomen_data_format *out, nomen_error *err) {
    const char *keys[N_FORMATS + 1] = {0};
    int found = 0;
    for (size_t i = 0; i < N_FORMATS; i++) { keys[i] = formats[i].key; }
    nomen_status status = nomen_name_find(key, keys, "data format", &found, err);
    if (status == NOMEN_OK) { *out = formats[found].format; }
    return status;
}

nomen_data_format nomen_format_of_path(const char *path) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    if (dot == NULL || (slash != NULL && dot < slash)) { return NOMEN_DATA_AUTO; }
    size_t n = strlen(dot);
    for (size_t i = 0; i < N_FORMATS; i++) {
        for (const char *at = formats[i].suffix; (at = strstr(at, dot)) != NULL; at += n) {
            if (at[n] == '\0' || at[n] == ' ') { return formats[i].format; }
        }
    }
    return NOMEN_DATA_AUTO;
}
