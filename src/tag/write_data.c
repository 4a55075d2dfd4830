/* The JSON formats of annotators, by their writers in src/data: doccano, Prodigy, spaCy, Label Studio. */
#include "base/mem.h"
#include "data/format.h"
#include "tag/view.h"
#include "tag/writer.h"

static nomen_status data_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    nomen_tagged_view *view = NULL;
    nomen_status status;
    (void)first;
    NOMEN_TRY(NOMEN_NEW(view, 1, err));
    writer->state = view;
    NOMEN_TRY(nomen_tagged_view_create(view, writer->form->data, writer->options.model, err));
    if (writer->form->list) { NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '[', err)); }
done:
    return status;
}

static nomen_status data_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    nomen_tagged_view *view = writer->state;
    bool list = writer->form->list;
    nomen_status status;
    if (list && writer->n_texts > 0) { NOMEN_TRY(nomen_buffer_append_text(&writer->out, ",\n", err)); }
    NOMEN_TRY(nomen_tagged_view_show(view, tagged, writer->n_texts + 1, err));
    view->writer.out = writer->out; /* lent */
    status = writer->form->write_data(&view->writer, 0, err);
    writer->out = view->writer.out;
    view->writer.out = (nomen_buffer){0};
    if (status == NOMEN_OK && !list) { status = nomen_buffer_append_byte(&writer->out, '\n', err); }
done:
    return status;
}

static nomen_status data_end(nomen_tagged_writer *writer, nomen_error *err) {
    return writer->form->list ? nomen_buffer_append_text(&writer->out, "]\n", err) : NOMEN_OK;
}

static void data_clear(nomen_tagged_writer *writer) {
    nomen_tagged_view_clear(writer->state);
    nomen_mem_free(writer->state);
    writer->state = NULL;
}

#define DATA .begin = data_begin, .add = data_add, .end = data_end, .clear = data_clear
const nomen_tag_form nomen_tag_form_doccano = {"doccano", DATA, NOMEN_DATA_DOCCANO, nomen_doccano_write_text, .list = false};
const nomen_tag_form nomen_tag_form_prodigy = {"prodigy", DATA, NOMEN_DATA_PRODIGY, nomen_prodigy_write_text, .list = false};
const nomen_tag_form nomen_tag_form_spacy = {"spacy", DATA, NOMEN_DATA_SPACY, nomen_spacy_write_text, .list = true};
const nomen_tag_form nomen_tag_form_label_studio = {"label-studio", DATA, NOMEN_DATA_LABEL_STUDIO, nomen_label_studio_write_text,
                                                    .list = true};
