/*
 * WebAnno TSV 3, the format of WebAnno and INCEpTION: a header that names the layers, then of each sentence its text after
 * "#Text=" and a line a token: its number, its offsets in the document, its text and a cell for each feature of each layer. A
 * line "1-2.1" has an annotation of part of the token 1-2. Offsets count UTF-16 units. Read only.
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "data/builder_text.h"
#include "data/excerpt.h"
#include "data/format.h"
#include "data/line_cursor.h"
#include "data/webanno_header.h"
#include "data/webanno_spans.h"
#include "data/webanno_text.h"

typedef struct webanno_reader {
    nomen_builder *builder;
    const char *bytes;
    nomen_webanno_header header;
    nomen_webanno_text text;
    nomen_webanno_spans spans;
    nomen_buffer scratch;
    bool open;       /* a line of a sentence was read */
    size_t line;     /* where it began */
    size_t sentence; /* its number in the file */
    nomen_webanno_row *rows;
    nomen_span *words;
    size_t n_rows, rows_capacity, words_capacity;
} webanno_reader;

static bool starts_with(const char *bytes, size_t n, const char *mark) {
    return n >= strlen(mark) && memcmp(bytes, mark, strlen(mark)) == 0;
}

/* "12-3" or "12-3.1" and its offsets "40-44": false where it is something else. */
static bool read_place(const char *bytes, nomen_span number, nomen_span offsets, size_t *sentence, nomen_webanno_row *row) {
    size_t at = number.start, part = 0;
    if (!nomen_webanno_number(bytes, number.end, &at, sentence) || at == number.end || bytes[at++] != '-') { return false; }
    if (!nomen_webanno_number(bytes, number.end, &at, &row->token)) { return false; }
    row->part = at < number.end;
    if (row->part && bytes[at++] != '.') { return false; }
    if (row->part && (!nomen_webanno_number(bytes, number.end, &at, &part) || at < number.end)) { return false; }
    at = offsets.start;
    return nomen_webanno_number(bytes, offsets.end, &at, &row->units.start) && at < offsets.end && bytes[at++] == '-' &&
           nomen_webanno_number(bytes, offsets.end, &at, &row->units.end) && at == offsets.end;
}

/* Counts relations and links of chains, in the first column of their layer. A link's tokens repeat its cell. */
static void count_other(webanno_reader *r, nomen_webanno_column *column, nomen_span cell, size_t line) {
    nomen_span above = column->above;
    size_t n = cell.end - cell.start, n_above = above.end - above.start;
    const char *bytes = r->bytes + cell.start;
    char seen[NOMEN_EXCERPT_SIZE];
    if ((column->kind != NOMEN_WEBANNO_RELATION && column->kind != NOMEN_WEBANNO_CHAIN) || !column->first) { return; }
    column->above = cell;
    bool none = n == 1 && bytes[0] == '_', again = n == n_above && memcmp(r->bytes + above.start, bytes, n) == 0;
    if (none || (again && column->kind == NOMEN_WEBANNO_CHAIN)) { return; }
    for (size_t i = nomen_webanno_count_stacked(r->bytes, cell); i > 0; i--) {
        nomen_note_quietly(&r->builder->set.notes, NOMEN_NOTE_OTHER, r->builder->name, line, "'%s' is not an entity",
                           nomen_excerpt(seen, bytes, n));
    }
}

/* Takes the fields of a line apart; returns how many there are. The tab after the last is none, as the tool writes one. */
static size_t split_fields(webanno_reader *r, size_t at, size_t end, nomen_span fields[3], nomen_webanno_row *row) {
    size_t n = 0, limit = 3 + r->header.n;
    for (size_t from = at, i = at; i <= end; i++) {
        if (i < end && r->bytes[i] != '\t') { continue; }
        nomen_span field = {from, i};
        from = i + 1;
        if (i == end && field.start == field.end && n >= limit) { break; }
        if (n < 3) { fields[n] = field; }
        if (n >= 3 && n < limit) { count_other(r, &r->header.columns[n - 3], field, row->line); }
        if (n >= 3 && n - 3 == r->header.chosen) { row->cell = field; }
        n++;
    }
    return n;
}

/* A line of a sentence has come. Its text is complete with the first token, when the builder's sentence begins. */
static nomen_status begin_sentence(webanno_reader *r, size_t line, nomen_error *err) {
    if (r->open) { return NOMEN_OK; }
    r->open = true;
    r->line = line;
    return r->header.open ? nomen_webanno_header_end(&r->header, r->builder, err) : NOMEN_OK;
}

/* Whether a row follows the row before; else it is a fault. */
static nomen_status check_order(webanno_reader *r, const nomen_webanno_row *row, size_t sentence, nomen_error *err) {
    nomen_builder *builder = r->builder;
    if (r->n_rows == 0 && !row->part) { return NOMEN_OK; }
    if (r->n_rows == 0) {
        return nomen_builder_fault(builder, row->line, err, "part of the token %zu-%zu, whose own line is not before it",
                                   sentence, row->token);
    }
    const nomen_webanno_row *before = &r->rows[r->n_rows - 1];
    if (sentence != r->sentence) {
        return nomen_builder_fault(builder, row->line, err,
                                   "the token %zu-%zu follows %zu-%zu in one sentence; each sentence begins "
                                   "with #Text=",
                                   sentence, row->token, r->sentence, before->token);
    }
    if (row->token != before->token + !row->part) {
        return nomen_builder_fault(builder, row->line, err,
                                   "the token %zu-%zu follows %zu-%zu; a line is missing or out of order", sentence, row->token,
                                   sentence, before->token);
    }
    while (before->part) { before--; }
    if (row->part || row->units.start >= before->units.end) { return NOMEN_OK; }
    return nomen_builder_fault(builder, row->line, err, "the token %zu-%zu begins at %zu, but the one before it ends at %zu",
                               sentence, row->token, row->units.start, before->units.end);
}

static nomen_status read_row(webanno_reader *r, size_t at, size_t end, size_t line, nomen_error *err) {
    nomen_builder *builder = r->builder;
    nomen_webanno_row row = {.line = line};
    nomen_span fields[3] = {{0, 0}};
    size_t sentence = 0;
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_status status = NOMEN_OK;
    bool has_text = r->open;
    NOMEN_TRY(begin_sentence(r, line, err));
    if (!builder->open) { nomen_builder_begin(builder, r->line); } /* so that a fault from here on is the sentence's */
    size_t n = split_fields(r, at, end, fields, &row);
    if (!has_text) {
        return nomen_builder_fault(builder, line, err, "'%s' has no line #Text= before it",
                                   nomen_excerpt(seen, r->bytes + at, end - at));
    }
    if (n < 3 || !read_place(r->bytes, fields[0], fields[1], &sentence, &row)) {
        return nomen_builder_fault(builder, line, err,
                                   "'%s' is not a token; write 1-2, a tab, its offsets as 5-9, a tab, its text",
                                   nomen_excerpt(seen, r->bytes + at, end - at));
    }
    if (n != 3 + r->header.n) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, line, err,
                                      "%zu column%s after the token's text, but the header "
                                      "names %zu",
                                      n - 3, n == 4 ? "" : "s", r->header.n);
    }
    row.said = fields[2];
    NOMEN_TRY(check_order(r, &row, sentence, err));
    if (builder->bad) { return NOMEN_OK; } /* the rows are in order, whatever comes */
    NOMEN_TRY(NOMEN_RESERVE(r->rows, r->rows_capacity, r->n_rows + 1, err));
    r->rows[r->n_rows++] = row;
    r->sentence = sentence;
done:
    return status;
}

/* Ends the sentence with its tokens as words, unless others are asked for; one of white space alone is no word. */
static nomen_status end_text(webanno_reader *r, const nomen_buffer *text, nomen_error *err) {
    size_t n = 0;
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(NOMEN_RESERVE(r->words, r->words_capacity, r->n_rows + 1, err));
    for (size_t i = 0; i < r->n_rows; i++) {
        nomen_span place = r->rows[i].place;
        bool solid = false;
        for (size_t at = place.start; at < place.end && !solid; at++) { solid = (unsigned char)text->data[at] > ' '; }
        if (!r->rows[i].part && solid) { r->words[n++] = place; }
    }
    bool own = r->builder->options->words == NOMEN_WORDS_AUTO && n > 0;
    status = own ? nomen_builder_end_text_as(r->builder, r->words, n, err) : nomen_builder_end_text(r->builder, err);
done:
    return status;
}

/* A row whose own text is not what the sentence has there. */
static nomen_status refuse_row(webanno_reader *r, const nomen_buffer *text, const nomen_webanno_row *row, nomen_error *err) {
    char said[NOMEN_EXCERPT_SIZE], there[NOMEN_EXCERPT_SIZE];
    nomen_excerpt(said, r->bytes + row->said.start, row->said.end - row->said.start);
    if (row->place.start >= row->place.end) {
        return nomen_builder_fault_of(
            r->builder, NOMEN_FAULT_SPAN, row->line, err,
            "the offsets %zu-%zu of '%s' are outside the text of its sentence; they count UTF-16 units of the document",
            row->units.start, row->units.end, said);
    }
    return nomen_builder_fault_of(r->builder, NOMEN_FAULT_SPAN, row->line, err,
                                  "the offsets %zu-%zu of '%s' give '%s' in the text of its "
                                  "sentence; they count UTF-16 units of the document",
                                  row->units.start, row->units.end, said,
                                  nomen_excerpt(there, text->data + row->place.start, row->place.end - row->place.start));
}

/* A sentence without lines of tokens: wrong where its text has something to be one. */
static nomen_status read_tokenless(webanno_reader *r, nomen_error *err) {
    const nomen_buffer *text = &r->text.text;
    char seen[NOMEN_EXCERPT_SIZE];
    bool blank = true;
    for (size_t i = 0; i < text->size; i++) { blank = blank && (unsigned char)text->data[i] <= ' '; }
    if (!blank) {
        return nomen_builder_fault_of(r->builder, NOMEN_FAULT_EMPTY, r->line, err,
                                      "no lines of tokens after the text '%s'; add them, or remove it",
                                      nomen_excerpt(seen, text->data, text->size));
    }
    nomen_status status = nomen_builder_append_text(r->builder, text->data, text->size, err);
    return status == NOMEN_OK ? nomen_builder_end_text(r->builder, err) : status;
}

static nomen_status read_sentence(webanno_reader *r, nomen_error *err) {
    const nomen_buffer *text = NULL;
    size_t bad = 0;
    nomen_status status;
    if (r->n_rows == 0) { return read_tokenless(r, err); }
    NOMEN_TRY(nomen_webanno_text_fit(&r->text, r->bytes, r->rows, r->n_rows, &text, &bad, err));
    if (bad < r->n_rows) { return refuse_row(r, text, &r->rows[bad], err); }
    NOMEN_TRY(nomen_builder_append_text(r->builder, text->data, text->size, err));
    NOMEN_TRY(nomen_webanno_spans_add(&r->spans, r->builder, &r->header, r->rows, r->n_rows, text, err));
    status = end_text(r, text, err);
done:
    return status;
}

static nomen_status end_sentence(webanno_reader *r, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (!r->open) { return NOMEN_OK; }
    if (!r->builder->open) { nomen_builder_begin(r->builder, r->line); }
    if (!r->builder->bad) { NOMEN_TRY(read_sentence(r, err)); }
    status = nomen_builder_end(r->builder, err); /* where it is bad, so that it is still open */
    nomen_webanno_text_reset(&r->text);
    r->n_rows = 0;
    r->open = false;
done:
    return status;
}

/* Another document begins; there are several where files were joined. */
static nomen_status begin_document(webanno_reader *r, size_t at, size_t end, size_t line, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(end_sentence(r, err));
    NOMEN_TRY(nomen_webanno_header_begin(&r->header, r->builder, at, end, line, err));
    r->text.java = r->header.java;
    nomen_webanno_spans_restart(&r->spans);
    r->builder->document_start = true;
done:
    return status;
}

/* A line that begins with '#': of the header, of a sentence's text, its name, or a remark. */
static nomen_status read_mark(webanno_reader *r, size_t at, size_t end, size_t line, nomen_error *err) {
    static const char text[] = "#Text=", id[] = "#Sentence.id=";
    const char *bytes = r->bytes + at;
    size_t n = end - at;
    bool known = false;
    nomen_status status = NOMEN_OK;
    if (r->builder->open) { NOMEN_TRY(end_sentence(r, err)); } /* tokens were read */
    NOMEN_TRY(nomen_webanno_header_add(&r->header, r->builder, at, end, line, &known, err));
    if (known) { return NOMEN_OK; }
    if (starts_with(bytes, n, text)) {
        NOMEN_TRY(begin_sentence(r, line, err));
        return nomen_webanno_text_add(&r->text, bytes + strlen(text), n - strlen(text), err);
    }
    if (starts_with(bytes, n, id)) {
        nomen_buffer_reset(&r->scratch);
        NOMEN_TRY(nomen_webanno_unescape_text(bytes + strlen(id), n - strlen(id), r->header.java, &r->scratch, err));
        return nomen_builder_name(r->builder, r->scratch.data, r->scratch.size, false, err);
    }
    r->builder->set.notes.counts[NOMEN_NOTE_FIELDS]++;
done:
    return status;
}

static nomen_status read_line(webanno_reader *r, size_t at, size_t end, size_t line, nomen_error *err) {
    size_t solid = at;
    while (solid < end && nomen_is_blank(r->bytes[solid])) { solid++; }
    if (solid == end) { return end_sentence(r, err); }
    if (starts_with(r->bytes + at, end - at, NOMEN_WEBANNO_MARK)) { return begin_document(r, at, end, line, err); }
    if (!r->header.found) {
        char seen[NOMEN_EXCERPT_SIZE];
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: '%s', but the first line must be '%s3.3'", r->builder->name,
                               line, nomen_excerpt(seen, r->bytes + at, end - at), NOMEN_WEBANNO_MARK);
    }
    return r->bytes[at] == '#' ? read_mark(r, at, end, line, err) : read_row(r, at, end, line, err);
}

/* What has no value is among the things that are no entities; it may have been meant as one, so it is logged separately. */
static void log_empty(const webanno_reader *r) {
    size_t n = r->spans.n_empty;
    if (n == 0 || r->builder->set.notes.sink != NULL) { return; }
    nomen_log_warning("%s:%zu: %zu annotation%s (*), so %s", r->builder->name, r->spans.first_empty, n,
                      n == 1 ? " has no value" : "s have no value", n == 1 ? "it is not an entity" : "they are not entities");
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    webanno_reader r = {.builder = builder, .bytes = bytes, .header.bytes = bytes};
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = n_bytes};
    nomen_status status = NOMEN_OK;
    for (size_t at, end; !nomen_builder_full(builder) && nomen_line_cursor_next(&lines, &at, &end);) {
        NOMEN_TRY(read_line(&r, at, end, lines.line, err));
    }
    if (!nomen_builder_full(builder)) { NOMEN_TRY(end_sentence(&r, err)); }
    log_empty(&r);
done:
    nomen_mem_free(r.rows);
    nomen_mem_free(r.words);
    nomen_mem_free(r.header.columns);
    nomen_webanno_text_clear(&r.text);
    nomen_webanno_spans_clear(&r.spans);
    nomen_buffer_clear(&r.scratch);
    return status;
}

static bool looks_like(const nomen_probe *probe) {
    return starts_with(probe->bytes, probe->n_line, NOMEN_WEBANNO_MARK);
}

const nomen_format nomen_format_webanno = {.format = NOMEN_DATA_WEBANNO,
                                           .key = "webanno",
                                           .form = "TSV 3, as INCEpTION exports it",
                                           .name = "WebAnno TSV 3",
                                           .suffix = "",
                                           .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_DOCUMENTS |
                                                    NOMEN_HOLDS_NAMES,
                                           .has = NOMEN_HAS_WORDS,
                                           .read_only = true,
                                           .advice = "add sentences: #Text= and one line per token",
                                           .looks_like = looks_like,
                                           .read = read_all};
