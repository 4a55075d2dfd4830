/* Writing a dataset in a format; see the header. */
#include "data/write.h"

#include "data/formats.h"

/* Texts without words are kept for formats of texts alone. */
static nomen_status refuse_wordless(const nomen_dataset *set, const nomen_format *format, nomen_error *err) {
    for (size_t s = 0; s < set->n_sentences && !(format->holds & NOMEN_HOLDS_SPANS); s++) {
        if (set->sentences[s].n_words > 0) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s:%zu: %s can't represent a text without words; read the file without keep_spans", set->path,
                               set->sentences[s].line, format->name);
    }
    return NOMEN_OK;
}

/* Names that will be lost. */
static void count_names(nomen_writer *writer) {
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        writer->notes.counts[NOMEN_NOTE_NAMES] += writer->set->sentences[s].name_size > 0;
    }
}

/* Boundaries between documents that will be lost. */
static void count_documents(nomen_writer *writer) {
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        writer->notes.counts[NOMEN_NOTE_DOCUMENTS] += writer->set->sentences[s].document_start;
    }
}

/* Words of unknown label, which no format can hold. */
static void count_unknown(nomen_writer *writer) {
    for (size_t s = 0; writer->set->has_unknown && s < writer->set->n_sentences; s++) {
        const nomen_sentence *sentence = &writer->set->sentences[s];
        for (size_t w = 0; w < sentence->n_words; w++) {
            writer->notes.counts[NOMEN_NOTE_UNKNOWN] += nomen_word_is_unknown(writer->set, sentence->first_word + w);
        }
    }
}

nomen_status nomen_writer_begin(nomen_writer *writer, nomen_data_format format, nomen_error *err) {
    const nomen_format *row = nomen_format_get(format);
    if (!(row->holds & NOMEN_HOLDS_DOCUMENTS)) { count_documents(writer); }
    if (!(row->holds & NOMEN_HOLDS_NAMES)) { count_names(writer); }
    count_unknown(writer);
    return refuse_wordless(writer->set, row, err);
}

nomen_status nomen_dataset_write(const nomen_dataset *set, const nomen_write_options *options, const char *name,
                                 nomen_bytes_function part, void *user, nomen_notes *notes, nomen_error *err) {
    const nomen_format *format = nomen_format_get(options->format);
    nomen_writer writer;
    nomen_status status = nomen_format_check_writable(options->format, err);
    if (status != NOMEN_OK) { return status; }
    if (format->write == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: %s consists of several files and can't be written here; choose another format", name,
                               format->name);
    }
    NOMEN_TRY(nomen_writer_create(set, options, part, user, &writer, err));
    NOMEN_TRY(nomen_writer_begin(&writer, options->format, err));
    NOMEN_TRY(format->write(&writer, err));
    NOMEN_TRY(nomen_writer_hand_over(&writer, err));
    writer.notes.counts[NOMEN_NOTE_MERGED] = writer.tags.n_merged;
    nomen_notes_log(&writer.notes, name);
    *notes = writer.notes;
done:
    nomen_writer_clear(&writer);
    return status;
}
