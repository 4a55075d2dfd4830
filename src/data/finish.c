/* Completing a dataset; see the header. */
#include "data/finish.h"

#include <string.h>

#include "base/mem.h"
#include "data/formats.h"
#include "data/implausible.h"
#include "data/scheme.h"
#include "data/word_prefix.h"

static nomen_status refuse_nothing(const nomen_builder *builder, nomen_error *err) {
    if (builder->set.n_sentences > 0 || builder->set.notes.sink != NULL) { return NOMEN_OK; }
    if (builder->first_bad_line > 0) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: no usable sentence; the first fault is on line %zu: %s", builder->name,
                               builder->first_bad_line, builder->first_bad);
    }
    nomen_notes_log(&builder->set.notes, builder->name);
    return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: no sentences; %s", builder->name,
                           nomen_format_get(builder->set.format)->advice);
}

/* Gives back what doubling took too much; a refusal of the allocator is harmless. */
static void *trim(void *block, size_t count, size_t size) {
    void *trimmed = nomen_mem_resize(block, count, size);
    return trimmed == NULL ? block : trimmed;
}

static void trim_set(nomen_dataset *set) {
    if (set->text_size > 0) { set->text = trim(set->text, set->text_size, 1); } /* else it stays, and is not NULL */
    set->words = trim(set->words, set->n_words, sizeof *set->words);
    set->tags = trim(set->tags, set->n_words, sizeof *set->tags);
    set->sentences = trim(set->sentences, set->n_sentences, sizeof *set->sentences);
    set->spans = trim(set->spans, set->n_spans, sizeof *set->spans);
}

nomen_status nomen_builder_finish(nomen_builder *builder, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(refuse_nothing(builder, err));
    NOMEN_TRY(nomen_implausible_words(builder, err));
    NOMEN_TRY(nomen_implausible_tags(builder, err));
    NOMEN_TRY(nomen_scheme_resolve(builder, err));
    NOMEN_TRY(refuse_nothing(builder, err));
    nomen_word_prefix_strip(builder);
    NOMEN_TRY(NOMEN_COPY(builder->set.path, builder->name, strlen(builder->name), err));
    nomen_interner_move(&builder->labels, &builder->set.span_labels, &builder->set.n_span_labels);
    trim_set(&builder->set);
    builder->set.names = nomen_buffer_release(&builder->names);
done:
    return status;
}
