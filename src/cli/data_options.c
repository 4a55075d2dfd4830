/* The options of commands that read labelled files. */
#include <limits.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "nomen/tagger.h"

enum {
    KEY_FROM = 0x2000,
    KEY_SCHEME,
    KEY_MISALIGNED,
    KEY_WORDS,
    KEY_OFFSETS,
    KEY_WORD_COLUMN,
    KEY_TAG_COLUMN,
    KEY_TEXT_COLUMN,
    KEY_SENTENCE_COLUMN,
    KEY_TAG_NAMES,
    KEY_DOCUMENTS,
    KEY_SKIP_BAD,
    KEY_ENCODING,
    KEY_MAX_UNPACKED
};

/* A column's name, or its number from 1, or from the last by -1, -2... */
static const char *read_column(struct argp_state *state, const char *option, const char *text) {
    char *end;
    long column = strtol(text, &end, 10);
    if (text[0] == '\0') { argp_error(state, "%s: expected a column's name or number", option); }
    if (*end == '\0' && (column == 0 || labs(column) > INT_MAX)) {
        argp_error(state, "%s: '%s' is not a column; they are numbered from 1, or from -1 for the last", option, text);
    }
    return text;
}

static error_t parse(int key, char *text, struct argp_state *state) {
    nomen_data_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: o->size = sizeof *o; return 0;
    case KEY_FROM: NOMEN_CLI_TRY(nomen_format_parse(text, &o->format, &problem)); return 0;
    case KEY_SCHEME: NOMEN_CLI_TRY(nomen_scheme_parse(text, &o->scheme, &problem)); return 0;
    case KEY_MISALIGNED: NOMEN_CLI_TRY(nomen_misaligned_parse(text, &o->misaligned, &problem)); return 0;
    case KEY_WORDS: NOMEN_CLI_TRY(nomen_word_unit_parse(text, &o->words, &problem)); return 0;
    case KEY_OFFSETS: NOMEN_CLI_TRY(nomen_offset_unit_parse(text, &o->offsets, &problem)); return 0;
    case KEY_WORD_COLUMN: o->word_column = read_column(state, "--word-column", text); return 0;
    case KEY_TAG_COLUMN: o->tag_column = read_column(state, "--tag-column", text); return 0;
    case KEY_TEXT_COLUMN: o->text_column = read_column(state, "--text-column", text); return 0;
    case KEY_SENTENCE_COLUMN: o->sentence_column = read_column(state, "--sentence-column", text); return 0;
    case KEY_DOCUMENTS: NOMEN_CLI_TRY(nomen_documents_parse(text, &o->documents, &o->document_column, &problem)); return 0;
    case KEY_TAG_NAMES: o->tag_names = text; return 0;
    case KEY_SKIP_BAD: o->skip_bad = true; return 0;
    case KEY_ENCODING: o->encoding = text; return 0;
    case KEY_MAX_UNPACKED: o->max_unpacked = nomen_cli_size(state, "--max-unpacked", text); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* After the groups of hyper-parameters, which are many. */
enum { GROUP_DATA = 80 };

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "How labelled files are read:", GROUP_DATA},
    {"from", KEY_FROM, "FORMAT", 0, "format of the labelled files (default: detected)", GROUP_DATA},
    {"scheme", KEY_SCHEME, "SCHEME", 0, "tag scheme: iob1, iob2, ioe1, ioe2, iobes, bilou or plain (default: detected)",
     GROUP_DATA},
    {"word-column", KEY_WORD_COLUMN, "COLUMN", 0,
     "column of the words: its title in the header, or its number from 1, or from -1 for the last; in JSON the key of the list "
     "of words (default: detected)",
     GROUP_DATA},
    {"tag-column", KEY_TAG_COLUMN, "COLUMN", 0,
     "column of the tag or tags; in JSON the key of the tags or spans, or LIST.KEY for the key of a span's label (default: "
     "detected)",
     GROUP_DATA},
    {"text-column", KEY_TEXT_COLUMN, "COLUMN", 0, "column or key of the text, if each row is a sentence (default: detected)",
     GROUP_DATA},
    {"sentence-column", KEY_SENTENCE_COLUMN, "COLUMN", 0,
     "column that says which sentence a word belongs to; none: all rows are one sentence (default: detected, otherwise empty "
     "rows end sentences)",
     GROUP_DATA},
    {"tag-names", KEY_TAG_NAMES, "NAMES", 0,
     "names for tags or labels that are numbers: in order from 0, separated by commas (O,B-per,I-per); or each with its number "
     "(1=PER,4=ORG); or a file (one name per line, a JSON list, a config.json, doccano's file of labels). Default: a "
     "dataset_info.json or config.json in the same directory",
     GROUP_DATA},
    {"documents", KEY_DOCUMENTS, "HOW", 0,
     "where documents begin: auto (default: at the file's markers, or where a column doc_id changes), none, blank (CoNLL: after "
     "two blank lines), each (each text is one), or column:NAME (where a column or key changes; in CoNLL a number)",
     GROUP_DATA},
    {"words", KEY_WORDS, "UNIT", 0, "how texts with spans are cut into words: bert (default) or whitespace", GROUP_DATA},
    {"misaligned", KEY_MISALIGNED, "HOW", 0,
     "spans not on word boundaries: expand (default) to the words they touch, contract to those inside, error, or skip",
     GROUP_DATA},
    {"span-offsets", KEY_OFFSETS, "UNIT", 0, "unit of span offsets: codepoint (default), byte or utf16", GROUP_DATA},
    {"skip-bad", KEY_SKIP_BAD, NULL, 0, "skip and count bad rows instead of stopping", GROUP_DATA},
    {"encoding", KEY_ENCODING, "NAME", 0, "utf-8, cp1252 or latin-1 (default: UTF-8, otherwise cp1252)", GROUP_DATA},
    {"max-unpacked", KEY_MAX_UNPACKED, "SIZE", 0,
     "most that a .gz or .zip file may unpack to, such as 2GiB (default: 64MiB, or 200 times the file if that is more)",
     GROUP_DATA},
    {0},
};
const struct argp nomen_data_argp = {.options = options, .parser = parse};
