/* nomen convert: turn a labelled file into another format or tag scheme. */
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "base/json_out.h"
#include "cli/cli.h"
#include "data/brat.h"
#include "data/formats.h"
#include "data/read.h"
#include "data/scheme_rules.h"
#include "data/write.h"

enum { KEY_TO = 0x100, KEY_TO_SCHEME, KEY_ROWS, KEY_OVERWRITE, KEY_STRICT };

static const char help[] =
    "Turns a labelled file into another format or tag scheme. OUT is standard output where it is not given or -.\v"
    "Formats: csv (a table, a row a sentence: text,labels), long-csv (a table, a row a word: Sentence #,Word,Tag), conll "
    "(columns), conll2002, "
    "conll2003, hf (JSONL of tokens and ner_tags), slash (John/B-PER lives/O), and of texts with spans jsonl, doccano, prodigy, "
    "spacy, "
    "label-studio, inline (<per>Jane</per> left), brat (a directory, or a pair of .txt and .ann). Read, but not written: webanno "
    "(TSV 3, as "
    "INCEpTION exports it), pubtator, gliner, spert, dataturks, ai4privacy.\n\n"
    "Every command reads them all, detected by content, packed by gzip or zip too: tables between commas, semicolons, tabs or "
    "bars under the "
    "usual titles, with lists in their cells; columns of CoNLL-2003, CoNLL-U, CoNLL-2012 or GermEval; JSON as lines, one list, "
    "or values one "
    "after another. What could be read in two ways is an error that names the option. What a format can't hold is told by kind "
    "and number. "
    "docs/FORMATS.md has an example of every shape.";

typedef struct convert_command {
    nomen_common common;
    nomen_data_options data;
    nomen_write_options write;
    const char *in, *out;
    bool overwrite, strict;
} convert_command;

static bool is_standard(const char *path) {
    return strcmp(path, "-") == 0;
}

static void check(convert_command *c, struct argp_state *state) {
    if (c->in == NULL) { argp_error(state, "the labelled file IN is needed"); }
    if (c->out == NULL) { c->out = "-"; }
    if (c->write.format == NOMEN_DATA_AUTO) { c->write.format = nomen_format_of_path(c->out); }
    if (c->write.format == NOMEN_DATA_AUTO) { argp_error(state, "--to FORMAT is needed: the name of OUT does not tell"); }
    NOMEN_CLI_TRY(nomen_format_check_writable(c->write.format, &problem));
    if (c->write.format == NOMEN_DATA_BRAT && is_standard(c->out)) { argp_error(state, "brat is files: name OUT"); }
    if (c->common.json && is_standard(c->out)) { argp_error(state, "--json: standard output takes the data; name a file OUT"); }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    convert_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &c->data;
        state->child_inputs[1] = &c->common;
        return 0;
    case KEY_TO: NOMEN_CLI_TRY(nomen_format_parse(text, &c->write.format, &problem)); return 0;
    case KEY_TO_SCHEME: NOMEN_CLI_TRY(nomen_scheme_parse(text, &c->write.scheme, &problem)); return 0;
    case KEY_ROWS: c->data.max_rows = nomen_cli_count(state, "--rows", text, 0, SIZE_MAX); return 0;
    case KEY_OVERWRITE: c->overwrite = true; return 0;
    case KEY_STRICT: c->strict = true; return 0;
    case ARGP_KEY_ARG:
        if (c->out != NULL) { argp_error(state, "IN and OUT are all; \"%s\" is one too many", text); }
        *(c->in == NULL ? &c->in : &c->out) = text;
        return 0;
    case ARGP_KEY_END: check(c, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"to", KEY_TO, "FORMAT", 0, "format to write (default: by the name of OUT)", 1},
    {"to-scheme", KEY_TO_SCHEME, "SCHEME", 0, "scheme of the tags written (default: that of IN; IOB2 from spans)", 1},
    {"rows", KEY_ROWS, "N", 0, "the first N sentences; 0 for all", 1},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace OUT where it is there", 1},
    {"strict", KEY_STRICT, NULL, 0, "exit with 3 where anything could not be kept as it stood", 1},
    {0},
};

static nomen_status write_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    if (user != NULL) { return nomen_output_write(user, bytes, n_bytes, err); }
    return nomen_cli_write(&(nomen_buffer){.data = (char *)(uintptr_t)bytes, .size = n_bytes}, err);
}

static nomen_status write_file(const convert_command *c, const nomen_dataset *set, nomen_notes *lost, nomen_error *err) {
    nomen_output *file = NULL;
    nomen_status status;
    if (c->write.format == NOMEN_DATA_BRAT) { return nomen_brat_write(set, &c->write, c->out, c->overwrite, lost, err); }
    if (is_standard(c->out)) { return nomen_dataset_write(set, &c->write, "standard output", write_part, NULL, lost, err); }
    NOMEN_TRY(nomen_output_open(c->out, c->overwrite ? NOMEN_OUTPUT_OVERWRITE : NOMEN_OUTPUT_NEW, &file, err));
    NOMEN_TRY(nomen_dataset_write(set, &c->write, c->out, write_part, file, lost, err));
    status = nomen_output_commit(file, err);
    file = NULL;
done:
    nomen_output_abandon(file);
    return status;
}

static void add_notes(nomen_json_out *json, const char *key, const nomen_notes *notes) {
    nomen_json_begin_object(json, key);
    for (nomen_diagnostic_kind kind = 0; kind < NOMEN_NOTE_N_KINDS; kind++) {
        if (notes->counts[kind] > 0) { nomen_json_add_size(json, nomen_note_key(kind), notes->counts[kind]); }
    }
    nomen_json_end_object(json);
}

static nomen_status print_json(const convert_command *c, const nomen_dataset *set, const nomen_notes *lost, nomen_error *err) {
    nomen_buffer out = {0};
    nomen_json_out json = nomen_json_start(&out, err);
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "from", nomen_format_get(set->format)->key);
    nomen_json_add_text(&json, "to", nomen_format_get(c->write.format)->key);
    nomen_json_add_text(&json, "scheme", nomen_scheme_name(set->scheme));
    nomen_json_add_size(&json, "sentences", set->n_sentences);
    nomen_json_add_size(&json, "words", set->n_words);
    nomen_json_add_size(&json, "spans", set->n_spans);
    nomen_json_add_size(&json, "skipped", set->n_skipped);
    add_notes(&json, "read", &set->notes);
    add_notes(&json, "not_held", lost);
    nomen_json_end_object(&json);
    nomen_status status = nomen_json_end_line(&json);
    if (status == NOMEN_OK) { status = nomen_cli_write(&out, err); }
    nomen_buffer_clear(&out);
    return status;
}

int nomen_cli_convert(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_data_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options, parse, "IN [OUT]", help, children, NULL, NULL};
    convert_command c = {0};
    nomen_error err = {0};
    nomen_dataset set = {0};
    nomen_notes lost = {0};
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    nomen_cli_catch_interrupt();
    nomen_status status;
    NOMEN_TRY(nomen_output_check(c.out, c.overwrite || is_standard(c.out), &err));
    c.data.keep_spans = (nomen_format_get(c.write.format)->holds & NOMEN_HOLDS_SPANS) != 0;
    NOMEN_TRY(nomen_dataset_read(c.in, &c.data, &set, &err));
    NOMEN_TRY(write_file(&c, &set, &lost, &err));
    if (c.common.json) { NOMEN_TRY(print_json(&c, &set, &lost, &err)); }
    bool whole = nomen_notes_total(&set.notes) + nomen_notes_total(&lost) + set.n_skipped == 0;
    code = c.strict && !whole ? EXIT_GATE : EXIT_DONE;
    if (code == EXIT_GATE) { fprintf(stderr, "nomen: --strict: not all of %s could be kept as it stood\n", c.in); }
done:
    nomen_dataset_clear(&set);
    return status == NOMEN_OK ? code : nomen_cli_fail(&err);
}
