/* Tagged words as CoNLL columns: a line "word<TAB>label" a word, and an empty line. */
#include <string.h>

#include "decode/tagged.h"
#include "tag/clean.h"
#include "tag/writer.h"

static nomen_status write_conll(const nomen_tagged *tagged, const nomen_tag_write_options *options, nomen_buffer *out,
                                nomen_error *err) {
    (void)options;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < tagged->n_words; i++) {
        nomen_span word = nomen_tagged_clip(tagged, tagged->words[i]);
        const char *label = tagged->labels[tagged->word_labels[i]];
        NOMEN_TRY(nomen_append_clean(out, tagged->text + word.start, word.end - word.start, NOMEN_CLEAN_FIELD, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '\t', err));
        NOMEN_TRY(nomen_append_clean(out, label, strlen(label), NOMEN_CLEAN_FIELD, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
done:
    return status;
}

const nomen_tag_form nomen_tag_form_conll = {"conll", .write = write_conll};
