/* Writing a dataset; see the header. */
#include "data/writer.h"

#include <string.h>

#include "base/mem.h"
#include "data/encoding.h"
#include "data/entities.h"
#include "data/excerpt.h"

static const size_t part_size = (size_t)1 << 20;

/* A text that would be taken for something else by its first bytes gets a byte-order mark before them. */
static nomen_status begin(nomen_writer *writer, nomen_error *err) {
    writer->begun = true;
    if (!nomen_data_needs_mark(writer->out.data, writer->out.size)) { return NOMEN_OK; }
    return writer->part(writer->user, "\xef\xbb\xbf", 3, err);
}

nomen_status nomen_writer_hand_over(nomen_writer *writer, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (writer->out.size == 0) { return NOMEN_OK; }
    if (!writer->begun) { NOMEN_TRY(begin(writer, err)); }
    NOMEN_TRY(writer->part(writer->user, writer->out.data, writer->out.size, err));
    nomen_buffer_reset(&writer->out);
done:
    return status;
}

nomen_status nomen_writer_flush(nomen_writer *writer, nomen_error *err) {
    return writer->out.size < part_size ? NOMEN_OK : nomen_writer_hand_over(writer, err);
}

nomen_status nomen_writer_write_all(nomen_writer *writer, bool list,
                                    nomen_status (*write_one)(nomen_writer *writer, size_t sentence, nomen_error *err),
                                    nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        if (list) { NOMEN_TRY(nomen_buffer_append_text(&writer->out, s > 0 ? ",\n" : "[", err)); }
        NOMEN_TRY(write_one(writer, s, err));
        if (!list) { NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '\n', err)); }
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
    if (list) { NOMEN_TRY(nomen_buffer_append_text(&writer->out, "]\n", err)); }
done:
    return status;
}

nomen_status nomen_writer_tags(nomen_writer *writer, size_t sentence, nomen_error *err) {
    nomen_status status = nomen_tag_writer_run(&writer->tags, sentence, err);
    if (status != NOMEN_OK) { return status; }
    writer->sentence_tags = writer->tags.tags;
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const int32_t *tags = writer->set->tags + s->first_word;
    for (size_t w = 0; writer->tags.any_changed && w < s->n_words; w++) {
        if (!writer->tags.changed[tags[w]]) { continue; }
        char seen[NOMEN_EXCERPT_SIZE];
        const char *name = writer->set->tag_names[tags[w]];
        nomen_note(&writer->notes, NOMEN_NOTE_LABELS, writer->set->path, s->line, "the tag '%s' becomes '%s'",
                   nomen_excerpt(seen, name, strlen(name)), writer->sentence_tags[w].text);
    }
    return NOMEN_OK;
}

nomen_status nomen_writer_spans(nomen_writer *writer, size_t sentence, nomen_error *err) {
    return nomen_dataset_entities(writer->set, sentence, &writer->spans, &writer->n_spans, &writer->spans_capacity, err);
}

const char *nomen_writer_label(const nomen_writer *writer, int32_t label) {
    return nomen_dataset_entity_type(writer->set, label);
}

bool nomen_writer_is_joined(const nomen_writer *writer, size_t sentence) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const nomen_span *words = writer->set->words + s->first_word;
    const char *text = nomen_sentence_text(writer->set, sentence);
    size_t at = 0;
    for (size_t w = 0; w < s->n_words; w++) {
        if (w > 0 && (at >= s->text_size || text[at++] != ' ')) { return false; }
        if (words[w].start != at) { return false; }
        at = words[w].end;
    }
    return at == s->text_size;
}

void nomen_writer_note_spacing(nomen_writer *writer, size_t sentence) {
    if (nomen_writer_is_joined(writer, sentence)) { return; }
    const nomen_sentence *s = &writer->set->sentences[sentence];
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_note(&writer->notes, NOMEN_NOTE_SPACING, writer->set->path, s->line, "the spacing of '%s' is not kept",
               nomen_excerpt(seen, nomen_sentence_text(writer->set, sentence), s->text_size));
}

nomen_status nomen_writer_append_word(nomen_writer *writer, size_t sentence, size_t word,
                                      const char *(*stand_in)(unsigned char byte), nomen_error *err) {
    size_t n, from = 0;
    const char *bytes = nomen_writer_word(writer, sentence, word, &n);
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) {
        const char *other = (unsigned char)bytes[i] > ' ' ? NULL : stand_in((unsigned char)bytes[i]);
        if (other == NULL) { continue; }
        NOMEN_TRY(nomen_buffer_append(&writer->out, bytes + from, i - from, err));
        NOMEN_TRY(nomen_buffer_append_text(&writer->out, other, err));
        from = i + 1;
    }
    if (from > 0) {
        char seen[NOMEN_EXCERPT_SIZE];
        nomen_note(&writer->notes, NOMEN_NOTE_CHARACTERS, writer->set->path, writer->set->sentences[sentence].line,
                   "the word '%s' has a character that is replaced", nomen_excerpt(seen, bytes, n));
    }
    status = nomen_buffer_append(&writer->out, bytes + from, n - from, err);
done:
    return status;
}

void nomen_writer_clear(nomen_writer *writer) {
    nomen_tag_writer_clear(&writer->tags);
    nomen_buffer_clear(&writer->out);
    nomen_mem_free(writer->spans);
    nomen_mem_free(writer->places);
    *writer = (nomen_writer){0};
}

nomen_status nomen_writer_create(const nomen_dataset *set, const nomen_write_options *options, nomen_bytes_function part,
                                 void *user, nomen_writer *out, nomen_error *err) {
    *out = (nomen_writer){.set = set, .meta = options->meta, .part = part, .user = user};
    return nomen_tag_writer_create(set, options->scheme, true, &out->tags, err);
}
