/* Hugging Face's rows of words, as they are written: {"tokens": ["Jane", "left"], "ner_tags": ["B-per", "O"]}, a row a line. */
#include "data/documents.h"
#include "data/format.h"
#include "data/json_reader.h"

static nomen_status write_row(nomen_writer *writer, size_t sentence, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    size_t n_words = writer->set->sentences[sentence].n_words;
    nomen_status status;
    NOMEN_TRY(nomen_writer_tags(writer, sentence, err));
    nomen_writer_note_spacing(writer, sentence);
    NOMEN_TRY(nomen_writer_begin_object(writer, sentence, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "\"tokens\":[", err));
    for (size_t w = 0; w < n_words; w++) {
        size_t n;
        const char *word = nomen_writer_word(writer, sentence, w, &n);
        if (w > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ',', err)); }
        NOMEN_TRY(nomen_buffer_append_json(out, word, n, err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "],\"ner_tags\":[", err));
    for (size_t w = 0; w < n_words; w++) {
        const nomen_tag_name *tag = &writer->sentence_tags[w];
        if (w > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ',', err)); }
        NOMEN_TRY(nomen_buffer_append_json(out, tag->text, tag->n_bytes, err));
    }
    writer->n_documents += writer->set->sentences[sentence].document_start;
    if (writer->n_documents > 0) { /* what stands before the first boundary has no number */
        NOMEN_TRY(nomen_buffer_printf(out, err, "],\"" NOMEN_DOCUMENT_KEY "\":%zu}\n", writer->n_documents));
    } else {
        NOMEN_TRY(nomen_buffer_append_text(out, "]}\n", err));
    }
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(write_row(writer, s, err));
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    return status;
}

const nomen_format nomen_format_hf_jsonl = {.format = NOMEN_DATA_HF_JSONL,
                                            .key = "hf",
                                            .form = "JSONL with tokens and ner_tags",
                                            .name = "HF JSONL",
                                            .suffix = "",
                                            .holds = NOMEN_HOLDS_DOCUMENTS | NOMEN_HOLDS_NAMES,
                                            .has = NOMEN_HAS_VALUES,
                                            .tag_place = "the lists of tags",
                                            .advice = "add texts with their annotations",
                                            .read = nomen_json_read_records,
                                            .write = write_all};
