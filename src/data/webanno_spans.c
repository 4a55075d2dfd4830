/* The cells of WebAnno TSV 3 as annotations; see the header. */
#include "data/webanno_spans.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/builder_text.h"
#include "data/excerpt.h"

/* What the functions here work on. */
typedef struct cells {
    nomen_webanno_spans *spans;
    nomen_builder *builder;
    const nomen_webanno_header *header;
    const nomen_webanno_row *rows;
    size_t n_rows;
} cells;

bool nomen_webanno_number(const char *bytes, size_t end, size_t *at, size_t *out) {
    size_t from = *at, number = 0;
    for (; *at < end && *at - from < 9 && bytes[*at] >= '0' && bytes[*at] <= '9'; ++*at) {
        number = number * 10 + (size_t)(bytes[*at] - '0');
    }
    *out = number;
    return *at > from;
}

size_t nomen_webanno_count_stacked(const char *bytes, nomen_span cell) {
    size_t n = 1;
    for (size_t i = cell.start; i < cell.end; i++) {
        if (bytes[i] == '\\') {
            i++;
        } else {
            n += bytes[i] == '|';
        }
    }
    return n;
}

/* The number in brackets after a value, at *open, or 0 and *open the value's end; false where brackets hold something else. */
static bool read_id(const char *bytes, nomen_span value, size_t *open, size_t *id) {
    *open = value.end;
    *id = 0;
    for (size_t i = value.start; i < value.end; i++) {
        if (bytes[i] == '\\') {
            i++;
        } else if (bytes[i] == '[') {
            *open = i;
        }
    }
    size_t at = *open + 1;
    if (*open == value.end) { return true; }
    return nomen_webanno_number(bytes, value.end, &at, id) && *id > 0 && at + 1 == value.end && bytes[at] == ']';
}

/* Adds one value of a row's cell. A fault leaves *ok false. */
static nomen_status add_value(cells *c, size_t row, nomen_span value, bool *ok, nomen_error *err) {
    const nomen_webanno_column *column = &c->header->columns[c->header->chosen];
    const char *bytes = c->header->bytes;
    nomen_webanno_spans *s = c->spans;
    nomen_webanno_piece p = {.index = s->n_pieces, .row = row, .last = row};
    size_t end = 0;
    nomen_status status = NOMEN_OK;
    *ok = read_id(bytes, value, &end, &p.id) && end > value.start;
    if (!*ok) {
        char seen[NOMEN_EXCERPT_SIZE];
        return nomen_builder_fault_of(c->builder, NOMEN_FAULT_TAG, c->rows[row].line, err,
                                      "'%s' is not a value; write a label, LABEL[1], * or _ (\\[ for a bracket)",
                                      nomen_excerpt(seen, bytes + value.start, value.end - value.start));
    }
    bool single = end - value.start == 1, no_value = single && bytes[value.start] == '*';
    if (single && bytes[value.start] == '_') { return NOMEN_OK; }
    if (no_value && column->feature.start == column->feature.end) { /* the layer is all that it says */
        value = nomen_webanno_layer(c->header, column);
        end = value.end;
        no_value = false;
    }
    p.label.start = s->labels.size;
    if (!no_value) { NOMEN_TRY(nomen_webanno_unescape_value(bytes + value.start, end - value.start, &s->labels, err)); }
    p.label.end = s->labels.size;
    NOMEN_TRY(NOMEN_RESERVE(s->pieces, s->pieces_capacity, s->n_pieces + 1, err));
    s->pieces[s->n_pieces++] = p;
done:
    return status;
}

/* The pieces of all rows; stops at a fault. */
static nomen_status find_pieces(cells *c, nomen_error *err) {
    nomen_webanno_spans *s = c->spans;
    const char *bytes = c->header->bytes;
    nomen_status status = NOMEN_OK;
    bool ok = true;
    s->n_pieces = 0;
    nomen_buffer_reset(&s->labels);
    NOMEN_TRY(nomen_buffer_append_text(&s->labels, "", err)); /* so that labels have bytes, where all are empty too */
    for (size_t row = 0; ok && row < c->n_rows; row++) {
        nomen_span cell = c->rows[row].cell;
        for (size_t from = cell.start, i = cell.start; ok && i <= cell.end; i++) {
            if (i + 1 < cell.end && bytes[i] == '\\') {
                i++;
                continue;
            }
            if (i < cell.end && bytes[i] != '|') { continue; }
            NOMEN_TRY(add_value(c, row, (nomen_span){from, i}, &ok, err));
            from = i + 1;
        }
    }
done:
    return status;
}

static int by_index(const void *a, const void *b) {
    const nomen_webanno_piece *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static int by_id(const void *a, const void *b) {
    const nomen_webanno_piece *x = a, *y = b;
    return x->id != y->id ? (x->id > y->id) - (x->id < y->id) : by_index(a, b);
}

static int compare_ids(const void *a, const void *b) {
    const size_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static const char *show_label(const cells *c, const nomen_webanno_piece *p, char out[NOMEN_EXCERPT_SIZE]) {
    size_t n = p->label.end - p->label.start;
    return n == 0 ? "*" : nomen_excerpt(out, c->spans->labels.data + p->label.start, n);
}

/* Whether `next` goes on with the annotation `p`: the same label, on the token after it or another part of its last. */
static nomen_status check_next(cells *c, const nomen_webanno_piece *p, const nomen_webanno_piece *next, nomen_error *err) {
    const nomen_webanno_row *before = &c->rows[p->last], *row = &c->rows[next->row];
    const char *labels = c->spans->labels.data;
    size_t n = p->label.end - p->label.start;
    char one[NOMEN_EXCERPT_SIZE], two[NOMEN_EXCERPT_SIZE];
    if (n != next->label.end - next->label.start || memcmp(labels + p->label.start, labels + next->label.start, n) != 0) {
        return nomen_builder_fault_of(c->builder, NOMEN_FAULT_TAG, row->line, err,
                                      "the annotation [%zu] is '%s' here, but '%s' on line %zu", p->id, show_label(c, next, two),
                                      show_label(c, p, one), before->line);
    }
    if (row->token > before->token + 1) {
        return nomen_builder_fault_of(c->builder, NOMEN_FAULT_SPAN, row->line, err,
                                      "the annotation [%zu] is on the tokens %zu and %zu of its "
                                      "sentence, but not between them",
                                      p->id, before->token, row->token);
    }
    return NOMEN_OK;
}

/* Keeps an annotation's number for the next sentence, and notes one that began in the sentence before. */
static nomen_status keep_id(cells *c, const nomen_webanno_piece *p, nomen_error *err) {
    nomen_webanno_spans *s = c->spans;
    nomen_status status = NOMEN_RESERVE(s->ids, s->ids_capacity, s->n_ids + 1, err);
    if (status != NOMEN_OK) { return status; }
    s->ids[s->n_ids++] = p->id;
    if (s->n_ids_before > 0 && bsearch(&p->id, s->ids_before, s->n_ids_before, sizeof p->id, compare_ids) != NULL) {
        nomen_note(&c->builder->set.notes, NOMEN_NOTE_DISCONTINUOUS, c->builder->name, c->rows[p->row].line,
                   "the annotation [%zu] continues from the sentence before", p->id);
    }
    return NOMEN_OK;
}

/* Joins the pieces of each annotation and puts all back into the file's order. */
static nomen_status merge(cells *c, nomen_error *err) {
    nomen_webanno_piece *pieces = c->spans->pieces;
    size_t n = 0, n_pieces = c->spans->n_pieces;
    nomen_status status = NOMEN_OK;
    if (n_pieces > 1) { qsort(pieces, n_pieces, sizeof *pieces, by_id); }
    for (size_t i = 0; i < n_pieces; i++) {
        if (n > 0 && pieces[i].id > 0 && pieces[n - 1].id == pieces[i].id) {
            NOMEN_TRY(check_next(c, &pieces[n - 1], &pieces[i], err));
            pieces[n - 1].last = pieces[i].row;
            continue;
        }
        pieces[n++] = pieces[i];
        if (pieces[n - 1].id > 0) { NOMEN_TRY(keep_id(c, &pieces[n - 1], err)); }
    }
    c->spans->n_pieces = n;
    if (n > 1) { qsort(pieces, n, sizeof *pieces, by_index); }
done:
    return status;
}

static nomen_status append_spans(cells *c, const nomen_buffer *text, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < c->spans->n_pieces; i++) {
        const nomen_webanno_piece *p = &c->spans->pieces[i];
        nomen_span first = c->rows[p->row].place, last = c->rows[p->last].place;
        size_t end = last.end > first.end ? last.end : first.end, n = p->label.end - p->label.start;
        if (n == 0) {
            char seen[NOMEN_EXCERPT_SIZE];
            nomen_note_quietly(&c->builder->set.notes, NOMEN_NOTE_OTHER, c->builder->name, c->rows[p->row].line,
                               "the annotation of '%s' has no value (*), so it is not an entity",
                               nomen_excerpt(seen, text->data + first.start, end - first.start));
            if (c->spans->n_empty++ == 0) { c->spans->first_empty = c->rows[p->row].line; }
            continue;
        }
        NOMEN_TRY(nomen_builder_add_span(c->builder, first.start, end, c->spans->labels.data + p->label.start, n, err));
    }
done:
    return status;
}

nomen_status nomen_webanno_spans_add(nomen_webanno_spans *spans, nomen_builder *builder, const nomen_webanno_header *header,
                                     const nomen_webanno_row *rows, size_t n_rows, const nomen_buffer *text, nomen_error *err) {
    cells c = {spans, builder, header, rows, n_rows};
    size_t *ids = spans->ids_before, capacity = spans->ids_before_capacity;
    nomen_status status = NOMEN_OK;
    spans->n_ids = 0;
    if (header->chosen < header->n) {
        NOMEN_TRY(find_pieces(&c, err));
        NOMEN_TRY(merge(&c, err));
        NOMEN_TRY(append_spans(&c, text, err));
    }
    spans->ids_before = spans->ids, spans->ids_before_capacity = spans->ids_capacity, spans->n_ids_before = spans->n_ids;
    spans->ids = ids, spans->ids_capacity = capacity;
done:
    return status;
}

void nomen_webanno_spans_restart(nomen_webanno_spans *spans) {
    spans->n_ids_before = 0;
}

void nomen_webanno_spans_clear(nomen_webanno_spans *spans) {
    nomen_mem_free(spans->pieces);
    nomen_mem_free(spans->ids);
    nomen_mem_free(spans->ids_before);
    nomen_buffer_clear(&spans->labels);
    *spans = (nomen_webanno_spans){0};
}
