/*
 * Hugging Face's rows of words: {"tokens": ["Jane", "left"], "ner_tags": ["B-per", "O"]}, a row a line (or
 * all in one list). Tags stand under "ner_tags", "labels" or "tags", as names, or as numbers whose names the
 * caller brings.
 */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/json_records.h"
#include "data/format.h"
#include "data/label_names.h"

static const json_t *find_tags(const json_t *row, const char **key) {
    for (size_t i = 0; nomen_tag_keys[i] != NULL; i++) {
        const json_t *tags = json_object_get(row, nomen_tag_keys[i]);
        if (!json_is_array(tags)) { continue; }
        *key = nomen_tag_keys[i];
        return tags;
    }
    *key = nomen_tag_keys[0];
    return NULL;
}

/* The name of a row's tag, NULL with a fault told. */
static nomen_status find_name(nomen_builder *builder, const json_t *tag, const nomen_labels *names, size_t line,
                              const char **out, size_t *n_out, nomen_error *err) {
    long long number = 0;
    *out = NULL;
    if (json_is_string(tag)) {
        *out = json_string_value(tag);
        *n_out = json_string_length(tag);
        if (memchr(*out, '\0', *n_out) == NULL) { return NOMEN_OK; }
        *out = NULL;
        return nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, line, err, "a tag holds a NUL; O, B-type and I-type are tags");
    }
    if (!nomen_json_whole(tag, &number)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, line, err, "a tag is %s; give names or numbers", nomen_json_kind(tag));
    }
    if (names->n == 0) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, line, err, "the tags are numbers; state their names in order (--tag-names "
                                   "O,B-per,I-per or a file)");
    }
    if (number < 0 || (unsigned long long)number >= names->n) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, line, err, "there is no tag %lld: %zu tag names were given, from 0 on", number,
                                   names->n);
    }
    *out = names->names[number];
    *n_out = strlen(*out);
    return NOMEN_OK;
}

static nomen_status read_row(nomen_builder *builder, const json_t *row, const nomen_labels *names, size_t line,
                             nomen_error *err) {
    const char *key;
    const json_t *words = json_object_get(row, "tokens"), *tags = find_tags(row, &key);
    if (!json_is_object(row) || !json_is_array(words) || tags == NULL) {
        return nomen_builder_fault(builder, line, err, "%s where an object with the lists \"tokens\" and \"ner_tags\" (or "
                                   "\"labels\") is needed", json_is_object(row) ? "one of them lacks" : nomen_json_kind(row));
    }
    size_t n = json_array_size(words), n_tags = json_array_size(tags);
    if (n != n_tags) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COUNTS, line, err, "%zu tokens but %zu in \"%s\"; each token needs one tag", n, n_tags, key);
    }
    if (n == 0) { return nomen_builder_fault_of(builder, NOMEN_FAULT_EMPTY, line, err, "the row has no tokens; drop it"); }
    nomen_record_names names_of;
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(nomen_record_names_take(builder, row, line, &names_of, err));
    nomen_records_note_fields(builder, row, (const json_t *const[]){words, tags, names_of.id, names_of.document}, 4);
    nomen_builder_begin(builder, line);
    for (size_t i = 0; i < n; i++) {
        const json_t *word = json_array_get(words, i);
        const char *name = NULL;
        size_t n_name = 0;
        if (!json_is_string(word)) {
            NOMEN_TRY(nomen_builder_fault(builder, line, err, "token %zu is %s; give strings", i, nomen_json_kind(word)));
            break;
        }
        NOMEN_TRY(find_name(builder, json_array_get(tags, i), names, line, &name, &n_name, err));
        if (name == NULL) { break; }
        NOMEN_TRY(nomen_builder_add(builder, json_string_value(word), json_string_length(word), name, n_name, line, err));
    }
    status = nomen_builder_end(builder, err);
done:
    return status;
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_records records;
    nomen_labels names = {0};
    nomen_status status = NOMEN_OK;
    nomen_records_open(&records, bytes, n_bytes);
    if (builder->options->tag_names != NULL) { NOMEN_TRY(nomen_label_names_read(builder->options->tag_names, &names, err)); }
    while (!nomen_builder_full(builder)) {
        NOMEN_TRY(nomen_records_next(&records, builder, err));
        if (records.record == NULL) { break; }
        NOMEN_TRY(read_row(builder, records.record, &names, records.record_line, err));
    }
done:
    nomen_records_close(&records);
    nomen_labels_clear(&names);
    return status;
}

static nomen_status write_row(nomen_writer *writer, size_t sentence, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    size_t n_words = writer->set->sentences[sentence].n_words;
    nomen_status status;
    NOMEN_TRY(nomen_writer_tags(writer, sentence, err));
    if (!nomen_writer_is_joined(writer, sentence)) { nomen_writer_note_spacing(writer, sentence); }
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
    if (writer->n_documents > 0) { /* what stands before the first border has no number */
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

static bool looks_like(const nomen_probe *probe) {
    const char *key;
    return json_is_array(json_object_get(probe->json, "tokens")) && find_tags(probe->json, &key) != NULL;
}

const nomen_format nomen_format_hf_jsonl = {
    .format = NOMEN_DATA_HF_JSONL, .key = "hf", .name = "HF JSONL", .suffix = "",
    .holds = NOMEN_HOLDS_DOCUMENTS | NOMEN_HOLDS_NAMES | NOMEN_HAS_VALUES, .tag_place = "the lists of tags", .advice = "add texts with their annotations",
    .looks_like = looks_like, .read = read_all, .write = write_all};
