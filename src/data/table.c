/* Tables: what their header and first rows show; see the header. */
#include "data/table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/excerpt.h"
#include "data/roles.h"
#include "data/table_survey.h"

/* The header's titles, for messages. */
static const char *list_titles(const nomen_csv *csv, char out[NOMEN_ERROR_SIZE / 2]) {
    size_t n_out = 0;
    out[0] = '\0';
    for (size_t i = 0; i < csv->n_fields && n_out < NOMEN_ERROR_SIZE / 2 - NOMEN_EXCERPT_SIZE - 8; i++) {
        size_t n;
        char seen[NOMEN_EXCERPT_SIZE];
        const char *title = nomen_csv_field(csv, i, &n);
        int more =
            snprintf(out + n_out, NOMEN_ERROR_SIZE / 2 - n_out, "%s'%s'", i > 0 ? ", " : "", nomen_excerpt(seen, title, n));
        n_out += more > 0 ? (size_t)more : 0;
    }
    return out;
}

/* The column that `text` names, by its title or its number; *column stays where text is NULL. */
static nomen_status find_stated(const nomen_table_finder *f, const char *text, nomen_remedy remedy, size_t *column,
                                nomen_error *err) {
    char *end, titles[NOMEN_ERROR_SIZE / 2];
    if (text == NULL) { return NOMEN_OK; }
    int titled = nomen_csv_column(&f->csv, text);
    long number = strtol(text, &end, 10), n = (long)f->csv.n_fields;
    if (titled >= 0) {
        *column = (size_t)titled;
    } else if (*end == '\0' && end > text && number != 0 && number <= n && number >= -n) {
        *column = (size_t)(number > 0 ? number - 1 : n + number);
    } else {
        return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, remedy,
                                      "%s:%zu: the header has no column '%s'; its columns are %s", f->name, f->csv.row_line, text,
                                      list_titles(&f->csv, titles));
    }
    return NOMEN_OK;
}

/* The first column of a role; SIZE_MAX for none. */
static size_t find_role(const nomen_table_finder *f, nomen_role role) {
    for (size_t i = 0; i < f->csv.n_fields; i++) {
        size_t n;
        const char *title = nomen_csv_field(&f->csv, i, &n);
        if (nomen_role_of(title, n) == role) { return i; }
    }
    return SIZE_MAX;
}

static nomen_status refuse_both(const nomen_table_finder *f, size_t a, size_t b, const char *what, nomen_remedy remedy,
                                nomen_error *err) {
    char one[NOMEN_EXCERPT_SIZE], other[NOMEN_EXCERPT_SIZE];
    size_t n_a, n_b;
    const char *title_a = nomen_csv_field(&f->csv, a, &n_a), *title_b = nomen_csv_field(&f->csv, b, &n_b);
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, remedy,
                                  "%s:%zu: the columns '%s' and '%s' could both hold the %s; state the one to read", f->name,
                                  f->csv.row_line, nomen_excerpt(one, title_a, n_a), nomen_excerpt(other, title_b, n_b), what);
}

/*
 * The column of the tags among those whose title says so: the only one, else the only one whose cells are tags. "ner_tags"
 * goes before "fine_ner_tags", which is reported.
 */
static nomen_status find_tags(nomen_table_finder *f, size_t *out, nomen_error *err) {
    size_t chosen = SIZE_MAX, n_roles = 0, n_usable = 0, n;
    bool found;
    nomen_status status = NOMEN_OK;
    size_t n_columns = f->csv.n_fields, fine = SIZE_MAX;
    int exact = nomen_csv_column(&f->csv, "ner_tags"), coarse = nomen_csv_column(&f->csv, "fine_ner_tags");
    if (exact >= 0 && coarse >= 0) {
        fine = (size_t)coarse;
        f->table->other = fine;
    }
    for (size_t i = 0; i < n_columns; i++) {
        const char *title = nomen_csv_field(&f->csv, i, &n);
        if (nomen_role_of(title, n) != NOMEN_ROLE_TAG || i == fine) { continue; }
        if (n_roles++ == 0) { chosen = i; }
    }
    for (size_t i = 0; n_roles > 1 && i < n_columns; i++) {
        nomen_table_column_facts facts = {0};
        const char *title = nomen_csv_field(&f->csv, i, &n);
        if (nomen_role_of(title, n) != NOMEN_ROLE_TAG || i == fine) { continue; }
        NOMEN_TRY(nomen_table_look_at_column(f, i, &facts, err));
        NOMEN_TRY(nomen_table_reopen(f, &found, err));
        if (facts.n_filled == 0 || facts.n_tags < facts.n_filled) { continue; }
        if (n_usable++ > 0) { return refuse_both(f, chosen, i, "tags", NOMEN_REMEDY_TAG_COLUMN, err); }
        chosen = i;
    }
    if (n_roles > 1 && n_usable == 0) {
        size_t second = chosen;
        while (++second < n_columns) {
            const char *title = nomen_csv_field(&f->csv, second, &n);
            if (nomen_role_of(title, n) == NOMEN_ROLE_TAG && second != fine) { break; }
        }
        return refuse_both(f, chosen, second, "tags", NOMEN_REMEDY_TAG_COLUMN, err);
    }
    *out = chosen;
done:
    return status;
}

/* How many columns have a role by their titles. */
static size_t count_role(const nomen_table_finder *f, nomen_role role) {
    size_t n_columns = 0, n;
    for (size_t i = 0; i < f->csv.n_fields; i++) {
        const char *title = nomen_csv_field(&f->csv, i, &n);
        n_columns += nomen_role_of(title, n) == role;
    }
    return n_columns;
}

/* The files of the article and of Kaggle are read by their titles alone, unless others could mean the same. */
static bool is_usual(nomen_table_finder *f) {
    static const char *const seed[] = {"text", "labels", NULL}, *const all[] = {"Sentence #", "Word", "Tag", NULL};
    nomen_table *t = f->table;
    if (t->delimiter != ',' || count_role(f, NOMEN_ROLE_TAG) > 1) { return false; }
    bool one_text = count_role(f, NOMEN_ROLE_TEXT) + count_role(f, NOMEN_ROLE_EITHER) + count_role(f, NOMEN_ROLE_WORD) == 1;
    if (nomen_csv_has(&f->csv, seed) && one_text) {
        t->shape = NOMEN_TABLE_SENTENCES;
        t->text = (size_t)nomen_csv_column(&f->csv, seed[0]);
        t->tag = (size_t)nomen_csv_column(&f->csv, seed[1]);
    } else if (nomen_csv_has(&f->csv, all) && count_role(f, NOMEN_ROLE_WORD) == 1) {
        t->shape = NOMEN_TABLE_TOKENS;
        t->sentence = (size_t)nomen_csv_column(&f->csv, all[0]);
        t->text = (size_t)nomen_csv_column(&f->csv, all[1]);
        t->tag = (size_t)nomen_csv_column(&f->csv, all[2]);
    }
    return t->shape != NOMEN_TABLE_NONE;
}

/* The next column of a role after one of them. */
static size_t next_of_role(const nomen_table_finder *f, nomen_role role, size_t column) {
    size_t n;
    while (++column < f->csv.n_fields) {
        const char *title = nomen_csv_field(&f->csv, column, &n);
        if (nomen_role_of(title, n) == role) { return column; }
    }
    return SIZE_MAX;
}

/* Of several columns that could hold the text, a list of words goes before the text that it was made of. */
static nomen_status check_texts(nomen_table_finder *f, size_t *text, size_t word, size_t either, nomen_error *err) {
    bool found;
    nomen_table_column_facts facts = {0};
    nomen_status status = NOMEN_OK;
    if (*text != SIZE_MAX && either != SIZE_MAX && either != *text) {
        return refuse_both(f, *text, either, "text", NOMEN_REMEDY_TEXT_COLUMN, err);
    }
    if (count_role(f, NOMEN_ROLE_TEXT) > 1) {
        return refuse_both(f, *text, next_of_role(f, NOMEN_ROLE_TEXT, *text), "text", NOMEN_REMEDY_TEXT_COLUMN, err);
    }
    if (*text == SIZE_MAX || word == SIZE_MAX) { return NOMEN_OK; }
    NOMEN_TRY(nomen_table_look_at_column(f, word, &facts, err));
    NOMEN_TRY(nomen_table_reopen(f, &found, err));
    bool lists = facts.n_filled > 0 && facts.n_lists == facts.n_filled;
    facts = (nomen_table_column_facts){0};
    NOMEN_TRY(nomen_table_look_at_column(f, *text, &facts, err));
    NOMEN_TRY(nomen_table_reopen(f, &found, err));
    if (!lists || (facts.n_filled > 0 && facts.n_lists == facts.n_filled)) {
        return refuse_both(f, *text, word, "text", NOMEN_REMEDY_TEXT_COLUMN, err);
    }
    f->table->other = *text;
    *text = word;
done:
    return status;
}

/* Whether the first line is a header: it has a title that is known, or one that was stated. */
static bool is_header(const nomen_table_finder *f) {
    const nomen_data_options *o = f->options;
    const char *const stated[] = {o->text_column, o->word_column, o->tag_column, o->sentence_column};
    for (size_t i = 0; i < sizeof stated / sizeof *stated; i++) {
        if (stated[i] != NULL && nomen_csv_column(&f->csv, stated[i]) >= 0) { return true; }
    }
    for (size_t i = 0; i < f->csv.n_fields; i++) {
        size_t n;
        const char *title = nomen_csv_field(&f->csv, i, &n);
        if (nomen_role_of(title, n) != NOMEN_ROLE_NONE) { return true; }
    }
    return o->format == NOMEN_DATA_SEED_CSV || o->format == NOMEN_DATA_LONG_CSV;
}

/* Which column holds what, by the titles and by what was stated. */
static nomen_status find_columns(nomen_table_finder *f, nomen_error *err) {
    const nomen_data_options *o = f->options;
    nomen_table *t = f->table;
    nomen_status status = NOMEN_OK;
    bool stated = o->text_column != NULL || o->word_column != NULL || o->tag_column != NULL || o->sentence_column != NULL;
    t->one_sentence = o->sentence_column != NULL && strcmp(o->sentence_column, "none") == 0;
    if (!stated && (t->usual = is_usual(f))) { return NOMEN_OK; }
    size_t text = find_role(f, NOMEN_ROLE_TEXT), word = find_role(f, NOMEN_ROLE_WORD), either = find_role(f, NOMEN_ROLE_EITHER);
    t->sentence = find_role(f, NOMEN_ROLE_SENTENCE);
    if (o->tag_column == NULL) { NOMEN_TRY(find_tags(f, &t->tag, err)); }
    NOMEN_TRY(find_stated(f, o->tag_column, NOMEN_REMEDY_TAG_COLUMN, &t->tag, err));
    if (o->word_column != NULL) { text = either = SIZE_MAX; }
    NOMEN_TRY(find_stated(f, o->text_column, NOMEN_REMEDY_TEXT_COLUMN, &text, err));
    NOMEN_TRY(find_stated(f, o->word_column, NOMEN_REMEDY_WORD_COLUMN, &word, err));
    if (!t->one_sentence) { NOMEN_TRY(find_stated(f, o->sentence_column, NOMEN_REMEDY_SENTENCE_COLUMN, &t->sentence, err)); }
    if (text == SIZE_MAX && word != SIZE_MAX && t->sentence == SIZE_MAX) { t->sentence = either; } /* numbers beside words */
    if (text == SIZE_MAX && word == SIZE_MAX) { text = either; }
    bool tokens = o->text_column == NULL && word != SIZE_MAX && (text == SIZE_MAX || t->sentence != SIZE_MAX);
    if (o->format == NOMEN_DATA_SEED_CSV || o->format == NOMEN_DATA_LONG_CSV) { tokens = o->format == NOMEN_DATA_LONG_CSV; }
    if (!tokens && o->text_column == NULL && o->word_column == NULL) { NOMEN_TRY(check_texts(f, &text, word, either, err)); }
    if (o->word_column == NULL && count_role(f, NOMEN_ROLE_WORD) > 1) {
        NOMEN_TRY(refuse_both(f, word, next_of_role(f, NOMEN_ROLE_WORD, word), "words", NOMEN_REMEDY_WORD_COLUMN, err));
    }
    t->text = tokens ? (word != SIZE_MAX ? word : text) : (text != SIZE_MAX ? text : word);
    if (t->text == SIZE_MAX || t->tag == SIZE_MAX) { return NOMEN_OK; }
    t->shape = tokens ? NOMEN_TABLE_TOKENS : NOMEN_TABLE_SENTENCES;
done:
    return status;
}

/* Tags where the text should be, and none where they should. */
static nomen_status refuse_swapped(const nomen_table_finder *f, nomen_error *err) {
    char one[NOMEN_EXCERPT_SIZE], other[NOMEN_EXCERPT_SIZE];
    size_t n_text, n_tag;
    const char *text = nomen_csv_field(&f->csv, f->table->text, &n_text), *tag = nomen_csv_field(&f->csv, f->table->tag, &n_tag);
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_TITLES,
                                  "%s:%zu: the column '%s' contains tags, and the column '%s' none: the titles are swapped; "
                                  "correct them, or state which is which",
                                  f->name, f->csv.row_line, nomen_excerpt(one, text, n_text), nomen_excerpt(other, tag, n_tag));
}

/* Beside lists of words, a column "sentence" is no number of a sentence, but a text, or a second list. */
static nomen_status check_beside_lists(nomen_table_finder *f, nomen_error *err) {
    nomen_table_column_facts facts = {0};
    bool found;
    size_t column = f->table->sentence;
    nomen_status status = NOMEN_OK;
    if (column == SIZE_MAX) { return NOMEN_OK; }
    NOMEN_TRY(nomen_table_look_at_column(f, column, &facts, err));
    NOMEN_TRY(nomen_table_reopen(f, &found, err));
    if (facts.n_filled > 0 && facts.n_lists == facts.n_filled) {
        return refuse_both(f, f->table->text, column, "text", NOMEN_REMEDY_TEXT_COLUMN, err);
    }
    f->table->sentence = SIZE_MAX;
done:
    return status;
}

/* Whether a row is a sentence or a token where the titles leave it open, and what cells hold, by the first rows. */
static nomen_status find_cells(nomen_table_finder *f, nomen_error *err) {
    nomen_table *t = f->table;
    nomen_table_row_facts facts = {0};
    nomen_status status;
    NOMEN_TRY(nomen_table_look_at_rows(f, &facts, err));
    bool lists = facts.n_tag_lists * 2 > facts.n_rows;
    bool chosen = f->options->tag_column != NULL && (f->options->text_column != NULL || f->options->word_column != NULL);
    bool stated = f->options->text_column != NULL || f->options->word_column != NULL || f->options->format != NOMEN_DATA_AUTO;
    if (t->usual && t->shape == NOMEN_TABLE_TOKENS) { lists = false; }
    if (lists && f->options->word_column == NULL) {
        if (!stated) { NOMEN_TRY(check_beside_lists(f, err)); }
        t->shape = NOMEN_TABLE_SENTENCES;
        t->tag_is_list = true;
        t->text_is_list = facts.n_text_lists * 2 > facts.n_rows; /* cut at spaces, a list has as many words */
    } else if (facts.n_commas * 2 > facts.n_rows && t->sentence == SIZE_MAX) {
        t->shape = NOMEN_TABLE_SENTENCES;
        t->tag_commas = true;
    } else if (!stated && t->shape == NOMEN_TABLE_TOKENS && t->sentence == SIZE_MAX && facts.n_several > 0 &&
               facts.n_empty == 0) {
        t->shape = NOMEN_TABLE_SENTENCES;
    } else if (!stated && !t->usual && t->shape == NOMEN_TABLE_SENTENCES && facts.n_several == 0 &&
               (facts.n_empty > 0 || facts.n_inside > 0)) {
        t->shape = NOMEN_TABLE_TOKENS; /* "text,label" with a word a row */
    }
    if (facts.n_rows > 2 && facts.n_text_tags == facts.n_rows && facts.n_text_strong > 0 && facts.n_tag_tags == 0 && !chosen) {
        NOMEN_TRY(refuse_swapped(f, err));
    }
    if (lists && facts.shortened_line > 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s:%zu: numpy abbreviated this list with '...' when it printed it; save the table again with "
                                   "its lists as JSON (column.map(list).map(json.dumps))",
                                   f->name, facts.shortened_line));
    }
done:
    return status;
}

/* The separator under which the first line has most columns of known titles. */
static nomen_status find_delimiter(nomen_table_finder *f, bool *found, nomen_error *err) {
    static const char delimiters[] = ",;\t|";
    size_t most = 0;
    char best = ',';
    nomen_status status = NOMEN_OK;
    for (const char *d = delimiters; *d != '\0'; d++) {
        f->table->delimiter = *d;
        status = nomen_table_reopen(f, found, err);
        if (status == NOMEN_ERROR_DATA) { continue; } /* a broken quote */
        if (status != NOMEN_OK) { return status; }
        size_t n_known = 0, n;
        for (size_t i = 0; *found && f->csv.n_fields > 1 && i < f->csv.n_fields; i++) {
            const char *title = nomen_csv_field(&f->csv, i, &n);
            n_known += nomen_role_of(title, n) != NOMEN_ROLE_NONE ? 1000 : 1; /* titles first, then the number of columns */
        }
        if (n_known <= most) { continue; }
        most = n_known;
        best = *d;
    }
    f->table->delimiter = best;
    status = nomen_table_reopen(f, found, err);
    if (status == NOMEN_ERROR_DATA) { *found = false; }
    return status == NOMEN_ERROR_DATA ? NOMEN_OK : status;
}

nomen_status nomen_table_refuse(const nomen_csv *csv, const char *name, size_t line, const char *missing, bool tokens,
                                nomen_error *err) {
    char titles[NOMEN_ERROR_SIZE / 2];
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_TITLES,
        "%s:%zu: the CSV header has no column '%s'; expected the columns %s, but found %s; state which of them to read", name,
        line, missing, tokens ? "'Sentence #', 'Word' and 'Tag'" : "'text' and 'labels'", list_titles(csv, titles));
}

nomen_status nomen_table_find(const char *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                              nomen_table *out, nomen_error *err) {
    *out = (nomen_table){.text = SIZE_MAX, .tag = SIZE_MAX, .sentence = SIZE_MAX, .other = SIZE_MAX};
    nomen_table_finder f = {
        .bytes = bytes, .n_bytes = nomen_looked_at(n_bytes), .n_all = n_bytes, .name = name, .options = options, .table = out};
    bool found = false;
    nomen_status status;
    nomen_csv_open(&f.csv, bytes, 0, ',');
    NOMEN_TRY(find_delimiter(&f, &found, err));
    if (!found || f.csv.n_fields < 2) { goto done; }
    out->n_columns = f.csv.n_fields;
    for (size_t i = 0; i < f.csv.n_fields; i++) {
        size_t n;
        const char *title = nomen_csv_field(&f.csv, i, &n);
        out->n_roles += nomen_role_of(title, n) != NOMEN_ROLE_NONE;
    }
    if (is_header(&f)) { NOMEN_TRY(find_columns(&f, err)); }
    if (out->shape != NOMEN_TABLE_NONE) { NOMEN_TRY(find_cells(&f, err)); }
done:
    nomen_csv_close(&f.csv);
    nomen_list_clear(&f.list);
    return status;
}
