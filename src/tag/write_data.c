/* The JSON formats of annotators, by their writers in src/data: doccano, Prodigy, spaCy, Label Studio. */
#include "base/mem.h"
#include "data/format.h"
#include "tag/view.h"
#include "tag/writers.h"

typedef struct data_state {
    nomen_tagged_view view;
    nomen_status (*put)(nomen_writer *writer, size_t sentence, nomen_error *err);
    bool list; /* one JSON list, and not a value a line */
} data_state;

static nomen_status begin(nomen_tagged_writer *writer, nomen_data_format format, bool list,
                          nomen_status (*put)(nomen_writer *writer, size_t sentence, nomen_error *err), nomen_error *err) {
    data_state *state = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(state, 1, err));
    writer->state = state;
    state->put = put;
    state->list = list;
    NOMEN_TRY(nomen_tagged_view_create(&state->view, format, writer->options.model, err));
    if (list) { NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '[', err)); }
done:
    return status;
}

nomen_status nomen_tag_doccano_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    (void)first;
    return begin(writer, NOMEN_DATA_DOCCANO, false, nomen_doccano_put, err);
}

nomen_status nomen_tag_prodigy_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    (void)first;
    return begin(writer, NOMEN_DATA_PRODIGY, false, nomen_prodigy_put, err);
}

nomen_status nomen_tag_spacy_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    (void)first;
    return begin(writer, NOMEN_DATA_SPACY, true, nomen_spacy_put, err);
}

nomen_status nomen_tag_label_studio_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    (void)first;
    return begin(writer, NOMEN_DATA_LABEL_STUDIO, true, nomen_label_studio_put, err);
}

nomen_status nomen_tag_data_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    data_state *state = writer->state;
    nomen_status status;
    if (state->list && writer->n_texts > 0) { NOMEN_TRY(nomen_buffer_append_text(&writer->out, ",\n", err)); }
    NOMEN_TRY(nomen_tagged_view_show(&state->view, tagged, writer->n_texts + 1, err));
    state->view.writer.out = writer->out; /* lent */
    status = state->put(&state->view.writer, 0, err);
    writer->out = state->view.writer.out;
    state->view.writer.out = (nomen_buffer){0};
    if (status == NOMEN_OK && !state->list) { status = nomen_buffer_append_byte(&writer->out, '\n', err); }
done:
    return status;
}

nomen_status nomen_tag_data_end(nomen_tagged_writer *writer, nomen_error *err) {
    const data_state *state = writer->state;
    return state->list ? nomen_buffer_append_text(&writer->out, "]\n", err) : NOMEN_OK;
}

void nomen_tag_data_clear(nomen_tagged_writer *writer) {
    data_state *state = writer->state;
    nomen_tagged_view_clear(&state->view);
    nomen_mem_free(state);
    writer->state = NULL;
}
