/*
 * The seed's CSV: a header with the columns `text` and `labels` in any order among others, then a row
 * a sentence. Words and labels are cut at U+0020 and nowhere else: GMB has words that are, or hold,
 * other kinds of white space. Tables like it are read too: other titles, other separators, lists in cells (table.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/format.h"
#include "data/names_beside.h"
#include "data/table_read.h"

/* Where what is read stands; document is SIZE_MAX for none. */
typedef struct seed_reader {
    nomen_table table;
    size_t document;
    nomen_list texts, tags;   /* of a row whose cells are lists */
    nomen_number_names names; /* of tags that are numbers */
    bool names_read;
    nomen_buffer joined, title; /* `title`: of the tags' column */
} seed_reader;

/* The names of tags that are numbers: those that were given, or that lie beside the file for this column. */
static nomen_status read_names(nomen_builder *builder, seed_reader *r, nomen_error *err) {
    if (r->names_read) { return NOMEN_OK; }
    r->names_read = true;
    if (builder->options->tag_names != NULL) { return nomen_number_names_read(builder->options->tag_names, &r->names, err); }
    return nomen_names_beside(builder, r->title.data, &r->names, err);
}

/* Puts names in the place of the list's numbers; *good is false after a fault. */
static nomen_status name_numbers(nomen_builder *builder, seed_reader *r, const nomen_csv *csv, bool *good, nomen_error *err) {
    size_t n_items = r->tags.n_items;
    nomen_status status;
    NOMEN_TRY(read_names(builder, r, err));
    *good = r->names.names.n > 0;
    if (!*good) {
        return nomen_error_remedy(err, NOMEN_REMEDY_TAG_NAMES,
                                  nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, csv->row_line, err,
                                                         "the tags are numbers; state their names in order"));
    }
    for (size_t i = 0; i < n_items; i++) {
        size_t n, start = r->tags.bytes.size;
        const char *item = nomen_list_item(&r->tags, i, &n);
        char digits[16] = ""; /* nomen_list_parse takes nine */
        memcpy(digits, item, n < sizeof digits ? n : sizeof digits - 1);
        long long number = strtoll(digits, NULL, 10);
        const char *name = nomen_number_name(&r->names, number);
        *good = name != NULL;
        if (!*good) {
            return nomen_error_remedy(err, NOMEN_REMEDY_TAG_NAMES,
                                      nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, csv->row_line, err,
                                                             "there is no name for the tag %lld%s%s; state all names", number,
                                                             r->names.beside != NULL ? " in " : "",
                                                             r->names.beside != NULL ? r->names.beside : ""));
        }
        NOMEN_TRY(nomen_buffer_append_text(&r->tags.bytes, name, err));
        r->tags.items[i] = (nomen_span){start, r->tags.bytes.size};
    }
done:
    return status;
}

/* Parses a cell that must be a list, as those of the first rows are. Numbers are good in a list of tags (`bare`) alone. */
static nomen_status parse_list(nomen_builder *builder, const nomen_csv *csv, size_t column, bool bare, nomen_list *list,
                               bool *good, nomen_list_kind *out, nomen_error *err) {
    size_t n;
    char seen[NOMEN_EXCERPT_SIZE];
    const char *cell = nomen_csv_field(csv, column, &n);
    nomen_list_kind kind;
    nomen_status status = nomen_list_parse(cell, n, bare, list, &kind, err);
    *good = kind == NOMEN_LIST_TEXTS || kind == NOMEN_LIST_NUMBERS;
    *out = kind;
    if (status != NOMEN_OK || *good) { return status; }
    if (kind == NOMEN_LIST_SHORTENED) {
        return nomen_builder_fault(
            builder, csv->row_line, err,
            "numpy abbreviated the list '%s' with '...' when it printed it; save the table again with its lists as JSON",
            nomen_excerpt(seen, cell, n));
    }
    return nomen_builder_fault(builder, csv->row_line, err, "'%s' is not a list, but the cells of the first rows are; correct it",
                               nomen_excerpt(seen, cell, n));
}

/* A row of a list of words and a list of tags. */
static nomen_status add_lists(nomen_builder *builder, const seed_reader *r, const nomen_csv *csv, nomen_error *err) {
    size_t n_word, n_tag;
    nomen_status status = NOMEN_OK;
    if (r->texts.n_items != r->tags.n_items) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COUNTS, csv->row_line, err,
                                      "%zu words but %zu labels in the lists; each word "
                                      "needs one label",
                                      r->texts.n_items, r->tags.n_items);
    }
    if (r->texts.n_items == 0) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_EMPTY, csv->row_line, err, "the text has no words; remove the row");
    }
    nomen_builder_begin(builder, csv->row_line);
    for (size_t i = 0; i < r->texts.n_items; i++) {
        const char *word = nomen_list_item(&r->texts, i, &n_word), *tag = nomen_list_item(&r->tags, i, &n_tag);
        NOMEN_TRY(nomen_builder_add(builder, word, n_word, tag, n_tag, csv->row_line, err));
    }
    status = nomen_builder_end(builder, err);
done:
    return status;
}

/* A row of a text and a list of tags: that of tags between spaces. */
static nomen_status add_list_of_tags(nomen_builder *builder, seed_reader *r, const nomen_csv *csv, const char *text,
                                     size_t n_text, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    nomen_buffer_reset(&r->joined);
    for (size_t i = 0; i < r->tags.n_items; i++) {
        size_t n;
        const char *tag = nomen_list_item(&r->tags, i, &n);
        NOMEN_TRY(nomen_buffer_append_text(&r->joined, i > 0 ? " " : "", err));
        NOMEN_TRY(nomen_buffer_append(&r->joined, tag, n, err));
    }
    NOMEN_TRY(nomen_buffer_append_text(&r->joined, "", err));
    status = nomen_builder_add_row(builder, text, n_text, r->joined.data, r->joined.size, csv->row_line, err);
done:
    return status;
}

static nomen_status read_cells(nomen_builder *builder, seed_reader *r, const nomen_csv *csv, nomen_error *err) {
    const nomen_table *t = &r->table;
    size_t n_text, n_tags;
    bool good = true;
    nomen_status status = NOMEN_OK;
    const char *text = nomen_csv_field(csv, t->text, &n_text), *tags = nomen_csv_field(csv, t->tag, &n_tags);
    if (t->tag_commas) {
        nomen_buffer_reset(&r->joined);
        NOMEN_TRY(nomen_buffer_append(&r->joined, tags, n_tags, err));
        for (char *at = r->joined.data; (at = memchr(at, ',', (size_t)(r->joined.data + n_tags - at))) != NULL; at++) {
            *at = ' ';
        }
        tags = r->joined.data;
    }
    if (!t->tag_is_list) { return nomen_builder_add_row(builder, text, n_text, tags, n_tags, csv->row_line, err); }
    nomen_list_kind kind;
    NOMEN_TRY(parse_list(builder, csv, t->tag, true, &r->tags, &good, &kind, err));
    if (good && kind == NOMEN_LIST_NUMBERS) { NOMEN_TRY(name_numbers(builder, r, csv, &good, err)); }
    if (!good) { return NOMEN_OK; }
    if (!t->text_is_list) { return add_list_of_tags(builder, r, csv, text, n_text, err); }
    NOMEN_TRY(parse_list(builder, csv, t->text, false, &r->texts, &good, &kind, err));
    if (good) { status = add_lists(builder, r, csv, err); }
done:
    return status;
}

static nomen_status read_row(nomen_builder *builder, seed_reader *r, const nomen_csv *csv, nomen_error *err) {
    size_t n_columns = r->table.n_columns;
    if (csv->n_fields != n_columns) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, csv->row_line, err, "%zu field%s, but the header has %zu; %s",
                                      csv->n_fields, csv->n_fields == 1 ? "" : "s", n_columns,
                                      csv->n_fields < n_columns   ? "fill every column"
                                      : r->table.delimiter == ',' ? "a text with a comma in it must be in quotes"
                                                                  : "a text with the separator in it must be in quotes");
    }
    if (r->document != SIZE_MAX) {
        size_t n;
        const char *document = nomen_csv_field(csv, r->document, &n);
        nomen_status status = nomen_document_name(builder, document, n, err);
        if (status != NOMEN_OK) { return status; }
    }
    return read_cells(builder, r, csv, err);
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    seed_reader r = {0};
    nomen_csv csv;
    bool found = true;
    nomen_status status;
    nomen_csv_open(&csv, bytes, n_bytes, ',');
    NOMEN_TRY(nomen_table_open(builder, bytes, n_bytes, &r.table, &csv, &r.document, err));
    size_t n_title;
    const char *title = nomen_csv_field(&csv, r.table.tag, &n_title);
    NOMEN_TRY(nomen_buffer_append(&r.title, title, n_title, err));
    while (found && !nomen_builder_full(builder)) {
        status = nomen_csv_next(&csv, &found, err);
        if (status == NOMEN_ERROR_DATA) {
            NOMEN_TRY(nomen_builder_fault_of(builder, NOMEN_FAULT_QUOTE, csv.fault_line, err, "%s", csv.fault));
        } else if (status == NOMEN_OK && found) {
            NOMEN_TRY(read_row(builder, &r, &csv, err));
        } else if (status != NOMEN_OK) {
            goto done;
        }
    }
done:
    nomen_csv_close(&csv);
    nomen_list_clear(&r.texts);
    nomen_list_clear(&r.tags);
    nomen_number_names_clear(&r.names);
    nomen_buffer_clear(&r.title);
    nomen_buffer_clear(&r.joined);
    return status;
}

/* A NUL can't stand in a text file, and a space inside a word would part it; the no-break space looks the same. */
static const char *stand_in(unsigned char byte) {
    return byte == ' ' ? "\xc2\xa0" : byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

/* Whether the text, cut at U+0020, gives the words. */
static bool is_cut_at_spaces(const nomen_writer *writer, size_t sentence) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const nomen_span *words = writer->set->words + s->first_word;
    const char *text = nomen_sentence_text(writer->set, sentence);
    size_t at = 0;
    for (size_t w = 0; w <= s->n_words; w++) {
        size_t start = w < s->n_words ? words[w].start : s->text_size;
        if (w > 0 && w < s->n_words && start == at) { return false; } /* two words without a space between */
        for (; at < start; at++) {
            if (text[at] != ' ') { return false; }
        }
        if (w == s->n_words) { break; }
        for (; at < words[w].end; at++) {
            if (text[at] == ' ') { return false; }
        }
    }
    return memchr(text, '\0', s->text_size) == NULL;
}

static nomen_status write_text(nomen_writer *writer, size_t sentence, nomen_buffer *row, nomen_error *err) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    if (is_cut_at_spaces(writer, sentence)) {
        return nomen_csv_append_field(&writer->out, nomen_sentence_text(writer->set, sentence), s->text_size, err);
    }
    nomen_status status = NOMEN_OK;
    nomen_writer_note_spacing(writer, sentence);
    size_t start = writer->out.size;
    for (size_t w = 0; w < s->n_words; w++) {
        if (w > 0) { NOMEN_TRY(nomen_buffer_append_byte(&writer->out, ' ', err)); }
        NOMEN_TRY(nomen_writer_append_word(writer, sentence, w, stand_in, err));
    }
    status = nomen_csv_quote_from(&writer->out, start, row, err);
done:
    return status;
}

static nomen_status write_labels(nomen_writer *writer, size_t sentence, nomen_buffer *row, nomen_error *err) {
    nomen_status status;
    nomen_buffer *out = &writer->out;
    size_t start = out->size;
    NOMEN_TRY(nomen_writer_tags(writer, sentence, err));
    for (size_t w = 0; w < writer->set->sentences[sentence].n_words; w++) {
        const nomen_tag_name *tag = &writer->sentence_tags[w];
        if (w > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err)); }
        NOMEN_TRY(nomen_buffer_append(out, tag->text, tag->n_bytes, err));
    }
    /* Bare tags, as nearly all are, need not be looked at. */
    status = writer->tags.in_csv_bare ? NOMEN_OK : nomen_csv_quote_from(out, start, row, err);
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    nomen_buffer row = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, "text,labels\n", err));
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(write_text(writer, s, &row, err));
        NOMEN_TRY(nomen_buffer_append_byte(&writer->out, ',', err));
        NOMEN_TRY(write_labels(writer, s, &row, err));
        NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '\n', err));
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    nomen_buffer_clear(&row);
    return status;
}

static bool looks_like(const nomen_probe *probe) {
    return probe->table->shape == NOMEN_TABLE_SENTENCES;
}

const nomen_format nomen_format_seed_csv = {.format = NOMEN_DATA_SEED_CSV,
                                            .key = "csv",
                                            .form = "a table with one sentence per row: text,labels",
                                            .name = "seed CSV",
                                            .suffix = ".csv",
                                            .holds = NOMEN_HOLDS_SPACING,
                                            .has = NOMEN_HAS_VALUES,
                                            .advice = "add rows below the header",
                                            .looks_like = looks_like,
                                            .read = read_all,
                                            .write = write_all};
