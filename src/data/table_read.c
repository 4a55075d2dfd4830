/* What the readers of tables begin with; see the header. */
#include "data/table_read.h"

#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "data/documents.h"
#include "data/excerpt.h"

/* No header, or one that lacks a column that a file of this format needs. */
static nomen_status refuse_header(const nomen_builder *builder, const nomen_csv *csv, nomen_error *err) {
    bool tokens = builder->set.format == NOMEN_DATA_LONG_CSV;
    static const char *const seed[] = {"text", "labels", NULL}, *const all[] = {"Sentence #", "Word", "Tag", NULL};
    const char *const *titles = tokens ? all : seed;
    while (titles[1] != NULL && nomen_csv_column(csv, *titles) >= 0) { titles++; }
    return nomen_table_refuse(csv, builder->name, csv->n_fields > 0 ? csv->row_line : 1, *titles, tokens, err);
}

/* What messages about the whole file call the columns. */
static void name_columns(nomen_builder *builder, const nomen_table *t, const nomen_csv *csv) {
    char seen[NOMEN_EXCERPT_SIZE];
    size_t n;
    const char *title = nomen_csv_field(csv, t->text, &n);
    snprintf(builder->word_place, sizeof builder->word_place, "column '%s'", nomen_excerpt(seen, title, n));
    title = nomen_csv_field(csv, t->tag, &n);
    snprintf(builder->tag_place, sizeof builder->tag_place, "column '%s'", nomen_excerpt(seen, title, n));
}

static void report(const nomen_builder *builder, const nomen_table *t, const nomen_csv *csv) {
    static const struct {
        char delimiter;
        const char *name;
    } names[] = {{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}};
    char text[NOMEN_EXCERPT_SIZE], tag[NOMEN_EXCERPT_SIZE], sentence[NOMEN_EXCERPT_SIZE];
    size_t n, i = 0;
    if (builder->set.notes.sink != NULL || (t->usual && !t->tag_is_list)) { return; }
    while (names[i].delimiter != t->delimiter) { i++; }
    const char *title = nomen_csv_field(csv, t->text, &n);
    nomen_excerpt(text, title, n);
    title = nomen_csv_field(csv, t->tag, &n);
    nomen_excerpt(tag, title, n);
    if (t->shape == NOMEN_TABLE_SENTENCES) {
        nomen_log_info("%s: a table separated by %s, one sentence per row: %s in '%s', %s in '%s'", builder->name, names[i].name,
                       t->text_is_list ? "lists of words" : "texts", text, t->tag_is_list ? "lists of tags" : "tags", tag);
    } else if (t->sentence != SIZE_MAX) {
        title = nomen_csv_field(csv, t->sentence, &n);
        nomen_log_info("%s: a table separated by %s, one word per row: words in '%s', tags in '%s', sentences by '%s'",
                       builder->name, names[i].name, text, tag, nomen_excerpt(sentence, title, n));
    } else {
        nomen_log_info("%s: a table separated by %s, one word per row: words in '%s', tags in '%s', %s", builder->name,
                       names[i].name, text, tag, t->one_sentence ? "all in one sentence" : "empty rows between sentences");
    }
    if (t->other != SIZE_MAX) {
        title = nomen_csv_field(csv, t->other, &n);
        nomen_log_info("%s: the column '%s' is not read", builder->name, nomen_excerpt(text, title, n));
    }
}

nomen_status nomen_table_open(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_table *table, nomen_csv *csv,
                              size_t *document, nomen_error *err) {
    bool found = false;
    nomen_status status;
    NOMEN_TRY(nomen_table_find(bytes, n_bytes, builder->name, builder->options, table, err));
    nomen_csv_close(csv);
    nomen_csv_open(csv, bytes, n_bytes, table->delimiter);
    status = nomen_csv_next(csv, &found, err);
    if (status == NOMEN_ERROR_DATA) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: %s", builder->name, csv->fault_line, csv->fault);
    }
    if (status != NOMEN_OK) { return status; }
    if (table->shape == NOMEN_TABLE_NONE) { return refuse_header(builder, csv, err); }
    NOMEN_TRY(nomen_document_column(builder, csv, document, err));
    if (*document == table->text || *document == table->tag) { *document = SIZE_MAX; }
    size_t n_read = *document != SIZE_MAX ? 3 : 2;
    n_read += table->shape == NOMEN_TABLE_TOKENS && table->sentence != SIZE_MAX;
    builder->set.notes.counts[NOMEN_NOTE_FIELDS] = table->n_columns - (n_read < table->n_columns ? n_read : table->n_columns);
    name_columns(builder, table, csv);
    report(builder, table, csv);
done:
    return status;
}
