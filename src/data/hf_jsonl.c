/* Hugging Face's rows of words, as they are written: {"tokens": ["Jane", "left"], "ner_tags": ["B-per", "O"]}, a row a line. */
#include "data/documents.h"
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"

static nomen_status write_row(nomen_writer *writer, size_t sentence, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&writer->out, err);
    size_t n_words = writer->set->sentences[sentence].n_words;
    nomen_status status = nomen_writer_tags(writer, sentence, err);
    if (status != NOMEN_OK) { return status; }
    nomen_writer_note_spacing(writer, sentence);
    nomen_writer_begin_object(&json, writer, sentence);
    nomen_json_begin_list(&json, "tokens");
    for (size_t w = 0; w < n_words; w++) {
        size_t n;
        const char *word = nomen_writer_word(writer, sentence, w, &n);
        nomen_json_add_bytes(&json, NULL, word, n);
    }
    nomen_json_end_list(&json);
    nomen_json_begin_list(&json, "ner_tags");
    for (size_t w = 0; w < n_words; w++) {
        nomen_json_add_bytes(&json, NULL, writer->sentence_tags[w].text, writer->sentence_tags[w].n_bytes);
    }
    nomen_json_end_list(&json);
    writer->n_documents += writer->set->sentences[sentence].document_start;
    /* What stands before the first boundary has no number. */
    if (writer->n_documents > 0) { nomen_json_add_size(&json, NOMEN_DOCUMENT_KEY, writer->n_documents); }
    nomen_json_end_object(&json);
    return json.status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_write_all(writer, false, write_row, err);
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
