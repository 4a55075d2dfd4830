/* Texts to tag from a file, a part at a time. */
#include "nomen/input.h"

#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "data/known.h"

/* Most texts, and about as many bytes, that are handed over together: memory stays flat. */
enum { MAX_TEXTS = 1024, MAX_BYTES = 256 * 1024 };

/* Where a text lies in the part's bytes and words; pointers are made when the part is whole. */
typedef struct text_place {
    size_t start, n_bytes;
    size_t first_word, n_words;
    bool has_words;
    bool document_start;
    size_t line;
} text_place;

struct nomen_input {
    nomen_input_format format;
    nomen_lines *lines; /* NULL with FILE */
    bool warned;        /* of a file that looks like no text */
    char *path;         /* FILE: its name */
    size_t context;     /* so many texts round a text may be context of it */
    bool ended;         /* nothing is left to be read */
    bool new_document;  /* the next text begins one */
    json_t *document;   /* JSONL: that of the last text, or NULL */
    nomen_buffer bytes; /* of the texts held: those of this part, and round them what may be their context */
    nomen_span *words;  /* relative to their text */
    size_t n_words, word_capacity;
    text_place *places;
    size_t n_places, place_capacity;
    size_t n_done; /* of the texts held, were handed over in earlier parts */
    nomen_text *texts;
    size_t text_capacity;
};

static const char *const formats[] = {[NOMEN_INPUT_LINES] = "lines",
                                      [NOMEN_INPUT_FILE] = "file",
                                      [NOMEN_INPUT_JSONL] = "jsonl",
                                      [NOMEN_INPUT_CONLL] = "conll",
                                      NULL};

const char *nomen_input_format_name(nomen_input_format format) {
    return nomen_name_of(formats, (int)format);
}

nomen_status nomen_input_format_parse(const char *name, nomen_input_format *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, formats, "input format", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_input_format)found; }
    return status;
}

nomen_status nomen_input_open(const char *path, nomen_input_format format, size_t context, nomen_input **out, nomen_error *err) {
    nomen_input *input = NULL;
    nomen_status status;
    if (path == NULL) { path = "-"; }
    NOMEN_TRY(nomen_value_check(nomen_input_format_name(format), (int)format, "format of texts", err));
    NOMEN_TRY(NOMEN_NEW(input, 1, err));
    input->format = format;
    input->context = context;
    input->new_document = true;
    if (format == NOMEN_INPUT_FILE) {
        input->path = nomen_mem_copy(path, strlen(path));
        if (input->path == NULL) { NOMEN_FAIL(nomen_error_memory(err, strlen(path), 1)); }
    } else {
        NOMEN_TRY(nomen_lines_open(path, &input->lines, err));
    }
    *out = input;
    return NOMEN_OK;
done:
    nomen_input_close(input);
    return status;
}

void nomen_input_close(nomen_input *input) {
    if (input == NULL) { return; }
    nomen_lines_close(input->lines);
    nomen_mem_free(input->path);
    json_decref(input->document);
    nomen_buffer_clear(&input->bytes);
    nomen_mem_free(input->words);
    nomen_mem_free(input->places);
    nomen_mem_free(input->texts);
    nomen_mem_free(input);
}

/* Bytes of a byte order mark at the beginning: a sign of the encoding, and no part of the text. */
static size_t mark_size(const char *text, size_t n_bytes) {
    return n_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* What is not text is tagged all the same, as invalid bytes are read as U+FFFD; but it is said. */
static void warn_of_zeros(nomen_input *input, const char *name, size_t line, const char *text, size_t n_bytes) {
    if (input->warned || n_bytes == 0 || memchr(text, '\0', n_bytes) == NULL) { return; }
    nomen_log_warning("%s:%zu: there is a NUL byte here; check that the file is text", name, line);
    input->warned = true;
}

/* A packed file, or one of another program: its bytes are no text by any reading. */
static nomen_status refuse_known(const char *name, const char *first, size_t n_bytes, nomen_error *err) {
    const nomen_known *known = nomen_known_by_line(first, n_bytes);
    return known != NULL ? nomen_known_refuse(known, name, NULL, err) : NOMEN_OK;
}

/* Begins a text at the end of the part's bytes. */
static nomen_status begin_text(nomen_input *input, bool has_words, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(input->places, input->place_capacity, input->n_places + 1, err);
    if (status != NOMEN_OK) { return status; }
    input->places[input->n_places++] = (text_place){.start = input->bytes.size,
                                                    .first_word = input->n_words,
                                                    .has_words = has_words,
                                                    .document_start = input->new_document,
                                                    .line = input->lines != NULL ? nomen_lines_number(input->lines) : 1};
    input->new_document = false;
    return NOMEN_OK;
}

/* Appends a word to the text begun last, after a space unless it is the first. */
static nomen_status add_word(nomen_input *input, const char *word, size_t n_bytes, nomen_error *err) {
    text_place *p = &input->places[input->n_places - 1];
    nomen_status status;
    if (p->n_words > 0) { NOMEN_TRY(nomen_buffer_append_byte(&input->bytes, ' ', err)); }
    NOMEN_TRY(NOMEN_RESERVE(input->words, input->word_capacity, input->n_words + 1, err));
    size_t start = input->bytes.size - p->start;
    NOMEN_TRY(nomen_buffer_append(&input->bytes, word, n_bytes, err));
    input->words[input->n_words++] = (nomen_span){start, start + n_bytes};
    p->n_words++;
    p->n_bytes = start + n_bytes;
done:
    return status;
}

static nomen_status add_text(nomen_input *input, const char *text, size_t n_bytes, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(begin_text(input, false, err));
    NOMEN_TRY(nomen_buffer_append(&input->bytes, text, n_bytes, err));
    input->places[input->n_places - 1].n_bytes = n_bytes;
done:
    return status;
}

/* A line is a text; one that is empty parts documents, and is answered as any other. */
static nomen_status add_line(nomen_input *input, const char *text, size_t n_bytes, nomen_error *err) {
    bool empty = true;
    for (size_t i = 0; empty && i < n_bytes; i++) { empty = text[i] == ' ' || text[i] == '\t' || text[i] == '\r'; }
    input->new_document |= empty;
    nomen_status status = add_text(input, text, n_bytes, err);
    input->new_document = empty;
    return status;
}

/* Each object is a document of its own, unless its "document" is there and that of the object before it. */
static void find_document(nomen_input *input, json_t *document) {
    bool same = document != NULL && input->document != NULL && json_equal(document, input->document);
    json_decref(input->document);
    input->document = json_incref(document);
    input->new_document |= !same;
}

static nomen_status add_json(nomen_input *input, const char *line, size_t n_bytes, nomen_error *err) {
    char where[300];
    snprintf(where, sizeof where, "%.250s:%zu", nomen_lines_name(input->lines), nomen_lines_number(input->lines));
    json_t *object = NULL;
    nomen_status status = nomen_json_parse_line(line, n_bytes, where, &object, err);
    if (status != NOMEN_OK) { return status; }
    find_document(input, json_object_get(object, "document"));
    json_t *text = json_object_get(object, "text"), *tokens = json_object_get(object, "tokens");
    if (json_is_array(tokens)) {
        size_t i;
        json_t *token;
        NOMEN_TRY(begin_text(input, true, err));
        json_array_foreach(tokens, i, token) {
            if (!json_is_string(token)) {
                NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: tokens[%zu] is not a string", where, i));
            }
            NOMEN_TRY(add_word(input, json_string_value(token), json_string_length(token), err));
        }
    } else if (json_is_string(text)) {
        NOMEN_TRY(add_text(input, json_string_value(text), json_string_length(text), err));
    } else {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: expected an object with \"text\" (a string) or \"tokens\" (an array of strings)", where));
    }
done:
    json_decref(object);
    return status;
}

/* A CoNLL line: the first column, up to a space or tab. A blank line ends the text. */
static nomen_status add_conll(nomen_input *input, const char *line, size_t n_bytes, bool *in_text, nomen_error *err) {
    size_t start = 0;
    while (start < n_bytes && (line[start] == ' ' || line[start] == '\t')) { start++; }
    size_t end = start;
    while (end < n_bytes && line[end] != ' ' && line[end] != '\t') { end++; }
    bool document = end - start == 10 && memcmp(line + start, "-DOCSTART-", 10) == 0;
    if (end == start || document) {
        *in_text = false;
        input->new_document |= document;
        return NOMEN_OK;
    }
    if (!*in_text) {
        nomen_status status = begin_text(input, true, err);
        if (status != NOMEN_OK) { return status; }
        *in_text = true;
    }
    return add_word(input, line + start, end - start, err);
}

/*
 * How many of the texts held have all their context: so many texts follow, or a new document, or nothing any more.
 */
static size_t count_ready(const nomen_input *input) {
    size_t n = input->n_places, ready = n > input->context ? n - input->context : 0;
    if (input->context == 0 || input->ended || input->new_document) { return n; }
    for (size_t i = n; i > ready + 1; i--) {
        if (input->places[i - 1].document_start) { return i - 1; }
    }
    return ready > input->n_done ? ready : input->n_done;
}

/* Lets go of what is no context of what comes. */
static void drop_done(nomen_input *input) {
    size_t done = input->n_done, from = done > input->context ? done - input->context : 0;
    for (size_t i = from; i <= done; i++) {
        if (i < input->n_places ? input->places[i].document_start : input->new_document) { from = i; }
    }
    size_t n = input->n_places - from;
    size_t byte = n > 0 ? input->places[from].start : input->bytes.size,
           word = n > 0 ? input->places[from].first_word : input->n_words;
    if (n > 0) {
        memmove(input->bytes.data, input->bytes.data + byte, input->bytes.size - byte);
        if (input->n_words > word) { memmove(input->words, input->words + word, (input->n_words - word) * sizeof *input->words); }
        memmove(input->places, input->places + from, n * sizeof *input->places);
    }
    input->bytes.size -= byte;
    input->n_words -= word;
    input->n_places = n;
    input->n_done -= from;
    for (size_t i = 0; i < n; i++) {
        input->places[i].start -= byte;
        input->places[i].first_word -= word;
    }
}

static nomen_status read_part(nomen_input *input, nomen_error *err) {
    bool in_text = false;
    size_t before = input->bytes.size;
    while (!input->ended) {
        const char *line = NULL;
        size_t n_bytes = 0;
        nomen_status status = nomen_lines_next(input->lines, &line, &n_bytes, err);
        size_t number = nomen_lines_number(input->lines);
        if (status == NOMEN_OK && line != NULL && number == 1) {
            status = refuse_known(nomen_lines_name(input->lines), line, n_bytes, err);
        }
        if (status == NOMEN_OK && line != NULL) {
            size_t mark = number == 1 ? mark_size(line, n_bytes) : 0;
            line += mark;
            n_bytes -= mark;
            warn_of_zeros(input, nomen_lines_name(input->lines), number, line, n_bytes);
            status = input->format == NOMEN_INPUT_LINES   ? add_line(input, line, n_bytes, err)
                     : input->format == NOMEN_INPUT_JSONL ? add_json(input, line, n_bytes, err)
                                                          : add_conll(input, line, n_bytes, &in_text, err);
        }
        if (status != NOMEN_OK) { return status; }
        input->ended = line == NULL;
        bool full = input->n_places - input->n_done >= MAX_TEXTS || input->bytes.size - before >= MAX_BYTES ||
                    (!input->ended && !nomen_lines_ready(input->lines));
        if (full && !in_text && count_ready(input) > input->n_done) { return NOMEN_OK; }
    }
    return NOMEN_OK;
}

/* The whole file as one text. */
static nomen_status read_file(nomen_input *input, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(begin_text(input, false, err));
    NOMEN_TRY(nomen_file_read(input->path, &input->bytes, err));
    NOMEN_TRY(refuse_known(input->path, input->bytes.data, input->bytes.size, err));
    size_t mark = mark_size(input->bytes.data, input->bytes.size);
    input->places[0].start = mark;
    input->places[0].n_bytes = input->bytes.size - mark;
    warn_of_zeros(input, input->path, 1, input->bytes.data + mark, input->bytes.size - mark);
    input->ended = true;
done:
    return status;
}

nomen_status nomen_input_next(nomen_input *input, const nomen_text **texts, size_t *n_texts, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    drop_done(input);
    if (!input->ended) { NOMEN_TRY(input->format == NOMEN_INPUT_FILE ? read_file(input, err) : read_part(input, err)); }
    size_t done = input->n_done, ready = count_ready(input);
    NOMEN_TRY(NOMEN_RESERVE(input->texts, input->text_capacity, input->n_places, err));
    NOMEN_TRY(NOMEN_RESERVE(input->words, input->word_capacity, 1, err)); /* so that a text of no words has an array */
    for (size_t i = 0; i < input->n_places; i++) {
        const text_place *p = &input->places[i];
        input->texts[i] = (nomen_text){
            .text = input->bytes.data != NULL ? input->bytes.data + p->start : "",
            .n_bytes = p->n_bytes,
            .words = p->has_words ? input->words + p->first_word : NULL,
            .n_words = p->n_words,
            .document_start = p->document_start,
            .context_only = i < done || i >= ready,
            .file = input->path != NULL ? input->path : nomen_lines_name(input->lines),
            .line = p->line,
        };
    }
    input->n_done = ready;
    *texts = input->texts;
    *n_texts = ready > done ? input->n_places : 0;
done:
    return status;
}
