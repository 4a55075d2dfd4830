/* What the first rows of a table show; see the header. */
#include "data/table_survey.h"

#include <string.h>

#include "data/roles.h"

/* Rows that are counted, as in columns_survey.c. */
enum { MOST_ROWS = 100 };

static size_t count_words(const char *cell, size_t n) {
    size_t n_words = 0;
    for (size_t i = 0; i < n; i++) { n_words += cell[i] != ' ' && (i == 0 || cell[i - 1] == ' '); }
    return n_words;
}

/* Whether a cell holds nothing but tags between the separators. */
static bool are_tags(const char *cell, size_t n, char separator) {
    size_t n_tags = 0;
    for (size_t at = 0; at < n;) {
        size_t end = nomen_find_near(cell, at, n, separator);
        if (end > at && !nomen_is_tag(cell + at, end - at)) { return false; }
        n_tags += end > at;
        at = end + 1;
    }
    return n_tags > 0;
}

/* The same between spaces, between commas, or in a list. */
static bool are_tags_somehow(const char *cell, size_t n, const nomen_list *list, nomen_list_kind kind) {
    if (kind != NOMEN_LIST_TEXTS) { return are_tags(cell, n, ' ') || are_tags(cell, n, ','); }
    for (size_t i = 0; i < list->n_items; i++) {
        size_t n_item;
        const char *item = nomen_list_item(list, i, &n_item);
        if (!nomen_is_tag(item, n_item)) { return false; }
    }
    return list->n_items > 0;
}

/* Goes back to the header. */
nomen_status nomen_table_reopen(nomen_table_finder *f, bool *found, nomen_error *err) {
    nomen_csv_close(&f->csv);
    nomen_csv_open(&f->csv, f->bytes, f->n_bytes, f->table->delimiter);
    return nomen_csv_next(&f->csv, found, err);
}

/* The next row of those that are looked at. A broken quote ends them: the reader will report it. */
static nomen_status next_row(nomen_table_finder *f, size_t *n_rows, bool *found, nomen_error *err) {
    *found = false;
    if ((*n_rows)++ >= MOST_ROWS) { return NOMEN_OK; }
    nomen_status status = nomen_csv_next(&f->csv, found, err);
    bool cut_off = f->csv.at >= f->n_bytes && f->n_bytes < f->n_all;
    if (status == NOMEN_ERROR_DATA || cut_off) { *found = false; }
    return status == NOMEN_ERROR_DATA ? NOMEN_OK : status;
}

/* Counts what one column's cells are. */
nomen_status nomen_table_look_at_column(nomen_table_finder *f, size_t column, nomen_table_column_facts *out, nomen_error *err) {
    size_t n_rows = 0, n;
    bool found;
    nomen_status status;
    NOMEN_TRY(nomen_table_reopen(f, &found, err));
    for (;;) {
        nomen_list_kind kind = NOMEN_LIST_NONE;
        NOMEN_TRY(next_row(f, &n_rows, &found, err));
        if (!found) { break; }
        if (column >= f->csv.n_fields) { continue; }
        const char *cell = nomen_csv_field(&f->csv, column, &n);
        if (n == 0) { continue; }
        NOMEN_TRY(nomen_list_parse(cell, n, true, &f->list, &kind, err));
        out->n_filled++;
        out->n_lists += kind != NOMEN_LIST_NONE;
        out->n_tags += kind != NOMEN_LIST_NONE || are_tags(cell, n, ' ') || are_tags(cell, n, ',');
    }
done:
    return status;
}

/* One row of look_at_rows. */
static nomen_status look_at_row(nomen_table_finder *f, nomen_table_row_facts *out, nomen_error *err) {
    const nomen_table *t = f->table;
    size_t n_text, n_tag, n_tags, n_words;
    nomen_list_kind text_kind = NOMEN_LIST_NONE, tag_kind = NOMEN_LIST_NONE, bare_kind = NOMEN_LIST_NONE;
    nomen_status status;
    const char *text = nomen_csv_field(&f->csv, t->text, &n_text), *tag = nomen_csv_field(&f->csv, t->tag, &n_tag);
    NOMEN_TRY(nomen_list_parse(text, n_text, false, &f->list, &text_kind, err));
    NOMEN_TRY(nomen_list_parse(text, n_text, true, &f->list, &bare_kind, err));
    bool text_tags = are_tags_somehow(text, n_text, &f->list, bare_kind);
    out->n_text_tags += text_tags;
    out->n_text_strong += text_tags && memchr(text, '-', n_text) != NULL;
    NOMEN_TRY(nomen_list_parse(tag, n_tag, true, &f->list, &tag_kind, err));
    out->n_tag_tags += are_tags_somehow(tag, n_tag, &f->list, tag_kind);
    n_tags = f->list.n_items;
    n_words = count_words(text, n_text);
    out->n_rows++;
    if (n_tag == 0) { tag = ""; }
    out->n_several += tag_kind != NOMEN_LIST_NONE ? n_tags > 1 : count_words(tag, n_tag) > 1;
    out->n_commas += memchr(tag, ',', n_tag) != NULL && are_tags(tag, n_tag, ',');
    out->n_inside += n_words == 1 && n_tag > 2 && nomen_is_tag(tag, n_tag) && strchr("IEL", tag[0]) != NULL;
    out->n_tag_lists += tag_kind != NOMEN_LIST_NONE;
    out->n_text_lists += text_kind != NOMEN_LIST_NONE;
    bool shortened = tag_kind == NOMEN_LIST_SHORTENED || (text_kind == NOMEN_LIST_SHORTENED && tag_kind != NOMEN_LIST_NONE);
    if (shortened && out->shortened_line == 0) { out->shortened_line = f->csv.row_line; }
done:
    return status;
}

nomen_status nomen_table_look_at_rows(nomen_table_finder *f, nomen_table_row_facts *out, nomen_error *err) {
    size_t n_rows = 0;
    bool found;
    nomen_status status;
    NOMEN_TRY(nomen_table_reopen(f, &found, err));
    for (;;) {
        NOMEN_TRY(next_row(f, &n_rows, &found, err));
        if (!found) { break; }
        bool empty = nomen_csv_is_empty(&f->csv);
        out->n_empty += out->n_rows > 0 && (empty || f->csv.after_blank);
        if (empty || f->csv.n_fields != f->table->n_columns) { continue; }
        NOMEN_TRY(look_at_row(f, out, err));
    }
    NOMEN_TRY(nomen_table_reopen(f, &found, err));
done:
    return status;
}
