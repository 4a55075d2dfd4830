/*
 * The long CSV of Kaggle's GMB: a header with the columns `Sentence #`, `Word` and `Tag` in any order
 * among others, then a row a token. A sentence is named on its first row; the cells below are empty,
 * or repeat the name. Tables like it are read too: other titles and separators (table.h), and empty rows between
 * sentences where no column names them.
 */
#include <string.h>

#include "base/buffer.h"
#include "data/documents.h"
#include "data/format.h"
#include "data/table_read.h"

typedef struct long_reader {
    nomen_table table;
    size_t document;      /* column; SIZE_MAX for none */
    nomen_buffer current; /* the open sentence's name */
    size_t n_ends;        /* sentences that an empty row ended */
} long_reader;

/* Whether all cells of the row are empty; that of the word decides nearly always. */
static bool is_empty(const nomen_csv *csv, size_t word) {
    bool has_word = word < csv->n_fields && csv->fields[word].end > csv->fields[word].start;
    return !has_word && nomen_csv_is_empty(csv);
}

/* Whether the row goes on with the open sentence: its sentence has the same name, or none. */
static bool goes_on(const nomen_builder *builder, const long_reader *r, const char *name, size_t n_name) {
    if (r->table.sentence == SIZE_MAX) { return builder->open; }
    if (n_name == 0) { return true; }
    return builder->open && n_name == r->current.size && memcmp(r->current.data, name, n_name) == 0;
}

/* Ends the sentence before the row, and opens its own. */
static nomen_status begin_sentence(nomen_builder *builder, long_reader *r, const nomen_csv *csv, const char *name, size_t n_name,
                                   nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_builder_end(builder, err));
    if (nomen_builder_full(builder)) { return NOMEN_OK; }
    nomen_buffer_reset(&r->current);
    NOMEN_TRY(nomen_buffer_append(&r->current, name, n_name, err));
    if (r->document != SIZE_MAX) {
        size_t n_document;
        const char *document = nomen_csv_field(csv, r->document, &n_document);
        NOMEN_TRY(nomen_document_name(builder, document, n_document, err));
    }
    nomen_builder_begin(builder, csv->row_line);
done:
    return status;
}

/* An empty row, or an empty line before one, ends a sentence where no column names sentences. */
static nomen_status end_by_empty_row(nomen_builder *builder, long_reader *r, const nomen_csv *csv, bool empty, nomen_error *err) {
    bool ends = empty || (csv->after_blank && r->table.sentence == SIZE_MAX);
    if (!ends || r->table.one_sentence) { return NOMEN_OK; }
    r->n_ends++;
    return nomen_builder_end(builder, err);
}

/* One token. */
static nomen_status read_row(nomen_builder *builder, long_reader *r, const nomen_csv *csv, nomen_error *err) {
    const nomen_table *t = &r->table;
    nomen_status status = NOMEN_OK;
    bool empty = is_empty(csv, t->text);
    if (empty || csv->after_blank) {
        NOMEN_TRY(end_by_empty_row(builder, r, csv, empty, err));
        if (empty || nomen_builder_full(builder)) { return NOMEN_OK; }
    }
    if (csv->n_fields != t->n_columns) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COLUMNS, csv->row_line, err, "%zu field%s, but the header has %zu; %s",
                                      csv->n_fields, csv->n_fields == 1 ? "" : "s", t->n_columns,
                                      csv->n_fields < t->n_columns ? "fill every column"
                                      : t->delimiter == ','        ? "a word with a comma in it must be in quotes"
                                                                   : "a word with the separator in it must be in quotes");
    }
    size_t n_name = 0, n_word, n_tag;
    const char *name = t->sentence == SIZE_MAX ? "" : nomen_csv_field(csv, t->sentence, &n_name);
    if (!goes_on(builder, r, name, n_name)) {
        NOMEN_TRY(begin_sentence(builder, r, csv, name, n_name, err));
        if (!builder->open) { return NOMEN_OK; } /* full */
    }
    if (!builder->open) {
        return nomen_builder_fault(builder, csv->row_line, err,
                                   "the first row of a sentence must name it, but the cell is empty; fill it in");
    }
    const char *word = nomen_csv_field(csv, t->text, &n_word), *tag = nomen_csv_field(csv, t->tag, &n_tag);
    status = nomen_builder_add(builder, word, n_word, tag, n_tag, csv->row_line, err);
done:
    return status;
}

/* A file without anything between its sentences would be one giant sentence. */
static nomen_status check_ends(const nomen_builder *builder, const long_reader *r, nomen_error *err) {
    if (r->table.sentence != SIZE_MAX || r->table.one_sentence || r->n_ends > 0) { return NOMEN_OK; }
    if (builder->set.n_words < 2) { return NOMEN_OK; } /* one word is one sentence */
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_ONE_SENTENCE,
                                  "%s: nothing shows where a sentence ends: there is neither a column that names sentences nor a "
                                  "blank row between them; name the column, or read all rows as one sentence",
                                  builder->name);
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    long_reader r = {0};
    nomen_csv csv;
    bool found = true;
    nomen_status status;
    nomen_csv_open(&csv, bytes, n_bytes, ',');
    NOMEN_TRY(nomen_table_open(builder, bytes, n_bytes, &r.table, &csv, &r.document, err));
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
    NOMEN_TRY(nomen_builder_end(builder, err));
    status = check_ends(builder, &r, err);
done:
    nomen_buffer_clear(&r.current);
    nomen_csv_close(&csv);
    return status;
}

static const char *stand_in(unsigned char byte) {
    return byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

static nomen_status write_word(nomen_writer *writer, size_t sentence, size_t word, nomen_buffer *cell, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (word == 0) { NOMEN_TRY(nomen_buffer_printf(&writer->out, err, "Sentence: %zu", sentence + 1)); }
    NOMEN_TRY(nomen_buffer_append_byte(&writer->out, ',', err));
    size_t start = writer->out.size;
    NOMEN_TRY(nomen_writer_append_word(writer, sentence, word, stand_in, err));
    NOMEN_TRY(nomen_csv_quote_from(&writer->out, start, cell, err));
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, ",,", err)); /* no part of speech is known */
    const nomen_tag_name *tag = &writer->sentence_tags[word];
    NOMEN_TRY(nomen_csv_append_field(&writer->out, tag->text, tag->n_bytes, err));
    status = nomen_buffer_append_byte(&writer->out, '\n', err);
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    nomen_buffer cell = {0};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, "Sentence #,Word,POS,Tag\n", err));
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(nomen_writer_tags(writer, s, err));
        nomen_writer_note_spacing(writer, s);
        for (size_t w = 0; w < writer->set->sentences[s].n_words; w++) { NOMEN_TRY(write_word(writer, s, w, &cell, err)); }
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    nomen_buffer_clear(&cell);
    return status;
}

static bool looks_like(const nomen_probe *probe) {
    return probe->table->shape == NOMEN_TABLE_TOKENS;
}

const nomen_format nomen_format_long_csv = {.format = NOMEN_DATA_LONG_CSV,
                                            .key = "long-csv",
                                            .form = "a table with one word per row: Sentence #,Word,Tag",
                                            .name = "long CSV",
                                            .suffix = "",
                                            .has = NOMEN_HAS_VALUES,
                                            .word_lines = NOMEN_LINES_WORD | NOMEN_LINES_TEXT,
                                            .advice = "add rows below the header",
                                            .looks_like = looks_like,
                                            .read = read_all,
                                            .write = write_all};
