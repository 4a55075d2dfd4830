/* nomen tag: its options, and which of them can't stand together. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/tag.h"

enum {
    KEY_INPUT = 0x100,
    KEY_FORMAT,
    KEY_AGGREGATE,
    KEY_WORDS,
    KEY_OFFSETS,
    KEY_ALL_SCORES,
    KEY_MAX_LENGTH,
    KEY_INT8,
    KEY_PRECISION,
    KEY_OVERWRITE,
    KEY_THRESHOLD,
    KEY_NO_CALIBRATION,
    KEY_TITLE,
    KEY_REDACT,
    KEY_TYPES,
    KEY_MAP,
    KEY_WINDOWS,
    KEY_LABELS
};

/* Parses a named value by the library's function; a usage error with its message where it fails. */
static const char *output_of(const nomen_tag_command *c) {
    return c->output != NULL && strcmp(c->output, "-") != 0 ? c->output : NULL;
}

/* What is read is never what is written: the output, or either file of a brat pair. */
static void check_output(const nomen_tag_command *c, const char *input, struct argp_state *state) {
    static const char *const suffixes[] = {".txt", ".ann"};
    size_t n = strlen(c->output);
    bool same = nomen_file_is_same(c->output, input);
    for (size_t i = 0; i < 2 && c->format == NOMEN_TAG_BRAT && n > 4 && n < PATH_MAX; i++) {
        char path[PATH_MAX];
        if (strcmp(c->output + n - 4, suffixes[i]) != 0) { continue; }
        snprintf(path, sizeof path, "%.*s%s", (int)(n - 4), c->output, suffixes[1 - i]);
        same = same || nomen_file_is_same(path, input);
    }
    if (same) { argp_error(state, "-o %s: would replace the input %s", c->output, input); }
}

/* Whether two paths will be one file, be it there or not: the same name in the same directory. */
static bool is_same_place(const char *a, const char *b) {
    char folders[2][PATH_MAX], copy[PATH_MAX];
    const char *paths[] = {a, b}, *names[2];
    for (int i = 0; i < 2; i++) {
        const char *slash = strrchr(paths[i], '/');
        size_t n = slash != NULL ? (size_t)(slash - paths[i]) + 1 : 1;
        if (n >= sizeof copy) { return false; }
        memcpy(copy, slash != NULL ? paths[i] : ".", n);
        copy[n] = '\0';
        names[i] = slash != NULL ? slash + 1 : paths[i];
        if (realpath(copy, folders[i]) == NULL) { return false; }
    }
    return strcmp(folders[0], folders[1]) == 0 && strcmp(names[0], names[1]) == 0;
}

/* What belongs to redacted texts; a map never costs a file that is read, nor the output. */
static void check_redacted(const nomen_tag_command *c, nomen_tag_format format, struct argp_state *state) {
    const char *map = c->write.map, *option = c->redact_given ? "--redact" : c->write.types != NULL ? "--types" : "--map";
    bool given = c->redact_given || c->write.types != NULL || map != NULL;
    if (given && format != NOMEN_TAG_REDACTED) { argp_error(state, "%s can only be used with --format redacted", option); }
    if (format == NOMEN_TAG_REDACTED && c->aggregate_given && c->request.aggregation == NOMEN_AGGREGATE_NONE) {
        argp_error(state, "--aggregate none: unlabelled parts of an entity would stay in the text; choose another aggregation");
    }
    if (map == NULL) { return; }
    if (c->write.redaction != NOMEN_REDACT_PSEUDONYM) {
        argp_error(state, "--map can only be used with --redact pseudonym, the only way of redacting that can be undone");
    }
    if (strcmp(map, "-") == 0) { argp_error(state, "--map: the texts go to standard output; name a file"); }
    if (output_of(c) != NULL && (is_same_place(map, c->output) || nomen_file_is_same(map, c->output))) {
        argp_error(state, "--map %s: is also the output; give it another name", map);
    }
    for (int i = 0; i < c->n_files; i++) {
        if (nomen_file_is_same(map, c->files[i])) { argp_error(state, "--map %s: would replace the input %s", map, c->files[i]); }
    }
}

/* Options that can't have an effect together are refused. */
static void check_together(const nomen_tag_command *c, struct argp_state *state) {
    nomen_tag_format format = c->common.json && !c->format_given ? NOMEN_TAG_JSONL : c->format;
    const char *name = nomen_tag_format_name(format);
    bool scores = format == NOMEN_TAG_TEXT || format == NOMEN_TAG_JSONL;
    bool offsets = scores || format == NOMEN_TAG_TSV || format == NOMEN_TAG_CSV || format == NOMEN_TAG_HTML;
    if (c->common.json && format != NOMEN_TAG_JSONL) {
        argp_error(state, "--json is --format jsonl, but another --format was given too");
    }
    if (!scores && c->write.all_scores) { argp_error(state, "--all-scores: the format %s has no place for scores", name); }
    if (format != NOMEN_TAG_JSONL && c->request.windows) { argp_error(state, "--windows can only be used with --format jsonl"); }
    if (!offsets && c->offsets_given) {
        bool none = format == NOMEN_TAG_CONLL || format == NOMEN_TAG_REDACTED;
        argp_error(state,
                   none ? "--offsets: the format %s has no offsets" : "--offsets: in the format %s they are always code points",
                   name);
    }
    bool pieces = c->request.aggregation == NOMEN_AGGREGATE_NONE || c->request.aggregation == NOMEN_AGGREGATE_SIMPLE;
    bool decodes = c->decode.decoding == NOMEN_DECODE_VITERBI || c->decode.repair != NOMEN_REPAIR_CONLLEVAL;
    if (pieces && decodes) {
        argp_error(state, "%s: this decodes labels of words, but --aggregate %s yields subword tokens",
                   c->decode.decoding == NOMEN_DECODE_VITERBI ? "--decode viterbi" : "--repair",
                   nomen_aggregation_name(c->request.aggregation));
    }
    if (c->input == NOMEN_INPUT_CONLL && c->words_given) {
        argp_error(state, "--words: with --input conll the file defines the words");
    }
    if (format == NOMEN_TAG_BRAT && output_of(c) == NULL) {
        argp_error(state, "--format brat writes several files: name a directory, or a pair for one text, by -o");
    }
    if (format != NOMEN_TAG_HTML && c->write.title != NULL) { argp_error(state, "--title: the format %s has no title", name); }
    check_redacted(c, format, state);
    if (c->overwrite && output_of(c) == NULL && c->write.map == NULL) { argp_error(state, "--overwrite needs -o FILE"); }
    for (int i = 0; output_of(c) != NULL && i < c->n_files; i++) { check_output(c, c->files[i], state); }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    nomen_tag_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &c->common;
        state->child_inputs[2] = &c->how;
        state->child_inputs[3] = &c->decode;
        return 0;
    case 'm': c->model = text; return 0;
    case KEY_INPUT: NOMEN_CLI_TRY(nomen_input_format_parse(text, &c->input, &problem)); return 0;
    case KEY_FORMAT:
        NOMEN_CLI_TRY(nomen_tag_format_parse(text, &c->format, &problem));
        c->format_given = true;
        return 0;
    case KEY_AGGREGATE:
        NOMEN_CLI_TRY(nomen_aggregation_parse(text, &c->request.aggregation, &problem));
        c->aggregate_given = true;
        return 0;
    case KEY_THRESHOLD: c->request.thresholds = text; return 0;
    case KEY_NO_CALIBRATION: c->request.no_calibration = true; return 0;
    case KEY_WORDS:
        NOMEN_CLI_TRY(nomen_word_unit_parse(text, &c->request.word_unit, &problem));
        c->words_given = true;
        return 0;
    case KEY_OFFSETS:
        NOMEN_CLI_TRY(nomen_offset_unit_parse(text, &c->write.offsets, &problem));
        c->offsets_given = true;
        return 0;
    case KEY_ALL_SCORES: c->write.all_scores = true; return 0;
    case KEY_MAX_LENGTH: c->how.max_length = nomen_cli_count(state, "--max-length", text, 1, SIZE_MAX); return 0;
    case KEY_INT8: c->how.int8 = true; return 0;
    case KEY_PRECISION: NOMEN_CLI_TRY(nomen_precision_parse(text, &c->how.precision, &problem)); return 0;
    case KEY_LABELS: c->how.label_names = text; return 0;
    case KEY_WINDOWS: c->request.windows = true; return 0;
    case 'o': c->output = text; return 0;
    case KEY_OVERWRITE: c->overwrite = true; return 0;
    case KEY_TITLE: c->write.title = text; return 0;
    case KEY_REDACT:
        NOMEN_CLI_TRY(nomen_redaction_parse(text, &c->write.redaction, &problem));
        c->redact_given = true;
        return 0;
    case KEY_TYPES: c->write.types = text; return 0;
    case KEY_MAP: c->write.map = text; return 0;
    case ARGP_KEY_ARGS:
        c->files = state->argv + state->next;
        c->n_files = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (c->model == NULL) { argp_error(state, "--model DIR is required"); }
        check_together(c, state);
        c->output = output_of(c);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char help[] =
    "Finds the entities in texts. Without FILE it reads standard input. --json is --format jsonl.\vFormats:\n  text          the "
    "texts with their entities marked, and a list of them\n  jsonl         one object per text, with the keys of Hugging Face's "
    "pipeline\n  conll         one word per line with its label\n  tsv, csv      one entity per row\n  html          a web "
    "page\n  redacted      the texts without their entities\n  doccano, prodigy, spacy, label-studio, brat\n                the "
    "results in the format of an annotation tool; brat is a\n                directory, or a pair of .txt and .ann";

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0, "fine-tuned model directory, or the NAME of one in the hub's cache ('nomen fetch')", 1},
    {"labels", KEY_LABELS, "NAMES", 0,
     "names for the model's labels instead of its own, in the order of its head's rows: separated by commas, or a file (one name "
     "per line, a JSON list, a config.json, a dataset_info.json)",
     1},
    {"input", KEY_INPUT, "FORM", 0,
     "lines: each line is a text (default); file: each file is one; jsonl: objects with \"text\" or \"tokens\"; conll: one word "
     "per line, in the first column",
     1},
    {"format", KEY_FORMAT, "FORM", 0, "output format, one of those below (default: text)", 1},
    {"output", 'o', "FILE", 0, "write to this file, completely or not at all (default: standard output)", 1},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace FILE (and that of --map) if it exists", 1},
    {"title", KEY_TITLE, "TEXT", 0, "with --format html: title of the page (default: Entities)", 1},
    {"redact", KEY_REDACT, "HOW", 0, "with --format redacted: type ([PER], default), mask or pseudonym (PER_1)", 1},
    {"types", KEY_TYPES, "A,B", 0, "with --format redacted: redact only these types", 1},
    {"map", KEY_MAP, "FILE", 0,
     "with --redact pseudonym: write the originals here, for 'nomen restore'; only you can read the file", 1},
    {"aggregate", KEY_AGGREGATE, "HOW", 0, "none, simple, first (default), average or max, as in Hugging Face's pipeline", 1},
    {"words", KEY_WORDS, "UNIT", 0, "what a word is: bert or whitespace (default: as the model was trained)", 1},
    {"offsets", KEY_OFFSETS, "UNIT", 0, "unit of offsets: codepoint (default), byte or utf16", 1},
    {"all-scores", KEY_ALL_SCORES, NULL, 0, "add each word with the probability of every label", 1},
    {"windows", KEY_WINDOWS, NULL, 0,
     "with jsonl: add the windows in which each text was read, which shows that nothing was cut off", 1},
    {"max-length", KEY_MAX_LENGTH, "N", 0, "subword tokens per window, special tokens included (default: as trained)", 1},
    {"threshold", KEY_THRESHOLD, "X", 0,
     "drop entities with a lower score: 0.9 for all types, per=0.9,geo=0.5 for some (default: as found by nomen calibrate)", 1},
    {"no-calibration", KEY_NO_CALIBRATION, NULL, 0, "use the model's own scores and keep all entities", 1},
    {"int8", KEY_INT8, NULL, 0, "dense layers in int8, quantised while loading (default: as stored in DIR)", 1},
    {"precision", KEY_PRECISION, "NAME", 0,
     "of the dense layers' products: fp32, or bf16, faster where there is AVX512-BF16 (default: fp32)", 1},
    {0},
};

int nomen_cli_parse_tag(int argc, char **argv, nomen_tag_command *command) {
    const struct argp_child children[] = {{&nomen_case_argp, 0, NULL, 0},
                                          {&nomen_common_argp, 0, NULL, 0},
                                          {&nomen_window_argp, 0, NULL, 0},
                                          {&nomen_decode_argp, 0, NULL, 0},
                                          {0}};
    const struct argp argp = {options, parse, "[FILE...]", help, children, NULL, NULL};
    command->request.size = sizeof command->request;
    int code = nomen_cli_parse(&argp, argc, argv, command);
    if (command->common.json && !command->format_given) { command->format = NOMEN_TAG_JSONL; }
    bool words = command->format == NOMEN_TAG_CONLL || command->format == NOMEN_TAG_PRODIGY;
    command->write.size = sizeof command->write;
    command->write.overwrite_map = command->overwrite;
    command->write.one_text = command->input == NOMEN_INPUT_FILE && command->n_files <= 1;
    command->request.decoding = command->decode.decoding;
    command->request.repair = command->decode.repair;
    command->request.words = words;
    command->request.probabilities = command->write.all_scores;
    return code;
}
