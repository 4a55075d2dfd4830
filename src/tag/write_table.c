/* Entities as a table, a row each, for spreadsheets and data frames: with tabs, or with commas and quotes. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "data/csv.h"
#include "decode/tagged.h"
#include "tag/clean.h"
#include "tag/writer.h"
#include "text/offsets.h"

typedef struct table_state {
    size_t n_replaced; /* fields that a character was replaced in */
} table_state;

static nomen_status table_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    static const char *const columns[] = {"text", "start", "end", "type", "score", "word"};
    char separator = strcmp(writer->form->name, "tsv") == 0 ? '\t' : ',';
    table_state *state = NULL;
    nomen_status status;
    (void)first;
    NOMEN_TRY(NOMEN_NEW(state, 1, err));
    writer->state = state;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(&writer->out, separator, err)); }
        NOMEN_TRY(nomen_buffer_append_text(&writer->out, columns[i], err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '\n', err));
done:
    return status;
}

static void table_clear(nomen_tagged_writer *writer) {
    nomen_mem_free(writer->state);
    writer->state = NULL;
}

/* A field of TSV has no tab and no line end; it knows no quotes. */
static nomen_status write_tsv(nomen_tagged_writer *writer, const char *text, size_t n_bytes, nomen_error *err) {
    table_state *state = writer->state;
    for (size_t i = 0; i < n_bytes; i++) {
        if (memchr("\t\n\r", text[i], 4) == NULL) { continue; } /* NUL too */
        state->n_replaced++;
        break;
    }
    return nomen_append_clean(&writer->out, text, n_bytes, NOMEN_CLEAN_FIELD, err);
}

/* A field of CSV holds all but a NUL, which most readers stop at; ill-formed bytes become U+FFFD as everywhere. */
static nomen_status write_csv(nomen_tagged_writer *writer, const char *text, size_t n_bytes, nomen_error *err) {
    table_state *state = writer->state;
    nomen_buffer field = {0};
    nomen_status status;
    if (memchr(text, '\0', n_bytes) != NULL) { state->n_replaced++; }
    NOMEN_TRY(nomen_append_clean(&field, text, n_bytes, NOMEN_CLEAN_QUOTED, err));
    status = nomen_csv_append_field(&writer->out, field.data != NULL ? field.data : "", field.size, err);
done:
    nomen_buffer_clear(&field);
    return status;
}

static nomen_status write_rows(nomen_tagged_writer *writer, const nomen_tagged *tagged, char separator,
                               nomen_status (*put)(nomen_tagged_writer *, const char *, size_t, nomen_error *),
                               nomen_error *err) {
    nomen_offset_map map = {0};
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_offset_map_fill(tagged->text, tagged->n_bytes, writer->options.offsets, &map, err));
    for (size_t i = 0; i < tagged->entities.n; i++) {
        const nomen_entity *entity = &tagged->entities.items[i];
        nomen_span slice = nomen_tagged_clip(tagged, entity->span);
        NOMEN_TRY(nomen_buffer_printf(out, err, "%zu%c%zu%c%zu%c", writer->n_texts + 1, separator,
                                      nomen_offset_map_from_byte(&map, slice.start), separator,
                                      nomen_offset_map_from_byte(&map, slice.end), separator));
        NOMEN_TRY(put(writer, entity->name, strlen(entity->name), err));
        NOMEN_TRY(nomen_buffer_append_byte(out, separator, err));
        if (entity->score == entity->score) { NOMEN_TRY(nomen_buffer_append_float(out, entity->score, err)); } /* no NaN */
        NOMEN_TRY(nomen_buffer_append_byte(out, separator, err));
        NOMEN_TRY(put(writer, tagged->text + slice.start, slice.end - slice.start, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
    }
done:
    nomen_offset_map_clear(&map);
    return status;
}

static nomen_status tsv_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    return write_rows(writer, tagged, '\t', write_tsv, err);
}

static nomen_status csv_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    return write_rows(writer, tagged, ',', write_csv, err);
}

static nomen_status table_end(nomen_tagged_writer *writer, nomen_error *err) {
    const table_state *state = writer->state;
    (void)err;
    if (state->n_replaced > 0) {
        nomen_log_warning("%zu %s a character that %s can't represent; it was replaced by U+FFFD", state->n_replaced,
                          state->n_replaced == 1 ? "field has" : "fields have", writer->form->name);
    }
    return NOMEN_OK;
}

const nomen_tag_form nomen_tag_form_tsv = {"tsv", .begin = table_begin, .add = tsv_add, .end = table_end, .clear = table_clear};
const nomen_tag_form nomen_tag_form_csv = {"csv", .begin = table_begin, .add = csv_add, .end = table_end, .clear = table_clear};
