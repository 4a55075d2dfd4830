/*
 * CoNLL columns: a line a token, first column the word, last the tag unless others are named; a line of white space ends a
 * sentence, -DOCSTART- a document. The first line of columns settles for the whole file whether tabs
 * or spaces part them and how many there are: a line that lacks its tag must not pass off the column
 * before it as one.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/lines.h"
#include "data/format.h"

/* So many blank lines together part documents, where they are asked to. */
enum { BLANK_LINES = 2 };

typedef struct conll_shape {
    bool tabs;        /* one tab parts two columns; otherwise runs of spaces and tabs do */
    size_t n_columns; /* 0 until the first line of columns */
    size_t line;      /* of that line */
    bool plain;       /* a word, a tab and its tag; no column was asked for */
    size_t n_blank;   /* blank lines since the last that was not; at first as many as it takes */
    int word, tag;    /* columns that were asked for, as place_of takes them; 0: by content */
    int document;     /* column that names the document, as place_of takes it; 0 for none */

    nomen_span *columns; /* of the line at hand, n of them */
    size_t n, capacity;
} conll_shape;

static nomen_status add_column(conll_shape *shape, size_t start, size_t end, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(shape->columns, shape->capacity, shape->n + 1, err);
    if (status == NOMEN_OK) { shape->columns[shape->n++] = (nomen_span){start, end}; }
    return status;
}

/* Cuts at single tabs. Empty columns behind the first n_columns do not count: some files end lines in a tab. */
static nomen_status cut_at_tabs(conll_shape *shape, const char *bytes, size_t n_bytes, nomen_error *err) {
    shape->n = 0;
    for (size_t at = 0; at <= n_bytes;) {
        size_t end = nomen_find_near(bytes, at, n_bytes, '\t');
        nomen_status status = add_column(shape, at, end, err);
        if (status != NOMEN_OK) { return status; }
        at = end + 1;
    }
    while (shape->n > shape->n_columns && shape->columns[shape->n - 1].start == shape->columns[shape->n - 1].end) {
        shape->n--;
    }
    return NOMEN_OK;
}

static nomen_status cut_at_blanks(conll_shape *shape, const char *bytes, size_t n_bytes, nomen_error *err) {
    shape->n = 0;
    for (size_t i = 0; i < n_bytes;) {
        while (i < n_bytes && nomen_lines_is_blank(bytes[i])) { i++; }
        size_t start = i;
        while (i < n_bytes && !nomen_lines_is_blank(bytes[i])) { i++; }
        nomen_status status = i == start ? NOMEN_OK : add_column(shape, start, i, err);
        if (status != NOMEN_OK) { return status; }
    }
    return NOMEN_OK;
}

/* The place of a column that was asked for by number, from 1, or from the last by -1, -2...; n or more: it is absent. */
static size_t place_of(int column, size_t n, size_t otherwise) {
    if (column == 0) { return otherwise; }
    return column > 0 ? (size_t)column - 1 : (size_t)-(long)column <= n ? n - (size_t)-(long)column : n;
}

static nomen_status put_token(nomen_builder *builder, const conll_shape *shape, const char *bytes, size_t line,
                              nomen_error *err) {
    size_t word = place_of(shape->word, shape->n, 0);
    size_t tag = place_of(shape->tag, shape->n, shape->n - 1);
    if (word >= shape->n || tag >= shape->n) {
        return nomen_builder_fault(builder, line, err, "%zu columns, so there is no column %d for the %s; name another",
                                   shape->n, word >= shape->n ? shape->word : shape->tag,
                                   word >= shape->n ? "word" : "tag");
    }
    nomen_span w = shape->columns[word], t = shape->columns[tag];
    return nomen_builder_add(builder, bytes + w.start, w.end - w.start, bytes + t.start, t.end - t.start, line, err);
}

/* Whether the sentence that the line opens begins a document: by the blank lines before it, or by its column. */
static nomen_status find_document(nomen_builder *builder, const conll_shape *shape, const char *bytes, size_t line,
                                  nomen_error *err) {
    if (builder->options->documents == NOMEN_DOCUMENTS_BLANK && shape->n_blank >= BLANK_LINES) { nomen_document_begin(builder); }
    size_t at = place_of(shape->document, shape->n, SIZE_MAX);
    bool whole = shape->n_columns == 0 || shape->n == shape->n_columns;
    if (shape->document == 0 || !whole || shape->n < 2) { return NOMEN_OK; }
    if (at >= shape->n) {
        return nomen_builder_fault(builder, line, err, "%zu columns, so there is no column %d for the document; name another",
                                   shape->n, shape->document);
    }
    return nomen_document_name(builder, bytes + shape->columns[at].start, shape->columns[at].end - shape->columns[at].start,
                               err);
}

static nomen_status read_token(nomen_builder *builder, conll_shape *shape, const char *bytes, size_t n_bytes,
                               size_t line, nomen_error *err) {
    char seen[NOMEN_EXCERPT_SIZE];
    bool tabs = shape->n_columns == 0 ? memchr(bytes, '\t', n_bytes) != NULL : shape->tabs;
    nomen_status status = tabs ? cut_at_tabs(shape, bytes, n_bytes, err) : cut_at_blanks(shape, bytes, n_bytes, err);
    if (status != NOMEN_OK) { return status; }
    if (!builder->open) {
        nomen_builder_begin(builder, line);
        NOMEN_TRY(find_document(builder, shape, bytes, line, err));
        builder->sentence.document_start = builder->document_start;
    }
    if (shape->n < 2) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, line, err,
                                   "one column in '%s'; a word and its tag are needed, parted by a %s",
                                   nomen_excerpt(seen, bytes, n_bytes), tabs || shape->n_columns == 0 ? "tab" : "space");
    }
    if (shape->n_columns == 0) {
        shape->tabs = tabs;
        shape->n_columns = shape->n;
        shape->line = line;
        shape->plain = tabs && shape->n == 2 && shape->document == 0 && shape->word == 0 && shape->tag == 0;
        builder->set.notes.counts[NOMEN_NOTE_FIELDS] = shape->n - 2 - (shape->document != 0 && shape->n > 2);
    }
    if (shape->n != shape->n_columns) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, line, err,
                                   "%zu columns in '%s' where line %zu has %zu; every line needs the same columns",
                                   shape->n, nomen_excerpt(seen, bytes, n_bytes), shape->line, shape->n_columns);
    }
    status = put_token(builder, shape, bytes, line, err);
done:
    return status;
}

/* The tab of a line inside a sentence that is a word and its tag and can be nothing else, as most are; 0 for any other. */
static size_t find_tab(const nomen_builder *builder, const conll_shape *shape, const char *bytes, size_t n_bytes) {
    if (!builder->open || !shape->plain || n_bytes < 3 || (unsigned char)bytes[0] <= ' ' || bytes[0] == '#' || bytes[0] == '-') { return 0; }
    size_t tab = nomen_find_near(bytes, 1, n_bytes, '\t');
    return tab + 1 < n_bytes && nomen_find_near(bytes, tab + 1, n_bytes, '\t') == n_bytes ? tab : 0;
}

static nomen_status read_line(nomen_builder *builder, conll_shape *shape, const char *bytes, size_t n_bytes,
                              size_t line, nomen_error *err) {
    size_t n_blank = 0, tab = find_tab(builder, shape, bytes, n_bytes);
    if (tab > 0) { return nomen_builder_add(builder, bytes, tab, bytes + tab + 1, n_bytes - tab - 1, line, err); }
    while (n_blank < n_bytes && nomen_lines_is_blank(bytes[n_blank])) { n_blank++; }
    bool maybe = n_bytes > 0 && (bytes[0] == '#' || bytes[0] == NOMEN_DOCUMENT_MARK[0]);
    nomen_line_mark mark = maybe ? nomen_line_mark_of(bytes, n_bytes, builder->open) : NOMEN_LINE_WORD;
    if (n_blank < n_bytes && mark == NOMEN_LINE_WORD) {
        nomen_status status = read_token(builder, shape, bytes, n_bytes, line, err);
        shape->n_blank = 0;
        return status;
    }
    shape->n_blank += n_blank == n_bytes;
    if (mark == NOMEN_LINE_DOCUMENT) { /* behind the end of the sentence before it */
        nomen_status status = nomen_builder_end(builder, err);
        nomen_document_begin(builder);
        return status;
    }
    builder->set.notes.counts[NOMEN_NOTE_FIELDS] += mark == NOMEN_LINE_COMMENT;
    return nomen_builder_end(builder, err);
}

/* The number of a column that was asked for by `text` (NULL: 0); `purpose` and `option` are for the message. */
static nomen_status read_column(const nomen_builder *builder, const char *text, const char *purpose, const char *option, int *out,
                                nomen_error *err) {
    if (text == NULL) { return NOMEN_OK; }
    char *end;
    errno = 0;
    long column = strtol(text, &end, 10);
    if (errno == 0 && end > text && *end == '\0' && column != 0 && labs(column) <= INT_MAX) {
        *out = (int)column;
        return NOMEN_OK;
    }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: columns of CoNLL have no names, so %s '%s'; give its number, from 1, "
                           "or from the last by -1 (%s)", builder->name, purpose, text, option);
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    conll_shape shape = {.n_blank = BLANK_LINES};
    nomen_lines lines = {.bytes = bytes, .n_bytes = n_bytes};
    size_t line = 1;
    nomen_status status;
    const nomen_data_options *options = builder->options;
    const char *document = options->documents == NOMEN_DOCUMENTS_COLUMN ? options->document_column : NULL;
    NOMEN_TRY(read_column(builder, document, "documents can't be parted by", "--documents", &shape.document, err));
    NOMEN_TRY(read_column(builder, options->word_column, "there is none called", "--word-column", &shape.word, err));
    NOMEN_TRY(read_column(builder, options->tag_column, "there is none called", "--tag-column", &shape.tag, err));
    for (size_t at = 0; at < n_bytes && !nomen_builder_full(builder); line++) {
        size_t next = nomen_lines_end(&lines, at), end = next;
        while (end > at && nomen_lines_is_end(bytes[end - 1])) { end--; }
        NOMEN_TRY(read_line(builder, &shape, bytes + at, end - at, line, err));
        at = next;
    }
    status = nomen_builder_end(builder, err);
done:
    nomen_mem_free(shape.columns);
    return status;
}

/* In place of what would end a line or part two columns. */
static const char *for_tabs(unsigned char byte) {
    return byte == '\t' || byte == '\n' || byte == '\r' ? " " : byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

static const char *for_spaces(unsigned char byte) {
    return nomen_lines_is_blank((char)byte) || byte == '\n' || byte == '\r' ? "\xc2\xa0" : byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

/* How a line is made: what stands between word and tag, and the mark of a document. */
typedef struct conll_form {
    const char *between;
    size_t n_between;
    const char *document;
    const char *(*stand_in)(unsigned char byte);
} conll_form;

/* A word in which nothing is replaced, in one go: this is most of the time of writing. */
static nomen_status write_plain(nomen_buffer *out, const conll_form *form, const char *word, size_t n_word,
                                const nomen_tag_name *tag, nomen_error *err) {
    size_t n = n_word + form->n_between + tag->n_bytes + 1;
    nomen_status status = NOMEN_RESERVE(out->data, out->capacity, out->size + n + 1, err);
    if (status != NOMEN_OK) { return status; }
    char *at = out->data + out->size;
    memcpy(at, word, n_word);
    memcpy(at + n_word, form->between, form->n_between);
    memcpy(at + n_word + form->n_between, tag->text, tag->n_bytes);
    memcpy(at + n - 1, "\n", 2);
    out->size += n;
    return NOMEN_OK;
}

static nomen_status write_word(nomen_writer *writer, const conll_form *form, size_t sentence, size_t word,
                               nomen_error *err) {
    nomen_buffer *out = &writer->out;
    size_t n, n_plain = 0;
    const char *bytes = nomen_writer_word(writer, sentence, word, &n);
    nomen_status status;
    while (n_plain < n && (unsigned char)bytes[n_plain] > ' ') { n_plain++; }
    if (n_plain == n && bytes[0] != NOMEN_DOCUMENT_MARK[0]) {
        return write_plain(out, form, bytes, n, &writer->sentence_tags[word], err);
    }
    size_t n_changed = writer->notes.counts[NOMEN_NOTE_CHARACTERS];
    bool mark = nomen_is_docstart(bytes, n); /* such a word would be read as one */
    if (mark) { NOMEN_TRY(nomen_buffer_append_text(out, "\xc2\xa0", err)); }
    NOMEN_TRY(nomen_writer_put_word(writer, sentence, word, form->stand_in, err));
    if (mark && writer->notes.counts[NOMEN_NOTE_CHARACTERS] == n_changed) { /* else it was counted for another character */
        nomen_note(&writer->notes, NOMEN_NOTE_CHARACTERS, writer->set->path, writer->set->sentences[sentence].line,
                   "the word '%s' gets a no-break space before it", NOMEN_DOCUMENT_MARK);
    }
    NOMEN_TRY(nomen_buffer_append(out, form->between, form->n_between, err));
    NOMEN_TRY(nomen_buffer_append(out, writer->sentence_tags[word].text, writer->sentence_tags[word].n_bytes, err));
    status = nomen_buffer_append_byte(out, '\n', err);
done:
    return status;
}

static nomen_status write_form(nomen_writer *writer, const conll_form *form, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        const nomen_sentence *sentence = &writer->set->sentences[s];
        if (s > 0) { NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '\n', err)); }
        if (sentence->document_start) {
            NOMEN_TRY(nomen_buffer_append_text(&writer->out, NOMEN_DOCUMENT_MARK, err));
            NOMEN_TRY(nomen_buffer_append_text(&writer->out, form->document, err));
        }
        if (!nomen_writer_is_joined(writer, s)) { nomen_writer_note_spacing(writer, s); }
        NOMEN_TRY(nomen_writer_tags(writer, s, err));
        for (size_t w = 0; w < sentence->n_words; w++) { NOMEN_TRY(write_word(writer, form, s, w, err)); }
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    return status;
}

static nomen_status write_conll(nomen_writer *writer, nomen_error *err) {
    return write_form(writer, &(conll_form){"\t", 1, "\tO\n\n", for_tabs}, err);
}

static nomen_status write_conll_2002(nomen_writer *writer, nomen_error *err) {
    return write_form(writer, &(conll_form){" _ ", 3, " -X- O\n\n", for_spaces}, err);
}

static nomen_status write_conll_2003(nomen_writer *writer, nomen_error *err) {
    return write_form(writer, &(conll_form){" _ _ ", 5, " -X- -X- O\n\n", for_spaces}, err);
}

static bool has_columns(const char *bytes, size_t n_bytes) {
    bool word = false, gap = false;
    for (size_t i = 0; i < n_bytes; i++) {
        bool blank = nomen_lines_is_blank(bytes[i]);
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

#define CONLL_ROW(number, key_, name_, suffix_, looks_like_, write_)                                                \
    {.format = number, .key = key_, .name = name_, .suffix = suffix_,                                               \
     .holds = NOMEN_HOLDS_DOCUMENTS | NOMEN_HAS_BLANK_LINES | NOMEN_HAS_VALUES,                                     \
     .tag_place = "the last column", .advice = "add lines of a word and its tag", .looks_like = looks_like_, .read = read_all, .write = write_}
const nomen_format nomen_format_conll =
    CONLL_ROW(NOMEN_DATA_CONLL, "conll", "CoNLL", ".conll .tsv .iob .iob2 .bio", looks_like, write_conll);
const nomen_format nomen_format_conll_2002 = CONLL_ROW(NOMEN_DATA_CONLL_2002, "conll2002", "CoNLL-2002", "", NULL, write_conll_2002);
const nomen_format nomen_format_conll_2003 = CONLL_ROW(NOMEN_DATA_CONLL_2003, "conll2003", "CoNLL-2003", "", NULL, write_conll_2003);
