/* The table of formats, and documents that are being written. */
#include "tag/writers.h"

#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "base/utf8.h"
#include "tag/writer.h"

/* By nomen_tag_format. */
static const nomen_tag_form *const FORMS[NOMEN_TAG_N_FORMATS] = {
    [NOMEN_TAG_TEXT] = &nomen_tag_form_text,
    [NOMEN_TAG_JSONL] = &nomen_tag_form_jsonl,
    [NOMEN_TAG_CONLL] = &nomen_tag_form_conll,
    [NOMEN_TAG_TSV] = &nomen_tag_form_tsv,
    [NOMEN_TAG_CSV] = &nomen_tag_form_csv,
    [NOMEN_TAG_DOCCANO] = &nomen_tag_form_doccano,
    [NOMEN_TAG_PRODIGY] = &nomen_tag_form_prodigy,
    [NOMEN_TAG_SPACY] = &nomen_tag_form_spacy,
    [NOMEN_TAG_LABEL_STUDIO] = &nomen_tag_form_label_studio,
    [NOMEN_TAG_BRAT] = &nomen_tag_form_brat,
    [NOMEN_TAG_HTML] = &nomen_tag_form_html,
    [NOMEN_TAG_REDACTED] = &nomen_tag_form_redacted,
};

/* About as many bytes are handed over at once. */
static const size_t part_size = (size_t)1 << 16;

const char *nomen_tag_format_name(nomen_tag_format format) {
    return (unsigned)format < NOMEN_TAG_N_FORMATS ? FORMS[format]->name : "unknown";
}

nomen_status nomen_tag_format_parse(const char *name, nomen_tag_format *out, nomen_error *err) {
    const char *names[NOMEN_TAG_N_FORMATS + 1] = {0};
    int found = 0;
    for (size_t i = 0; i < NOMEN_TAG_N_FORMATS; i++) { names[i] = FORMS[i]->name; }
    nomen_status status = nomen_name_find(name, names, "format", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_tag_format)found; }
    return status;
}

static nomen_status start(nomen_tagged_writer *writer, nomen_tag_format format, const nomen_tag_write_options *options,
                          nomen_error *err) {
    *writer = (nomen_tagged_writer){0};
    if ((unsigned)format >= NOMEN_TAG_N_FORMATS) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown output format %d", (int)format);
    }
    *writer = (nomen_tagged_writer){.form = FORMS[format]};
    nomen_status status = NOMEN_TAKE(nomen_tag_write_options, &writer->options, options, err);
    NOMEN_TRY(status);
    NOMEN_TRY(
        nomen_value_check(nomen_offset_unit_name(writer->options.offsets), (int)writer->options.offsets, "unit of offsets", err));
    NOMEN_TRY(
        nomen_value_check(nomen_redaction_name(writer->options.redaction), (int)writer->options.redaction, "redaction", err));
    if (writer->form->prepare != NULL) { NOMEN_TRY(writer->form->prepare(writer, err)); }
done:
    return status;
}

/* For a document that is a stream of bytes. */
static nomen_status check_stream(const nomen_tagged_writer *writer, nomen_error *err) {
    if (writer->form->open == NULL) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s consists of several files; give the name of a directory, or of a pair",
                           writer->form->name);
}

static void clear(nomen_tagged_writer *writer) {
    if (writer->state != NULL) { writer->form->clear(writer); }
    nomen_buffer_clear(&writer->out);
    nomen_output_abandon(writer->file);
}

static nomen_status begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    if (writer->begun) { return NOMEN_OK; }
    writer->begun = true;
    return writer->form->begin != NULL ? writer->form->begin(writer, first, err) : NOMEN_OK;
}

/* Appends a text to the writer's buffer. */
static nomen_status append(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    nomen_tagged view = *tagged;
    if (view.n_bytes == 0) { view.text = ""; } /* an empty text may be NULL, which nothing can be added to */
    nomen_status status;
    if (writer->options.all_scores && view.n_words > 0 && view.probabilities == NULL) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "all_scores: the text was tagged without the words' probabilities"));
    }
    NOMEN_TRY(begin(writer, &view, err));
    NOMEN_TRY(writer->form->write != NULL ? writer->form->write(&view, &writer->options, &writer->out, err)
                                          : writer->form->add(writer, &view, err));
    writer->n_texts++;
done:
    return status;
}

/* Appends what stands at the end. */
static nomen_status end(nomen_tagged_writer *writer, nomen_error *err) {
    nomen_status status = begin(writer, NULL, err);
    return status == NOMEN_OK && writer->form->end != NULL ? writer->form->end(writer, err) : status;
}

nomen_status nomen_tagged_writer_create(nomen_tag_format format, const nomen_tag_write_options *options,
                                        nomen_bytes_function part, void *user, nomen_tagged_writer **out, nomen_error *err) {
    nomen_tagged_writer *writer = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(writer, 1, err));
    NOMEN_TRY(start(writer, format, options, err));
    NOMEN_TRY(check_stream(writer, err));
    writer->part = part;
    writer->user = user;
    *out = writer;
    return NOMEN_OK;
done:
    nomen_tagged_writer_free(writer);
    return status;
}

nomen_status nomen_tagged_writer_open(const char *path, bool overwrite, nomen_tag_format format,
                                      const nomen_tag_write_options *options, nomen_tagged_writer **out, nomen_error *err) {
    nomen_tagged_writer *writer = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_string_check(path, "the path of the output", err));
    NOMEN_TRY(NOMEN_NEW(writer, 1, err));
    NOMEN_TRY(start(writer, format, options, err));
    if (writer->form->open != NULL) {
        NOMEN_TRY(writer->form->open(writer, path, overwrite, err));
    } else {
        NOMEN_TRY(nomen_output_check(path, overwrite, err));
        NOMEN_TRY(nomen_output_open(path, overwrite ? NOMEN_OUTPUT_OVERWRITE : NOMEN_OUTPUT_NEW, &writer->file, err));
    }
    *out = writer;
    return NOMEN_OK;
done:
    nomen_tagged_writer_free(writer);
    return status;
}

void nomen_tagged_writer_free(nomen_tagged_writer *writer) {
    if (writer == NULL) { return; }
    clear(writer);
    nomen_mem_free(writer);
}

nomen_status nomen_tagged_writer_name_next(nomen_tagged_writer *writer, const char *name, nomen_error *err) {
    return writer->form->name_next != NULL ? writer->form->name_next(writer, name, err) : NOMEN_OK;
}

nomen_status nomen_tagged_writer_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    nomen_status status = append(writer, tagged, err);
    return status == NOMEN_OK && writer->out.size >= part_size ? nomen_tagged_writer_flush(writer, err) : status;
}

nomen_status nomen_tagged_writer_get_map(nomen_tagged_writer *writer, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer map = {0};
    nomen_status status;
    if (writer->form->map == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the format %s has no map; write redacted texts", writer->form->name);
    }
    status = writer->form->map(writer, &map, err);
    return nomen_buffer_string(status, &map, out, n_bytes, err);
}

nomen_status nomen_tagged_writer_flush(nomen_tagged_writer *writer, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (writer->out.size == 0) { return NOMEN_OK; }
    NOMEN_TRY(writer->file != NULL ? nomen_output_write(writer->file, writer->out.data, writer->out.size, err)
                                   : writer->part(writer->user, writer->out.data, writer->out.size, err));
    nomen_buffer_reset(&writer->out);
done:
    return status;
}

nomen_status nomen_tagged_writer_finish(nomen_tagged_writer *writer, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(end(writer, err));
    NOMEN_TRY(nomen_tagged_writer_flush(writer, err));
    if (writer->file != NULL) {
        nomen_output *file = writer->file;
        writer->file = NULL;
        status = nomen_output_commit(file, err);
    }
done:
    return status;
}

nomen_status nomen_tagged_write(const nomen_tagged *tagged, nomen_tag_format format, const nomen_tag_write_options *options,
                                nomen_buffer *out, nomen_error *err) {
    nomen_tagged_writer writer;
    nomen_status status = start(&writer, format, options, err);
    writer.out = *out; /* lent */
    if (status != NOMEN_OK) { goto done; }
    NOMEN_TRY(check_stream(&writer, err));
    NOMEN_TRY(append(&writer, tagged, err));
    NOMEN_TRY(end(&writer, err));
done:
    *out = writer.out;
    writer.out = (nomen_buffer){0};
    clear(&writer);
    return status;
}

nomen_status nomen_tagged_to_string(const nomen_tagged *tagged, nomen_tag_format format, const nomen_tag_write_options *options,
                                    char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer buffer = {0};
    nomen_status status = nomen_tagged_write(tagged, format, options, &buffer, err);
    return nomen_buffer_string(status, &buffer, out, n_bytes, err);
}
