/* Lines of columns; see the header. */
#include "data/columns.h"

#include <stdio.h>
#include <string.h>

#include "data/columns_survey.h"
#include "data/excerpt.h"

size_t nomen_column_place(int column, size_t n, size_t otherwise) {
    if (column == 0) { return otherwise; }
    return column > 0 ? (size_t)column - 1 : (size_t)-(long)column <= n ? n - (size_t)-(long)column : n;
}

bool nomen_columns_is_comment(const nomen_columns *columns, const char *line, const nomen_cells *cells) {
    if (cells->n != columns->n_columns) { return true; }
    const nomen_span *tag = &cells->items[columns->tag];
    return columns->prefixed && !nomen_is_tag(line + tag->start, tag->end - tag->start);
}

typedef struct decider {
    const nomen_columns_survey *survey;
    nomen_columns *out;
    const char *name; /* of the file */
    const char *bytes;
    size_t candidates[NOMEN_MOST_COLUMNS]; /* columns whose cells are all tags */
    size_t n_candidates;
} decider;

/* Whether a column counts the tokens of each sentence. One number in five may be wrong: the reader will report it. */
static bool counts(const nomen_columns_survey *s, size_t column) {
    const nomen_column_facts *facts = &s->columns[column];
    return s->n_rows > 0 && facts->n_numbers == s->n_rows && facts->n_counted * 5 >= s->n_rows * 4;
}

/* The column after one that counts tokens is the word's; before it may stand what is the same in a sentence. */
static void find_number(decider *d) {
    const nomen_columns_survey *s = d->survey;
    d->out->number = SIZE_MAX;
    if (s->longest < 2) { return; } /* nothing was counted */
    for (size_t i = 0; i + 2 < s->n_columns; i++) {
        if (counts(s, i)) {
            d->out->number = i;
            return;
        }
        if (!s->columns[i].same) { return; }
    }
}

static void find_word(decider *d, int asked) {
    const nomen_columns_survey *s = d->survey;
    nomen_columns *out = d->out;
    for (size_t i = s->n_columns; i-- > 0 && s->header_line + s->maybe_header > 0;) {
        if (s->columns[i].role == NOMEN_ROLE_WORD || s->columns[i].role == NOMEN_ROLE_TEXT) { out->word = i; }
    }
    if (out->number != SIZE_MAX && out->word <= out->number) { out->word = out->number + 1; }
    if (s->named_word < s->n_columns) { out->word = s->named_word; }
    out->word = nomen_column_place(asked, s->n_columns, out->word);
    if (asked != 0 && out->word == out->number) { out->number = SIZE_MAX; } /* the numbers are words, as was stated */
    if (out->number != SIZE_MAX && asked == 0) {
        snprintf(out->decision, sizeof out->decision, "column %zu counts the tokens, so column %zu is the word", out->number + 1,
                 out->word + 1);
    }
}

/* Whether a column holds tags; one row, or one in ten, may be wrong where others are tags of a type. */
static bool holds_tags(const nomen_columns_survey *s, size_t column) {
    enum { LEAST_ROWS = 5 }; /* one wrong row among fewer says too little */
    const nomen_column_facts *facts = &s->columns[column];
    size_t n_wrong = s->n_rows - facts->n_tags;
    bool few = s->n_rows >= LEAST_ROWS && facts->n_strong > 0 && (n_wrong == 1 || n_wrong * 10 <= s->n_rows);
    return s->n_rows > 0 && (n_wrong == 0 || few);
}

static void find_candidates(decider *d) {
    const nomen_columns_survey *s = d->survey;
    for (size_t i = 0; i < s->n_columns; i++) {
        const nomen_column_facts *facts = &s->columns[i];
        bool chunks = facts->n_chunks > 0 && facts->n_chunks == facts->n_strong;
        if (i == d->out->word || !holds_tags(s, i) || chunks) { continue; }
        d->candidates[d->n_candidates++] = i;
    }
}

/* The columns with the numbers of their tags, for messages. */
static void list_candidates(const decider *d, char *out, size_t n_out) {
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < d->n_candidates && at + 40 < n_out; i++) {
        int n = snprintf(out + at, n_out - at, "%scolumn %zu (%zu)", i > 0 ? ", " : "", d->candidates[i] + 1,
                         d->survey->columns[d->candidates[i]].n_strong);
        at += n > 0 ? (size_t)n : 0;
    }
}

static nomen_status refuse_several(const decider *d, nomen_error *err) {
    char list[NOMEN_ERROR_SIZE / 2];
    list_candidates(d, list, sizeof list);
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_TAG_COLUMN,
        "%s:%zu: several columns contain tags: %s (in brackets: tags other than O in the first %zu rows); state the one to read",
        d->name, d->survey->first_line, list, d->survey->n_rows);
}

static void decide(decider *d, size_t column, const char *why) {
    size_t n = strlen(d->out->decision);
    d->out->tag = column;
    snprintf(d->out->decision + n, sizeof d->out->decision - n, "%scolumn %zu is the tag%s", n > 0 ? "; " : "", column + 1, why);
}

/* Columns of (PER*, * and *): the only one, or the eleventh of CoNLL-2012; false where there is none. */
static bool find_stars(decider *d) {
    enum { ENTITIES = 10 }; /* what follows in CoNLL-2012 are arguments of verbs, written alike */
    const nomen_columns_survey *s = d->survey;
    size_t n = 0, found = 0;
    bool named = false;
    for (size_t i = 0; i < s->n_columns; i++) {
        if (s->columns[i].n_stars < s->n_rows || i == d->out->word) { continue; }
        found = i;
        named = named || i == ENTITIES;
        n += s->columns[i].n_opened > 0 || i == ENTITIES;
    }
    if (n == 0 || (n > 1 && !named)) { return false; }
    if (named && s->n_columns > ENTITIES) { found = ENTITIES; }
    d->out->stars = true;
    decide(d, found, ", in brackets with stars");
    return true;
}

/* By the header, or by "# global.columns". */
static bool find_named_tag(decider *d) {
    const nomen_columns_survey *s = d->survey;
    size_t n = 0, found = 0;
    if (s->named_tag < s->n_columns) {
        decide(d, s->named_tag, ", as \"global.columns\" says");
        return true;
    }
    for (size_t i = 0; i < s->n_columns && s->header_line > 0; i++) {
        if (s->columns[i].role != NOMEN_ROLE_TAG) { continue; }
        found = i;
        n++;
    }
    if (n != 1) { return false; }
    d->out->tag = found;
    return true;
}

/* Other columns of nothing but O, in the rows that were seen, beside the one that was chosen. */
static void watch(decider *d) {
    for (size_t i = 0; i < d->n_candidates; i++) {
        size_t column = d->candidates[i];
        if (column != d->out->tag && d->survey->columns[column].n_strong == 0) { d->out->watched |= UINT64_C(1) << column; }
    }
}

static nomen_status find_tag(decider *d, nomen_error *err) {
    const nomen_columns_survey *s = d->survey;
    size_t n_strong = 0, strong = 0, last = s->n_columns - 1;
    d->out->tag = last;
    if (find_named_tag(d) || s->n_columns < 3) { return NOMEN_OK; }
    for (size_t i = 0; i < d->n_candidates; i++) {
        if (s->columns[d->candidates[i]].n_strong == 0) { continue; }
        strong = d->candidates[i];
        n_strong++;
    }
    bool last_too = d->n_candidates > 0 && d->candidates[d->n_candidates - 1] == last;
    if (d->n_candidates == 0) {
        if (find_stars(d) || !s->conll_u || s->columns[last].n_tags > 0) { return NOMEN_OK; }
        return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_TAG_COLUMN,
                                      "%s:%zu: none of the %zu columns contains tags (O, B-type, I-type); if one does, name it",
                                      d->name, s->first_line, s->n_columns);
    }
    if (d->out->number != SIZE_MAX && d->n_candidates == 2 && d->candidates[0] == d->out->word + 1 &&
        d->candidates[1] == d->out->word + 2) {
        decide(d, d->candidates[0], ", the outer of two layers"); /* GermEval */
        return NOMEN_OK;
    }
    if (n_strong > 1 || (n_strong == 1 && strong != last && last_too)) { return refuse_several(d, err); }
    if (n_strong == 1 && strong != last) {
        decide(d, strong, ", the only one that contains tags");
    } else if (n_strong == 0 && !last_too) {
        decide(d, d->candidates[d->n_candidates - 1], ", as it contains O");
    }
    watch(d);
    return NOMEN_OK;
}

/* Tags where the words should be, with two rows that show it. */
static nomen_status refuse_swapped(const decider *d, nomen_error *err) {
    const nomen_columns_survey *s = d->survey;
    size_t word = d->out->word, tag = d->out->tag;
    char seen[2][2][NOMEN_EXCERPT_SIZE];
    for (size_t row = 0; row < 2; row++) {
        const nomen_span *w = &s->rows[row][word], *t = &s->rows[row][tag];
        nomen_excerpt(seen[row][0], d->bytes + w->start, w->end - w->start);
        nomen_excerpt(seen[row][1], d->bytes + t->start, t->end - t->start);
    }
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_COLUMNS,
                                  "%s:%zu: column %zu, expected to contain words, contains tags, and column %zu none ('%s' and "
                                  "'%s' on line %zu, '%s' and '%s' on line %zu); if they are swapped, state it (words in column "
                                  "%zu, tags in column %zu); otherwise name the column of the words",
                                  d->name, s->first_line, word + 1, tag + 1, seen[0][0], seen[0][1], s->row_lines[0], seen[1][0],
                                  seen[1][1], s->row_lines[1], tag + 1, word + 1);
}

/* What can't be meant: tags where the words should be, or numbers beside a column that holds no tags. */
static nomen_status check(const decider *d, int word, nomen_error *err) {
    enum { LEAST_ROWS = 3 };
    const nomen_columns_survey *s = d->survey;
    const nomen_columns *out = d->out;
    if (word != 0 || s->n_rows < LEAST_ROWS || out->word >= s->n_columns || out->tag >= s->n_columns) { return NOMEN_OK; }
    const nomen_column_facts *tags = &s->columns[out->tag];
    if (holds_tags(s, out->word) && !out->prefixed) { return refuse_swapped(d, err); }
    if (s->n_columns == 2 && s->longest >= LEAST_ROWS && counts(s, out->word) && tags->n_tags == 0 && tags->n_letters > 0) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_WORD_COLUMN,
                                      "%s:%zu: column 1 counts the tokens, and column 2 contains no tags; add a column of tags, "
                                      "or state that column 1 is the word",
                                      d->name, s->first_line);
    }
    return NOMEN_OK;
}

static void find_rest(decider *d) {
    const nomen_columns_survey *s = d->survey;
    nomen_columns *out = d->out;
    const nomen_column_facts *tag = &s->columns[out->tag < s->n_columns ? out->tag : 0];
    out->prefixed = out->tag < s->n_columns && holds_tags(s, out->tag);
    for (size_t i = 0; i < s->n_columns; i++) {
        out->other_letters = out->other_letters ||
                             (i != out->word && i != out->tag && s->columns[i].n_letters > 0 && s->columns[i].n_tags < s->n_rows);
    }
    if (s->header_line > 0) { out->header = s->header_line; }
    bool titles = s->maybe_header > 0 && s->n_rows > 2 && out->prefixed && tag->n_strong > 0 && !s->maybe_tag[out->tag];
    out->unended = (titles || s->header_line > 0) && s->n_blank == 0;
    if (titles) { out->header = s->maybe_header; }
    if (out->header == 0) { return; }
    size_t n = strlen(out->decision);
    snprintf(out->decision + n, sizeof out->decision - n, "%sline %zu is a header: column %zu is the word, column %zu the tag",
             n > 0 ? "; " : "", out->header, out->word + 1, out->tag + 1);
}

nomen_status nomen_columns_find(const char *bytes, size_t n_bytes, const char *name, int word, int tag, nomen_columns *out,
                                nomen_error *err) {
    nomen_columns_survey survey;
    *out = (nomen_columns){.number = SIZE_MAX};
    decider d = {.survey = &survey, .out = out, .name = name, .bytes = bytes};
    nomen_status status;
    NOMEN_TRY(nomen_columns_look(bytes, n_bytes, &survey, err));
    out->n_columns = survey.n_columns;
    out->line = survey.first_line;
    out->tabs = survey.tabs;
    if (survey.n_columns == 0) { return NOMEN_OK; }
    find_number(&d);
    find_word(&d, word);
    find_candidates(&d);
    if (tag != 0) {
        out->tag = nomen_column_place(tag, survey.n_columns, 0);
    } else {
        NOMEN_TRY(find_tag(&d, err));
    }
    if (out->tag < survey.n_columns) { find_rest(&d); }
    status = check(&d, word, err);
done:
    return status;
}
