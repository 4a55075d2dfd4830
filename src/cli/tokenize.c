/* nomen tokenize: texts to BERT's pieces and back, and labels to pieces. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_out.h"
#include "base/lines.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "nomen/align.h"
#include "nomen/offsets.h"
#include "nomen/runtime.h"

enum { KEY_MAX_LENGTH = 0x100, KEY_PAD, KEY_TRUNCATE, KEY_DECODE, KEY_PRE_SPLIT, KEY_DATA, KEY_LABEL_ALL };

typedef struct tokenize_command {
    nomen_common common;
    const char *model, *file, *data;
    size_t max_length;
    bool pad, truncate, decode, pre_split, alignment_given;
    nomen_align_mode alignment;
    nomen_tokenizer *tokenizer;
    nomen_encoding encoding;
    nomen_span *words; /* of a text cut at U+0020 */
    size_t word_capacity;
    int32_t *targets; /* a piece, with --data */
    size_t target_capacity;
    nomen_buffer out;
} tokenize_command;

/* Options that can't have an effect together are refused. */
static void check_together(const tokenize_command *c, struct argp_state *state) {
    if (c->data != NULL && c->file != NULL) { argp_error(state, "--data names the file; \"%s\" is one too many", c->file); }
    if (c->data != NULL && c->pre_split) { argp_error(state, "--pre-split: with --data the file defines the words"); }
    if (c->data == NULL && c->alignment_given) {
        argp_error(state, "--label-all-pieces can only be used with --data, as other texts have no labels");
    }
    if (c->decode && (c->data != NULL || c->pre_split || c->pad || c->truncate || c->common.json)) {
        argp_error(
            state,
            "--decode prints plain texts for ids; it can't be combined with --data, --pre-split, --pad, --truncate or --json");
    }
    if (c->max_length > 0 && !c->pad && !c->truncate) {
        argp_error(state, "--max-length can only be used with --pad or --truncate");
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    tokenize_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->child_inputs[1] = &c->common; return 0;
    case 'm': c->model = text; return 0;
    case KEY_MAX_LENGTH: c->max_length = nomen_cli_count(state, "--max-length", text, 3, 1u << 20); return 0;
    case KEY_PAD: c->pad = true; return 0;
    case KEY_TRUNCATE: c->truncate = true; return 0;
    case KEY_DECODE: c->decode = true; return 0;
    case KEY_PRE_SPLIT: c->pre_split = true; return 0;
    case KEY_DATA: c->data = text; return 0;
    case KEY_LABEL_ALL:
        NOMEN_CLI_TRY(nomen_align_mode_parse(text, &c->alignment, &problem));
        c->alignment_given = true;
        return 0;
    case ARGP_KEY_ARG:
        if (c->file != NULL) { argp_error(state, "only one file is expected; \"%s\" is one too many", text); }
        c->file = text;
        return 0;
    case ARGP_KEY_END:
        if (c->model == NULL) { argp_error(state, "--model DIR is required"); }
        check_together(c, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0,
     "model directory, or the NAME of one in the hub's cache ('nomen fetch'); the tokenizer's files are enough", 1},
    {"max-length", KEY_MAX_LENGTH, "N", 0,
     "length for --pad and --truncate in subword tokens, special tokens included (default: the model's limit)", 1},
    {"pad", KEY_PAD, NULL, 0, "pad to the maximum length with [PAD]", 1},
    {"truncate", KEY_TRUNCATE, NULL, 0, "truncate to the maximum length", 1},
    {"decode", KEY_DECODE, NULL, 0, "the reverse: turn lines of ids into texts", 1},
    {"pre-split", KEY_PRE_SPLIT, NULL, 0, "words are separated by U+0020 only, and offsets are within words", 1},
    {"data", KEY_DATA, "FILE", 0, "labelled file: print each sentence with one label per subword token, -100 where there is none",
     1},
    {"label-all-pieces", KEY_LABEL_ALL, "HOW", 0, "first (default), repeat or inside, with --data", 1},
    {0},
};

/* Puts special tokens round the encoding, cut or padded as asked; *n_real is what is not padding. */
static nomen_status shape(tokenize_command *c, size_t *n_real, nomen_error *err) {
    nomen_status status;
    if (c->truncate) { nomen_tokenizer_truncate(c->tokenizer, &c->encoding, c->max_length); }
    NOMEN_TRY(nomen_tokenizer_add_special(c->tokenizer, &c->encoding, err));
    *n_real = c->encoding.n_pieces;
    if (c->pad) { NOMEN_TRY(nomen_tokenizer_pad(c->tokenizer, &c->encoding, c->max_length, err)); }
done:
    return status;
}

/* What a column of the JSON object holds for piece i. */
typedef enum column { COLUMN_ID, COLUMN_TOKEN, COLUMN_OFFSET, COLUMN_WORD, COLUMN_TYPE, COLUMN_MASK, COLUMN_LABEL } column;

typedef struct line_context {
    tokenize_command *command;
    const nomen_offset_map *map;
    const nomen_span *words; /* offsets are within these; NULL: within the text */
    size_t n_real;
} line_context;

static void add_offsets(nomen_json_out *json, const line_context *x, size_t i) {
    const nomen_encoding *e = &x->command->encoding;
    size_t start = 0, end = 0, base = 0;
    if (e->word_ids[i] >= 0) {
        if (x->words != NULL) { base = nomen_offset_map_from_byte(x->map, x->words[e->word_ids[i]].start); }
        start = nomen_offset_map_from_byte(x->map, e->offsets[i].start) - base;
        end = nomen_offset_map_from_byte(x->map, e->offsets[i].end) - base;
    }
    nomen_json_add_pair(json, NULL, start, end);
}

static void add_cell(nomen_json_out *json, const line_context *x, column which, size_t i) {
    const tokenize_command *c = x->command;
    const nomen_encoding *e = &c->encoding;
    switch (which) {
    case COLUMN_ID: nomen_json_add_int(json, NULL, e->ids[i]); break;
    case COLUMN_TYPE: nomen_json_add_int(json, NULL, e->type_ids[i]); break;
    case COLUMN_MASK: nomen_json_add_int(json, NULL, i < x->n_real); break;
    case COLUMN_LABEL: nomen_json_add_int(json, NULL, i < x->n_real ? c->targets[i] : NOMEN_IGNORE); break;
    case COLUMN_TOKEN: nomen_json_add_text(json, NULL, nomen_tokenizer_get_token(c->tokenizer, e->ids[i])); break;
    case COLUMN_OFFSET: add_offsets(json, x, i); break;
    case COLUMN_WORD:
        if (e->word_ids[i] < 0) {
            nomen_json_add_null(json, NULL);
        } else {
            nomen_json_add_int(json, NULL, e->word_ids[i]);
        }
    }
}

static nomen_status append_json(const line_context *x, nomen_error *err) {
    static const char *const names[] = {"ids", "tokens", "offsets", "word_ids", "type_ids", "mask", "labels"};
    tokenize_command *c = x->command;
    int n_columns = c->data != NULL ? 7 : 6;
    nomen_json_out json = nomen_json_start(&c->out, err);
    nomen_json_begin_object(&json, NULL);
    for (int k = 0; k < n_columns; k++) {
        nomen_json_begin_list(&json, names[k]);
        for (size_t i = 0; i < c->encoding.n_pieces; i++) { add_cell(&json, x, (column)k, i); }
        nomen_json_end_list(&json);
    }
    nomen_json_end_object(&json);
    return nomen_json_end_line(&json);
}

/* Pieces separated by spaces; with --data, "piece/label" numbers. */
static nomen_status append_text(const line_context *x, nomen_error *err) {
    tokenize_command *c = x->command;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < c->encoding.n_pieces; i++) {
        const char *token = nomen_tokenizer_get_token(c->tokenizer, c->encoding.ids[i]);
        NOMEN_TRY(nomen_buffer_printf(&c->out, err, "%s%s", i > 0 ? " " : "", token));
        if (c->data != NULL) {
            NOMEN_TRY(nomen_buffer_printf(&c->out, err, "/%d", i < x->n_real ? c->targets[i] : NOMEN_IGNORE));
        }
    }
    NOMEN_TRY(nomen_buffer_append_byte(&c->out, '\n', err));
done:
    return status;
}

/* Prints the encoding of a text, once it is shaped and its labels are there. */
static nomen_status print_encoding(tokenize_command *c, const char *text, size_t n_bytes, const nomen_span *words, size_t n_real,
                                   nomen_error *err) {
    line_context x = {.command = c, .words = words, .n_real = n_real};
    nomen_offset_map *map = NULL;
    nomen_status status;
    nomen_buffer_reset(&c->out);
    NOMEN_TRY(nomen_offset_map_create(text, n_bytes, NOMEN_OFFSET_CODEPOINT, &map, err));
    x.map = map;
    NOMEN_TRY(c->common.json ? append_json(&x, err) : append_text(&x, err));
    NOMEN_TRY(nomen_cli_write(&c->out, err));
done:
    nomen_offset_map_free(map);
    return status;
}

/* Words as Python's text.split(" ") cuts them: an empty one between two spaces. */
static nomen_status split(tokenize_command *c, const char *text, size_t n_bytes, size_t *n_words, nomen_error *err) {
    size_t n = 0, start = 0;
    for (size_t i = 0; i <= n_bytes; i++) {
        if (i < n_bytes && text[i] != ' ') { continue; }
        nomen_status status = NOMEN_RESERVE(c->words, c->word_capacity, n + 1, err);
        if (status != NOMEN_OK) { return status; }
        c->words[n++] = (nomen_span){start, i};
        start = i + 1;
    }
    *n_words = n;
    return NOMEN_OK;
}

static nomen_status encode_line(tokenize_command *c, const char *line, size_t n_bytes, nomen_error *err) {
    size_t n_words = 0, n_real = 0;
    nomen_status status;
    if (c->pre_split) {
        NOMEN_TRY(split(c, line, n_bytes, &n_words, err));
        NOMEN_TRY(nomen_tokenizer_encode_words(c->tokenizer, line, n_bytes, c->words, n_words, &c->encoding, err));
    } else {
        NOMEN_TRY(nomen_tokenizer_encode(c->tokenizer, line, n_bytes, &c->encoding, err));
    }
    NOMEN_TRY(shape(c, &n_real, err));
    NOMEN_TRY(print_encoding(c, line, n_bytes, c->pre_split ? c->words : NULL, n_real, err));
done:
    return status;
}

static nomen_status decode_line(tokenize_command *c, const char *line, size_t n_bytes, const char *where, nomen_error *err) {
    int32_t *ids = NULL;
    size_t n = 0, capacity = 0, n_text = 0;
    char *copy = nomen_mem_copy(line, n_bytes), *text = NULL, *rest = NULL;
    nomen_status status = NOMEN_OK;
    if (copy == NULL) { return nomen_error_memory(err, n_bytes, 1); }
    for (char *word = strtok_r(copy, " \t,[]", &rest); word != NULL; word = strtok_r(NULL, " \t,[]", &rest)) {
        char *end = NULL;
        long id = strtol(word, &end, 10);
        if (*end != '\0' || id < 0 || (size_t)id >= nomen_tokenizer_get_size(c->tokenizer)) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "%s: \"%.40s\" is not an id from 0 to %zu", where, word,
                                       nomen_tokenizer_get_size(c->tokenizer) - 1));
        }
        NOMEN_TRY(NOMEN_RESERVE(ids, capacity, n + 1, err));
        ids[n++] = (int32_t)id;
    }
    NOMEN_TRY(nomen_tokenizer_decode(c->tokenizer, ids, n, false, &text, &n_text, err));
    nomen_buffer_reset(&c->out);
    NOMEN_TRY(nomen_buffer_append(&c->out, text, n_text, err));
    NOMEN_TRY(nomen_buffer_append_byte(&c->out, '\n', err));
    NOMEN_TRY(nomen_cli_write(&c->out, err));
done:
    nomen_free(text);
    nomen_mem_free(ids);
    nomen_mem_free(copy);
    return status;
}

static nomen_status run_lines(tokenize_command *c, nomen_error *err) {
    nomen_lines *lines = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_lines_open(c->file, &lines, err));
    for (;;) {
        const char *line = NULL;
        size_t n_bytes = 0;
        NOMEN_TRY(nomen_lines_next(lines, &line, &n_bytes, err));
        if (line == NULL) { break; }
        if (c->decode) {
            char where[300];
            snprintf(where, sizeof where, "%.250s:%zu", nomen_lines_name(lines), nomen_lines_number(lines));
            NOMEN_TRY(decode_line(c, line, n_bytes, where, err));
        } else {
            NOMEN_TRY(encode_line(c, line, n_bytes, err));
        }
        if (!nomen_lines_ready(lines)) { NOMEN_TRY(nomen_cli_flush(err)); }
    }
done:
    nomen_lines_close(lines);
    return status;
}

static nomen_status run_data(tokenize_command *c, nomen_error *err) {
    nomen_align_options how = {.size = sizeof how, .mode = c->alignment, .model = c->model};
    nomen_dataset *data = NULL;
    nomen_alignment *alignment = NULL;
    nomen_sentence_view s = {.size = sizeof s};
    nomen_status status;
    NOMEN_TRY(nomen_dataset_load(c->data, NULL, &data, err));
    NOMEN_TRY(nomen_alignment_create(data, &how, &alignment, err));
    for (size_t i = 0; nomen_dataset_get_sentence(data, i, &s); i++) {
        size_t n_real = 0;
        NOMEN_TRY(nomen_tokenizer_encode_words(c->tokenizer, s.text, s.n_bytes, s.words, s.n_words, &c->encoding, err));
        NOMEN_TRY(shape(c, &n_real, err));
        NOMEN_TRY(NOMEN_RESERVE(c->targets, c->target_capacity, n_real, err));
        NOMEN_TRY(nomen_alignment_get_targets(alignment, i, c->encoding.word_ids, n_real, c->targets, err));
        NOMEN_TRY(print_encoding(c, s.text, s.n_bytes, s.words, n_real, err));
    }
done:
    nomen_alignment_free(alignment);
    nomen_dataset_free(data);
    return status;
}

int nomen_cli_tokenize(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options,
                              parse,
                              "[FILE]",
                              "Cuts texts, one per line, into BERT's subword tokens. With --json each line has ids, tokens, "
                              "offsets (code points), word_ids, type_ids and mask, special tokens included.",
                              children,
                              NULL,
                              NULL};
    tokenize_command c = {0};
    nomen_error err = {0};
    char *found = NULL;
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    nomen_status status;
    NOMEN_TRY(nomen_cli_find_model(&c.model, &found, &err));
    NOMEN_TRY(nomen_tokenizer_load(c.model, &c.common.tokenizer, &c.tokenizer, &err));
    if (c.max_length == 0) { c.max_length = nomen_tokenizer_get_max_length(c.tokenizer); }
    if (c.pad && c.max_length == SIZE_MAX) {
        NOMEN_FAIL(nomen_error_set(&err, NOMEN_ERROR_ARGUMENT, "--pad needs --max-length, as %s states no limit", c.model));
    }
    NOMEN_TRY(c.data != NULL ? run_data(&c, &err) : run_lines(&c, &err));
done:
    nomen_encoding_clear(&c.encoding);
    nomen_mem_free(c.words);
    nomen_mem_free(c.targets);
    nomen_buffer_clear(&c.out);
    nomen_tokenizer_free(c.tokenizer);
    nomen_free(found);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
