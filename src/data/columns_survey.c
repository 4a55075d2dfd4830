/* What the first lines of a file of columns show; see the header. */
#include "data/columns_survey.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "data/documents.h"
#include "data/line_cursor.h"

/* Rows that are counted. Which column holds tags is settled by shares of them: of few rows, one odd word would decide. */
enum { MOST_ROWS = 100 };

typedef struct looker {
    nomen_columns_survey *survey;
    const char *bytes;
    nomen_cells cells;
    size_t line;
    bool inside;                           /* a sentence */
    size_t n_sentence;                     /* rows of it */
    nomen_span before[NOMEN_MOST_COLUMNS]; /* cells of the row before, in `bytes` */
} looker;

static bool is_number(const char *cell, size_t n) {
    size_t i = 0;
    while (i < n && cell[i] >= '0' && cell[i] <= '9') { i++; }
    return n > 0 && i == n;
}

static bool has_letter(const char *cell, size_t n) {
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)cell[i];
        if (c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) { return true; }
    }
    return false;
}

/* Types of phrases in the chunking task of CoNLL-2000; no entity is called so. */
static bool is_chunk(const char *tag, size_t n) {
    static const char *const types[] = {"NP",   "VP",  "PP",  "ADJP", "ADVP", "SBAR", "PRT", "CONJP",
                                        "INTJ", "LST", "UCP", "PC",   "NC",   "VC",   NULL};
    if (n < 3) { return false; }
    for (const char *const *type = types; *type != NULL; type++) {
        if (strlen(*type) == n - 2 && memcmp(*type, tag + 2, n - 2) == 0) { return true; }
    }
    return false;
}

/* "*" with or without a bracket before it, "(X)" and "*)". */
static bool is_star(const char *cell, size_t n) {
    if (n == 0) { return false; }
    bool opens = cell[0] == '(', closes = cell[n - 1] == ')', star = memchr(cell, '*', n) != NULL;
    if (n == 1) { return star; }
    return (opens && (star || closes) && n > 2) || (star && closes && cell[0] == '*');
}

/* Whether a column goes on counting, through the file or from 0 or 1 in each sentence. */
static bool goes_on(nomen_column_facts *facts, const char *cell, size_t n, bool first) {
    if (!is_number(cell, n) || n > 6) { return false; }
    size_t value = 0, expected = facts->expected;
    for (size_t i = 0; i < n; i++) { value = value * 10 + (size_t)(cell[i] - '0'); }
    facts->expected = value + 1;
    return value == expected || (first && value <= 1);
}

static void look_at_cell(looker *l, size_t column, const char *cell, size_t n) {
    nomen_column_facts *facts = &l->survey->columns[column];
    const nomen_span *before = &l->before[column];
    bool first = l->n_sentence == 0, tag = nomen_is_tag(cell, n), strong = tag && n > 1;
    facts->n_tags += tag;
    facts->n_strong += strong;
    facts->n_chunks += strong && is_chunk(cell, n);
    facts->n_numbers += is_number(cell, n);
    facts->n_letters += has_letter(cell, n);
    facts->n_stars += is_star(cell, n);
    facts->n_opened += is_star(cell, n) && cell[0] == '(';
    facts->n_counted += goes_on(facts, cell, n, first);
    facts->same = facts->same && (first || (before->end - before->start == n && memcmp(l->bytes + before->start, cell, n) == 0));
    l->before[column] = (nomen_span){(size_t)(cell - l->bytes), (size_t)(cell - l->bytes) + n};
}

/* The titles that a first row may be. */
static void look_at_titles(looker *l, const char *line) {
    nomen_columns_survey *s = l->survey;
    bool word = false, tag = false;
    for (size_t i = 0; i < s->n_columns; i++) {
        const char *cell = line + l->cells.items[i].start;
        size_t n = l->cells.items[i].end - l->cells.items[i].start;
        nomen_role role = nomen_role_of(cell, n);
        s->columns[i].role = role;
        word = word || role == NOMEN_ROLE_WORD || role == NOMEN_ROLE_TEXT;
        tag = tag || role == NOMEN_ROLE_TAG;
        s->maybe_tag[i] = nomen_is_tag(cell, n);
    }
    if (word && tag) { s->header_line = l->line; }
    if (word && !tag) { s->maybe_header = l->line; }
    for (size_t i = 0; i < s->n_columns && !word; i++) { s->columns[i].role = NOMEN_ROLE_NONE; }
}

static void look_at_row(looker *l, const char *line) {
    nomen_columns_survey *s = l->survey;
    for (size_t i = 0; i < s->n_columns; i++) {
        if (s->n_rows < 2) {
            size_t start = (size_t)(line - l->bytes);
            s->rows[s->n_rows][i] = (nomen_span){start + l->cells.items[i].start, start + l->cells.items[i].end};
            s->row_lines[s->n_rows] = l->line;
        }
        look_at_cell(l, i, line + l->cells.items[i].start, l->cells.items[i].end - l->cells.items[i].start);
    }
    s->n_rows++;
    l->n_sentence++;
    if (l->n_sentence > s->longest) { s->longest = l->n_sentence; }
    l->inside = true;
}

/* "# global.columns = ID FORM ... NE": the places of the word and of the entity. */
static void look_at_global_columns(nomen_columns_survey *s, const char *line, size_t n_bytes) {
    static const char mark[] = "# global.columns = ";
    static const char *const words[] = {"FORM", NULL};
    static const char *const tags[] = {"NE", "NER", "ENTITY", "ENTITIES", "ENT", "BIO", "IOB", "NAMED_ENTITY", NULL};
    size_t at = sizeof mark - 1, column = 0;
    if (n_bytes <= at || memcmp(line, mark, at) != 0) { return; }
    for (; at < n_bytes; column++) {
        size_t end = at;
        while (end < n_bytes && !nomen_is_blank(line[end])) { end++; }
        for (size_t i = at; i < end; i++) {
            if (line[i] == ':') { at = i + 1; } /* what stands before it names the corpus */
        }
        for (size_t i = 0; words[i] != NULL; i++) {
            if (strlen(words[i]) == end - at && strncasecmp(words[i], line + at, end - at) == 0) { s->named_word = column; }
        }
        for (size_t i = 0; tags[i] != NULL; i++) {
            if (strlen(tags[i]) == end - at && strncasecmp(tags[i], line + at, end - at) == 0) { s->named_tag = column; }
        }
        at = end;
        while (at < n_bytes && nomen_is_blank(line[at])) { at++; }
    }
}

/* Whether a line stands between sentences and is no row; marks what it shows. */
static bool is_between(looker *l, const char *line, size_t n_bytes) {
    nomen_columns_survey *s = l->survey;
    nomen_line_mark mark = nomen_line_mark_of(line, n_bytes, l->inside);
    if (mark == NOMEN_LINE_WORD) { return false; }
    if (mark == NOMEN_LINE_DOCUMENT && n_bytes > 6 && memcmp(line, "#begin", 6) == 0) { s->conll_2012 = true; }
    if (mark == NOMEN_LINE_COMMENT || line[0] == '#') {
        static const char *const marks[] = {"# sent_id", "# text", "# newdoc", "# newpar", "# global.columns", NULL};
        for (const char *const *m = marks; *m != NULL; m++) {
            s->conll_u = s->conll_u || (n_bytes > strlen(*m) && memcmp(line, *m, strlen(*m)) == 0);
        }
        look_at_global_columns(s, line, n_bytes);
    }
    return true;
}

static nomen_status look_at_line(looker *l, const char *line, size_t n_bytes, nomen_error *err) {
    nomen_columns_survey *s = l->survey;
    nomen_status status;
    bool first = s->n_columns == 0, tabs = first ? memchr(line, '\t', n_bytes) != NULL : s->tabs;
    NOMEN_TRY(nomen_cells_cut(&l->cells, line, n_bytes, tabs, s->n_columns, err));
    if (l->cells.n < 2 || (!first && l->cells.n != s->n_columns)) { return NOMEN_OK; } /* a comment, or a fault for the reader */
    if (first && line[0] == '#' && tabs && l->cells.n > 2) { return NOMEN_OK; }
    const nomen_span *cell = &l->cells.items[0], *last = &l->cells.items[l->cells.n - 1];
    bool tagged = nomen_is_tag(line + last->start, last->end - last->start);
    if (line[0] == '#' && !l->inside && !tagged) { return NOMEN_OK; } /* maybe a comment: it says nothing of the columns */
    if (first) {
        s->tabs = tabs;
        s->n_columns = l->cells.n < NOMEN_MOST_COLUMNS ? l->cells.n : NOMEN_MOST_COLUMNS;
        s->first_line = l->line;
        for (size_t i = 0; i < s->n_columns; i++) { s->columns[i].same = true; }
        look_at_titles(l, line);
        if (s->header_line > 0 || s->maybe_header > 0) { return NOMEN_OK; }
    }
    if (s->n_columns > 2 && nomen_is_extra_token(line + cell->start, cell->end - cell->start)) { return NOMEN_OK; }
    look_at_row(l, line);
done:
    return status;
}

nomen_status nomen_columns_look(const char *bytes, size_t n_bytes, nomen_columns_survey *out, nomen_error *err) {
    *out = (nomen_columns_survey){.named_word = SIZE_MAX, .named_tag = SIZE_MAX};
    looker l = {.survey = out, .bytes = bytes};
    size_t most = nomen_looked_at(n_bytes);
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = most};
    nomen_status status = NOMEN_OK;
    for (size_t at, end; out->n_rows < MOST_ROWS && nomen_line_cursor_next(&lines, &at, &end);) {
        size_t blank = at, n = end - at;
        l.line = lines.line;
        if (lines.next == most && most < n_bytes) { break; } /* cut off */
        while (blank < end && nomen_is_blank(bytes[blank])) { blank++; }
        if (blank == end || is_between(&l, bytes + at, n)) {
            out->n_blank += blank == end && out->n_columns > 0;
            l.inside = false;
            l.n_sentence = 0;
            continue;
        }
        NOMEN_TRY(look_at_line(&l, bytes + at, n, err));
    }
done:
    nomen_cells_clear(&l.cells);
    return status;
}
