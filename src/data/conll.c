/*
 * CoNLL columns: one token per line; a line of white space ends a sentence, -DOCSTART- a document. Which column holds the
 * word and which the tag is found by the first rows (columns.h) or stated. The first row settles for the whole file whether
 * tabs or spaces separate columns and how many there are: a line that lacks its tag must not pass off the column before it
 * as one.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "data/columns.h"
#include "data/conll_write.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/line_cursor.h"
#include "data/roles.h"
#include "data/star_tags.h"
#include "data/format.h"

/* So many blank lines together separate documents, where they are asked to. */
enum { BLANK_LINES = 2 };

typedef struct conll_reader {
    nomen_columns columns;
    bool plain;      /* a word, a tab and its tag; no column was asked for */
    size_t n_blank;  /* blank lines since the last that was not; at first as many as it takes */
    int document;    /* column that names the document, as nomen_column_place takes it; 0 for none */
    size_t expected; /* of the column that counts: the next number */
    nomen_star_tags stars;
    nomen_cells cells; /* of the line at hand */
} conll_reader;

static nomen_status append_token(nomen_builder *builder, conll_reader *r, const char *bytes, size_t line, nomen_error *err) {
    const nomen_columns *c = &r->columns;
    size_t n_columns = r->cells.n;
    if (c->word >= n_columns || c->tag >= n_columns) {
        bool word = c->word >= n_columns;
        return nomen_builder_fault(builder, line, err, "there are %zu columns, so no column %s for the %s; name another",
                                   n_columns, word ? builder->options->word_column : builder->options->tag_column,
                                   word ? "word" : "tag");
    }
    nomen_span w = r->cells.items[c->word], t = r->cells.items[c->tag];
    const char *tag = bytes + t.start;
    size_t n_tag = t.end - t.start;
    if (c->stars && n_tag > 0) {
        nomen_status status = nomen_star_tags_read(&r->stars, builder, tag, n_tag, line, err);
        if (status != NOMEN_OK) { return status; }
        tag = r->stars.tag.data;
        n_tag = r->stars.tag.size;
    }
    return nomen_builder_add(builder, bytes + w.start, w.end - w.start, tag, n_tag, line, err);
}

/* Whether the sentence that the line opens begins a document: by the blank lines before it, or by its column. */
static nomen_status find_document(nomen_builder *builder, const conll_reader *r, const char *bytes, size_t line,
                                  nomen_error *err) {
    if (builder->options->documents == NOMEN_DOCUMENTS_BLANK && r->n_blank >= BLANK_LINES) { nomen_document_begin(builder); }
    size_t at = nomen_column_place(r->document, r->cells.n, SIZE_MAX);
    bool whole = r->columns.n_columns == 0 || r->cells.n == r->columns.n_columns;
    if (r->document == 0 || !whole || r->cells.n < 2) { return NOMEN_OK; }
    if (at >= r->cells.n) {
        return nomen_builder_fault(builder, line, err, "there are %zu columns, so no column %d for the document; name another",
                                   r->cells.n, r->document);
    }
    return nomen_document_name(builder, bytes + r->cells.items[at].start, r->cells.items[at].end - r->cells.items[at].start, err);
}

/* The column that counts tokens, of each sentence or of the file, must go on doing so: else it was the word after all. */
static nomen_status check_number(nomen_builder *builder, conll_reader *r, const char *bytes, size_t line, bool first,
                                 nomen_error *err) {
    const nomen_span *cell = &r->cells.items[r->columns.number];
    char digits[24] = "", seen[NOMEN_EXCERPT_SIZE];
    size_t n = cell->end - cell->start;
    if (n < sizeof digits) { memcpy(digits, bytes + cell->start, n); }
    if (first && (strcmp(digits, "0") == 0 || strcmp(digits, "1") == 0)) { r->expected = digits[0] == '1'; }
    if (first && builder->set.n_sentences == 0) { r->expected = strtoul(digits, NULL, 10); }
    char wanted[24];
    snprintf(wanted, sizeof wanted, "%zu", r->expected++);
    if (strcmp(digits, wanted) == 0) { return NOMEN_OK; }
    return nomen_error_remedy(err, NOMEN_REMEDY_WORD_COLUMN,
                              nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, line, err,
                                                     "'%s' where column %zu, which counts the tokens, should have %s; correct it "
                                                     "or, if the numbers are the words, state that column %zu is the word",
                                                     nomen_excerpt(seen, bytes + cell->start, n), r->columns.number + 1, wanted,
                                                     r->columns.number + 1));
}

/* A column beside the tag's held O alone in the first rows; a tag in it now makes the choice doubtful. */
static nomen_status check_watched(nomen_builder *builder, conll_reader *r, const char *bytes, size_t line, nomen_error *err) {
    for (size_t i = 0; i < r->cells.n && i < 64; i++) {
        if (!(r->columns.watched >> i & 1)) { continue; }
        const nomen_span *cell = &r->cells.items[i];
        char seen[NOMEN_EXCERPT_SIZE];
        if (cell->end - cell->start < 2 || !nomen_is_tag(bytes + cell->start, cell->end - cell->start)) { continue; }
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_TAG_COLUMN,
            "%s:%zu: column %zu has the tag '%s' after nothing but O, and column %zu contains tags too; state the one to read",
            builder->name, line, i + 1, nomen_excerpt(seen, bytes + cell->start, cell->end - cell->start), r->columns.tag + 1);
    }
    return NOMEN_OK;
}

static void set_first_row(conll_reader *r, bool tabs, size_t line) {
    nomen_columns *c = &r->columns;
    c->tabs = tabs;
    c->n_columns = r->cells.n;
    c->line = line;
    c->word = 0;
    c->tag = c->n_columns - 1;
    c->number = SIZE_MAX;
}

/* What a row of the right number of columns holds. */
static nomen_status read_row(nomen_builder *builder, conll_reader *r, const char *bytes, size_t line, bool first,
                             nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (r->columns.number != SIZE_MAX) { NOMEN_TRY(check_number(builder, r, bytes, line, first, err)); }
    if (r->columns.watched != 0) { NOMEN_TRY(check_watched(builder, r, bytes, line, err)); }
    status = append_token(builder, r, bytes, line, err);
done:
    return status;
}

/* Whether the cells are no token: titles, a comment between sentences, a range or an empty node of CoNLL-U. */
static bool is_no_token(nomen_builder *builder, const conll_reader *r, const char *bytes, size_t line) {
    const nomen_columns *c = &r->columns;
    const nomen_span *cell = c->number < r->cells.n ? &r->cells.items[c->number] : NULL;
    if (line == c->header) { return true; }
    if (c->n_columns > 0 && bytes[0] == '#' && !builder->open && nomen_columns_is_comment(c, bytes, &r->cells)) {
        builder->set.notes.counts[NOMEN_NOTE_FIELDS]++;
        return true;
    }
    if (cell == NULL || r->cells.n != c->n_columns || !nomen_is_extra_token(bytes + cell->start, cell->end - cell->start)) {
        return false;
    }
    nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_EXTRA_TOKENS, builder->name, line,
                       "a range or an empty node is not a token");
    return true;
}

static nomen_status read_token(nomen_builder *builder, conll_reader *r, const char *bytes, size_t n_bytes, size_t line,
                               nomen_error *err) {
    char seen[NOMEN_EXCERPT_SIZE];
    const nomen_columns *c = &r->columns;
    bool tabs = c->n_columns == 0 ? memchr(bytes, '\t', n_bytes) != NULL : c->tabs, first = !builder->open;
    nomen_status status = nomen_cells_cut(&r->cells, bytes, n_bytes, tabs, c->n_columns, err);
    if (status != NOMEN_OK || is_no_token(builder, r, bytes, line)) { return status; }
    if (first) {
        nomen_builder_begin(builder, line);
        NOMEN_TRY(find_document(builder, r, bytes, line, err));
        builder->sentence.document_start = builder->document_start;
    }
    if (r->cells.n < 2) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, line, err,
                                      "only one column in '%s'; expected a word and its tag, separated by a %s",
                                      nomen_excerpt(seen, bytes, n_bytes), tabs || c->n_columns == 0 ? "tab" : "space");
    }
    if (c->n_columns == 0) { set_first_row(r, tabs, line); }
    if (r->cells.n != c->n_columns) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, line, err,
                                      "%zu columns in '%s', but line %zu has %zu; every line needs the same columns", r->cells.n,
                                      nomen_excerpt(seen, bytes, n_bytes), c->line, c->n_columns);
    }
    status = read_row(builder, r, bytes, line, first, err);
done:
    return status;
}

/* The tab of a line inside a sentence that is a word and its tag and can be nothing else, as most are; 0 for any other. */
static size_t find_tab(const nomen_builder *builder, const conll_reader *r, const char *bytes, size_t n_bytes) {
    if (!builder->open || !r->plain || n_bytes < 3 || (unsigned char)bytes[0] <= ' ' || bytes[0] == '#' || bytes[0] == '-') {
        return 0;
    }
    size_t tab = nomen_find_near(bytes, 1, n_bytes, '\t');
    return tab + 1 < n_bytes && nomen_find_near(bytes, tab + 1, n_bytes, '\t') == n_bytes ? tab : 0;
}

static nomen_status end_sentence(nomen_builder *builder, conll_reader *r, nomen_error *err) {
    nomen_status status = nomen_star_tags_end(&r->stars, builder, err);
    return status == NOMEN_OK ? nomen_builder_end(builder, err) : status;
}

static nomen_status read_line(nomen_builder *builder, conll_reader *r, const char *bytes, size_t n_bytes, size_t line,
                              nomen_error *err) {
    size_t n_blank = 0, tab = find_tab(builder, r, bytes, n_bytes);
    if (tab > 0) { return nomen_builder_add(builder, bytes, tab, bytes + tab + 1, n_bytes - tab - 1, line, err); }
    while (n_blank < n_bytes && nomen_is_blank(bytes[n_blank])) { n_blank++; }
    bool maybe = n_bytes > 0 && (bytes[0] == '#' || bytes[0] == NOMEN_DOCUMENT_MARK[0]);
    nomen_line_mark mark = maybe ? nomen_line_mark_of(bytes, n_bytes, builder->open) : NOMEN_LINE_WORD;
    if (n_blank < n_bytes && mark == NOMEN_LINE_WORD) {
        nomen_status status = read_token(builder, r, bytes, n_bytes, line, err);
        r->n_blank = 0;
        return status;
    }
    r->n_blank += n_blank == n_bytes;
    if (mark == NOMEN_LINE_DOCUMENT) { /* after the end of the sentence before it */
        nomen_status status = end_sentence(builder, r, err);
        nomen_document_begin(builder);
        return status;
    }
    builder->set.notes.counts[NOMEN_NOTE_FIELDS] += mark == NOMEN_LINE_COMMENT;
    return end_sentence(builder, r, err);
}

/* The number of a column that was asked for by `text` (NULL: 0); `purpose` and `remedy` are for the message. */
static nomen_status read_column(const nomen_builder *builder, const char *text, const char *purpose, nomen_remedy remedy,
                                int *out, nomen_error *err) {
    if (text == NULL) { return NOMEN_OK; }
    char *end;
    errno = 0;
    long column = strtol(text, &end, 10);
    if (errno == 0 && end > text && *end == '\0' && column != 0 && labs(column) <= INT_MAX) {
        *out = (int)column;
        return NOMEN_OK;
    }
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_FORMAT, remedy,
        "%s: columns of CoNLL have no names, so %s '%s'; give its number, from 1, or from -1 for the last", builder->name,
        purpose, text);
}

/* Finds out what the columns hold. */
static nomen_status begin(nomen_builder *builder, conll_reader *r, const char *bytes, size_t n_bytes, nomen_error *err) {
    const nomen_data_options *o = builder->options;
    const char *document = o->documents == NOMEN_DOCUMENTS_COLUMN ? o->document_column : NULL;
    nomen_columns *c = &r->columns;
    int word = 0, tag = 0;
    nomen_status status;
    NOMEN_TRY(read_column(builder, document, "documents can't be separated by", NOMEN_REMEDY_DOCUMENTS, &r->document, err));
    NOMEN_TRY(read_column(builder, o->word_column, "none is called", NOMEN_REMEDY_WORD_COLUMN, &word, err));
    NOMEN_TRY(read_column(builder, o->tag_column, "none is called", NOMEN_REMEDY_TAG_COLUMN, &tag, err));
    NOMEN_TRY(nomen_columns_find(bytes, n_bytes, builder->name, word, tag, c, err));
    if (c->n_columns == 0) { return NOMEN_OK; }
    r->plain = c->tabs && c->n_columns == 2 && r->document == 0 && c->word == 0 && c->tag == 1 && !c->stars;
    nomen_builder_columns(builder, c->word, c->tag, c->other_letters);
    builder->set.notes.counts[NOMEN_NOTE_FIELDS] = c->n_columns - 2 - (r->document != 0 && c->n_columns > 2);
    if (c->decision[0] != '\0' && builder->set.notes.sink == NULL) { nomen_log_info("%s: %s", builder->name, c->decision); }
done:
    return status;
}

/* A table whose sentences nothing ends would be one giant sentence. */
static nomen_status check_ends(const nomen_builder *builder, const conll_reader *r, nomen_error *err) {
    const char *stated = builder->options->sentence_column;
    if (!r->columns.unended || builder->set.n_sentences > 1 || builder->set.n_words < 2) { return NOMEN_OK; }
    if (stated != NULL && strcmp(stated, "none") == 0) { return NOMEN_OK; }
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_ONE_SENTENCE,
        "%s: no blank line shows where a sentence ends; add blank lines, or read all lines as one sentence", builder->name);
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    conll_reader r = {.n_blank = BLANK_LINES};
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = n_bytes};
    nomen_status status;
    NOMEN_TRY(begin(builder, &r, bytes, n_bytes, err));
    for (size_t at, end; !nomen_builder_full(builder) && nomen_line_cursor_next(&lines, &at, &end);) {
        NOMEN_TRY(read_line(builder, &r, bytes + at, end - at, lines.line, err));
    }
    NOMEN_TRY(end_sentence(builder, &r, err));
    status = check_ends(builder, &r, err);
done:
    nomen_cells_clear(&r.cells);
    nomen_buffer_clear(&r.stars.tag);
    return status;
}

static bool has_columns(const char *bytes, size_t n_bytes) {
    bool word = false, gap = false;
    for (size_t i = 0; i < n_bytes; i++) {
        bool blank = nomen_is_blank(bytes[i]);
        if (!blank && gap) { return true; }
        gap = gap || (blank && word);
        word = word || !blank;
    }
    return false;
}

static bool looks_like(const nomen_probe *probe) {
    return has_columns(probe->bytes, probe->n_line) ||
           nomen_line_mark_of(probe->bytes, probe->n_line, false) == NOMEN_LINE_DOCUMENT;
}

#define CONLL_ROW(number, key_, form_, name_, suffix_, looks_like_, write_) \
    {.format = number, \
     .key = key_, \
     .form = form_, \
     .name = name_, \
     .suffix = suffix_, \
     .holds = NOMEN_HOLDS_DOCUMENTS, \
     .has = NOMEN_HAS_BLANK_LINES | NOMEN_HAS_VALUES, \
     .word_lines = NOMEN_LINES_WORD, \
     .advice = "add lines of a word and its tag", \
     .looks_like = looks_like_, \
     .read = read_all, \
     .write = write_}
const nomen_format nomen_format_conll =
    CONLL_ROW(NOMEN_DATA_CONLL, "conll", "columns", "CoNLL", ".conll .tsv .iob .iob2 .bio", looks_like, nomen_write_conll);
const nomen_format nomen_format_conll_2002 =
    CONLL_ROW(NOMEN_DATA_CONLL_2002, "conll2002", NULL, "CoNLL-2002", "", NULL, nomen_write_conll_2002);
const nomen_format nomen_format_conll_2003 =
    CONLL_ROW(NOMEN_DATA_CONLL_2003, "conll2003", NULL, "CoNLL-2003", "", NULL, nomen_write_conll_2003);
