/* Writing CoNLL's columns; see the header. */
#include "data/conll_write.h"

#include <string.h>

#include "base/mem.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/line_cursor.h"
#include "data/label_split.h"

/* How a line is made: what stands between word and tag, and the mark of a document. */
typedef struct conll_form {
    const char *between;
    size_t n_between;
    const char *document;
    const char *(*stand_in)(unsigned char byte);
} conll_form;

/* A word in which nothing is replaced, in one go: this is most of the time of writing. */
static nomen_status write_plain(nomen_buffer *out, const conll_form *form, const char *word, size_t n_word,
                                const nomen_tag_name *tag, nomen_error *err) {
    size_t n = n_word + form->n_between + tag->n_bytes + 1;
    nomen_status status = NOMEN_RESERVE(out->data, out->capacity, out->size + n + 1, err);
    if (status != NOMEN_OK) { return status; }
    char *at = out->data + out->size;
    memcpy(at, word, n_word);
    memcpy(at + n_word, form->between, form->n_between);
    memcpy(at + n_word + form->n_between, tag->text, tag->n_bytes);
    memcpy(at + n - 1, "\n", 2);
    out->size += n;
    return NOMEN_OK;
}

/*
 * Whether a word, written first in its line, would be read as something else: as the mark of a document, or, at the beginning
 * of a sentence, as a comment, which is known by a last column that is no tag where others are.
 */
static bool reads_as_a_mark(const nomen_writer *writer, const char *bytes, size_t n, size_t word) {
    if (nomen_is_docstart(bytes, n)) { return true; }
    if (bytes[0] != '#' || word > 0 || nomen_is_tag(writer->sentence_tags[word].text, writer->sentence_tags[word].n_bytes)) {
        return false;
    }
    bool others = false;
    for (size_t i = 0; i < writer->set->n_tags && !others; i++) {
        others = nomen_is_tag(writer->set->tag_names[i], strlen(writer->set->tag_names[i]));
    }
    return others;
}

static nomen_status write_word(nomen_writer *writer, const conll_form *form, size_t sentence, size_t word, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    size_t n, n_plain = 0;
    const char *bytes = nomen_writer_word(writer, sentence, word, &n);
    nomen_status status;
    while (n_plain < n && (unsigned char)bytes[n_plain] > ' ') { n_plain++; }
    if (n_plain == n && bytes[0] != NOMEN_DOCUMENT_MARK[0] && bytes[0] != '#') {
        return write_plain(out, form, bytes, n, &writer->sentence_tags[word], err);
    }
    char seen[NOMEN_EXCERPT_SIZE];
    size_t n_changed = writer->notes.counts[NOMEN_NOTE_CHARACTERS];
    bool mark = reads_as_a_mark(writer, bytes, n, word);
    if (mark) { NOMEN_TRY(nomen_buffer_append_text(out, "\xc2\xa0", err)); }
    NOMEN_TRY(nomen_writer_append_word(writer, sentence, word, form->stand_in, err));
    if (mark && writer->notes.counts[NOMEN_NOTE_CHARACTERS] == n_changed) { /* else it was counted for another character */
        nomen_note(&writer->notes, NOMEN_NOTE_CHARACTERS, writer->set->path, writer->set->sentences[sentence].line,
                   "the word '%s' gets a no-break space in front of it", nomen_excerpt(seen, bytes, n));
    }
    NOMEN_TRY(nomen_buffer_append(out, form->between, form->n_between, err));
    NOMEN_TRY(nomen_buffer_append(out, writer->sentence_tags[word].text, writer->sentence_tags[word].n_bytes, err));
    status = nomen_buffer_append_byte(out, '\n', err);
done:
    return status;
}

/* In place of what would end a line or part two columns. */
static const char *for_tabs(unsigned char byte) {
    return byte == '\t' || byte == '\n' || byte == '\r' ? " " : byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

static const char *for_spaces(unsigned char byte) {
    return nomen_is_blank((char)byte) || byte == '\n' || byte == '\r' ? "\xc2\xa0" : byte == '\0' ? "\xef\xbf\xbd" : NULL;
}

static nomen_status write_form(nomen_writer *writer, const conll_form *form, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        const nomen_sentence *sentence = &writer->set->sentences[s];
        if (s > 0) { NOMEN_TRY(nomen_buffer_append_byte(&writer->out, '\n', err)); }
        if (sentence->document_start) {
            NOMEN_TRY(nomen_buffer_append_text(&writer->out, NOMEN_DOCUMENT_MARK, err));
            NOMEN_TRY(nomen_buffer_append_text(&writer->out, form->document, err));
        }
        nomen_writer_note_spacing(writer, s);
        NOMEN_TRY(nomen_writer_tags(writer, s, err));
        for (size_t w = 0; w < sentence->n_words; w++) { NOMEN_TRY(write_word(writer, form, s, w, err)); }
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
done:
    return status;
}

nomen_status nomen_write_conll(nomen_writer *writer, nomen_error *err) {
    return write_form(writer, &(conll_form){"\t", 1, "\tO\n\n", for_tabs}, err);
}

nomen_status nomen_write_conll_2002(nomen_writer *writer, nomen_error *err) {
    return write_form(writer, &(conll_form){" _ ", 3, " -X- O\n\n", for_spaces}, err);
}

nomen_status nomen_write_conll_2003(nomen_writer *writer, nomen_error *err) {
    return write_form(writer, &(conll_form){" _ _ ", 5, " -X- -X- O\n\n", for_spaces}, err);
}
