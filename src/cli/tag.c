/* nomen tag: find the entities in texts. */
#include "cli/cli.h"
#include "nomen/runtime.h"
#include "nomen/tagger.h"
#include "tag/input.h"
#include "tag/writers.h"

enum { KEY_INPUT = 0x100, KEY_FORMAT, KEY_AGGREGATE, KEY_WORDS, KEY_OFFSETS, KEY_ALL_SCORES, KEY_MAX_LENGTH, KEY_INT8 };

typedef struct tag_command {
    nomen_common common;
    const char *model;
    char **files;
    int n_files;
    nomen_input_format input;
    nomen_tag_format format;
    bool format_given, offsets_given, words_given;
    nomen_tagger_options tagger;
    nomen_tag_write_options write;
    size_t max_length;
    bool int8;
    nomen_buffer out;
} tag_command;

/* Parses a named value by the library's function; a usage error with its message where it fails. */
#define PARSE(call)                                                       \
    do {                                                                  \
        nomen_error problem = {0};                                        \
        if ((call) != NOMEN_OK) { argp_error(state, "%s", problem.message); } \
    } while (0)

/* Options that can't have an effect together are refused. */
static void check_together(const tag_command *c, struct argp_state *state) {
    bool conll = c->format_given && c->format == NOMEN_TAG_CONLL;
    if (c->common.json && c->format_given && c->format != NOMEN_TAG_JSONL) {
        argp_error(state, "--json is --format jsonl; another --format was given too");
    }
    if (conll && c->write.all_scores) { argp_error(state, "--all-scores: the form conll has no place for scores"); }
    if (conll && c->offsets_given) { argp_error(state, "--offsets: the form conll has no offsets"); }
    if (c->input == NOMEN_INPUT_CONLL && c->words_given) {
        argp_error(state, "--words: with --input conll the file says what a word is");
    }
}

static error_t parse(int key, char *text, struct argp_state *state) {
    tag_command *c = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = state->child_inputs[1] = &c->common; return 0;
    case 'm': c->model = text; return 0;
    case KEY_INPUT: PARSE(nomen_input_format_parse(text, &c->input, &problem)); return 0;
    case KEY_FORMAT:
        PARSE(nomen_tag_format_parse(text, &c->format, &problem));
        c->format_given = true;
        return 0;
    case KEY_AGGREGATE: PARSE(nomen_aggregation_parse(text, &c->tagger.aggregation, &problem)); return 0;
    case KEY_WORDS:
        PARSE(nomen_word_unit_parse(text, &c->tagger.words, &problem));
        c->words_given = true;
        return 0;
    case KEY_OFFSETS:
        PARSE(nomen_offset_unit_parse(text, &c->write.offsets, &problem));
        c->offsets_given = true;
        return 0;
    case KEY_ALL_SCORES: c->write.all_scores = true; return 0;
    case KEY_MAX_LENGTH: c->max_length = nomen_cli_count(state, "--max-length", text, 1, SIZE_MAX); return 0;
    case KEY_INT8: c->int8 = true; return 0;
    case ARGP_KEY_ARGS:
        c->files = state->argv + state->next;
        c->n_files = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (c->model == NULL) { argp_error(state, "--model DIR is needed"); }
        check_together(c, state);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"model", 'm', "DIR", 0, "fine-tuned model directory", 1},
    {"input", KEY_INPUT, "FORM", 0,
     "lines: each line is a text (default); file: each file is one; jsonl: objects with \"text\" or \"tokens\"; conll: a "
     "word a line, first column", 1},
    {"format", KEY_FORMAT, "FORM", 0, "text (default), jsonl or conll", 1},
    {"aggregate", KEY_AGGREGATE, "HOW", 0, "none, simple, first (default), average or max, as Hugging Face's strategies", 1},
    {"words", KEY_WORDS, "UNIT", 0, "bert or whitespace (default: as the model was trained)", 1},
    {"offsets", KEY_OFFSETS, "UNIT", 0, "codepoint (default), byte or utf16", 1},
    {"all-scores", KEY_ALL_SCORES, NULL, 0, "also each word with the probability of every label", 1},
    {"max-length", KEY_MAX_LENGTH, "N", 0, "pieces of a window, special tokens included (default: as trained)", 1},
    {"int8", KEY_INT8, NULL, 0, "dense layers in int8, quantised while loading (default: as DIR has them)", 1},
    {0},
};

static nomen_status write_tagged(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    tag_command *c = user;
    (void)index;
    return nomen_tagged_write(tagged, c->format, &c->write, &c->out, err);
}

static nomen_status tag_file(tag_command *c, nomen_tagger *tagger, const char *path, nomen_error *err) {
    nomen_input *input = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_input_open(path, c->input, &input, err));
    for (;;) {
        const nomen_text *texts = NULL;
        size_t n_texts = 0;
        NOMEN_TRY(nomen_input_next(input, &texts, &n_texts, err));
        if (n_texts == 0) { break; }
        nomen_buffer_reset(&c->out);
        NOMEN_TRY(nomen_tagger_run(tagger, texts, n_texts, write_tagged, c, err));
        NOMEN_TRY(nomen_cli_write(&c->out, err));
        NOMEN_TRY(nomen_cli_flush(err));
    }
done:
    nomen_input_close(input);
    return status;
}

int nomen_cli_tag(int argc, char **argv) {
    const struct argp_child children[] = {{&nomen_case_argp, 0, NULL, 0}, {&nomen_common_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {options, parse, "[FILE...]",
                              "Finds the entities in texts; standard input where no FILE is given. --json is --format jsonl.",
                              children, NULL, NULL};
    tag_command c = {0};
    nomen_error err = {0};
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    nomen_tagger_defaults(&c.tagger);
    int code = nomen_cli_parse(&argp, argc, argv, &c);
    if (code >= 0) { return code; }
    if (c.common.json && !c.format_given) { c.format = NOMEN_TAG_JSONL; }
    c.tagger.entities_only = c.format != NOMEN_TAG_CONLL && !c.write.all_scores;
    c.write.color = nomen_cli_has_color(stdout);
    nomen_cli_catch_interrupt();
    nomen_model_options model_options = {.tokenizer = c.common.tokenizer, .max_length = c.max_length, .int8 = c.int8};
    nomen_status status;
    NOMEN_TRY(nomen_model_load(c.model, &model_options, &model, &err));
    NOMEN_TRY(nomen_tagger_create(model, &c.tagger, &tagger, &err));
    if (c.n_files == 0) { NOMEN_TRY(tag_file(&c, tagger, "-", &err)); }
    for (int i = 0; i < c.n_files; i++) { NOMEN_TRY(tag_file(&c, tagger, c.files[i], &err)); }
done:
    nomen_buffer_clear(&c.out);
    nomen_tagger_free(tagger);
    nomen_model_free(model);
    return status == NOMEN_OK ? EXIT_DONE : nomen_cli_fail(&err);
}
