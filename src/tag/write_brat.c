/* brat's pairs of files: one, or a directory with a pair a text, which appears as a whole. */
#include <string.h>

#include "base/intern.h"
#include "base/mem.h"
#include "data/brat.h"
#include "tag/view.h"
#include "tag/writer.h"

typedef struct brat_state {
    nomen_tagged_view view;
    char *path;            /* of a pair; NULL for a directory */
    nomen_brat_pair pair;  /* written, and not yet in its place */
    nomen_staging staging; /* the directory */
    nomen_buffer name;     /* what the next text is to be called; empty: its number */
    nomen_interner names;  /* that were given in the directory */
    bool overwrite;
} brat_state;

static nomen_status brat_open(nomen_tagged_writer *writer, const char *path, bool overwrite, nomen_error *err) {
    brat_state *state = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(state, 1, err));
    writer->state = state;
    state->overwrite = overwrite;
    NOMEN_TRY(nomen_tagged_view_create(&state->view, NOMEN_DATA_BRAT, NULL, err));
    if (!nomen_brat_is_pair(path)) {
        if (overwrite) { NOMEN_TRY(nomen_brat_directory_check(path, err)); }
        NOMEN_TRY(nomen_staging_begin(path, overwrite, &state->staging, err));
    } else {
        if ((state->path = nomen_mem_copy(path, strlen(path))) == NULL) { NOMEN_FAIL(nomen_error_memory(err, strlen(path), 1)); }
        NOMEN_TRY(nomen_brat_pair_check(state->path, overwrite, NULL, err));
    }
done:
    return status;
}

static nomen_status brat_name_next(nomen_tagged_writer *writer, const char *name, nomen_error *err) {
    brat_state *state = writer->state;
    nomen_buffer_reset(&state->name);
    bool plain = name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
    return plain ? nomen_buffer_append_text(&state->name, name, err) : NOMEN_OK;
}

/* A name in the directory that no other text has, with ".ann": "a", "a-2", "a-3"; or the text's number. */
static nomen_status make_name(brat_state *state, size_t number, nomen_error *err) {
    size_t n = state->name.size;
    int32_t place;
    nomen_status status = NOMEN_OK;
    if (n == 0) { NOMEN_TRY(nomen_buffer_printf(&state->name, err, "%06zu", number)); }
    n = state->name.size;
    for (size_t again = 2; nomen_interner_find(&state->names, state->name.data, state->name.size) >= 0; again++) {
        state->name.data[state->name.size = n] = '\0';
        NOMEN_TRY(nomen_buffer_printf(&state->name, err, "-%zu", again));
    }
    NOMEN_TRY(nomen_intern(&state->names, state->name.data, state->name.size, &place, err));
    status = nomen_buffer_append_text(&state->name, ".ann", err);
done:
    return status;
}

static nomen_status brat_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    brat_state *state = writer->state;
    char *file = NULL;
    nomen_brat_pair pair;
    nomen_status status;
    NOMEN_TRY(nomen_tagged_view_show(&state->view, tagged, writer->n_texts + 1, err));
    if (state->path != NULL) {
        if (writer->n_texts == 0) {
            return nomen_brat_pair_open(&state->view.writer, 0, state->path, state->overwrite, &state->pair, err);
        }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: a brat pair holds one text, but there are more; give the name of a directory", state->path);
    }
    NOMEN_TRY(make_name(state, writer->n_texts + 1, err));
    file = nomen_file_join(state->staging.temporary, state->name.data);
    if (file == NULL) { NOMEN_FAIL(nomen_error_memory(err, state->name.size, 1)); }
    NOMEN_TRY(nomen_brat_pair_open(&state->view.writer, 0, file, true, &pair, err));
    NOMEN_TRY(nomen_brat_pair_commit(&pair, err));
done:
    nomen_buffer_reset(&state->name);
    nomen_mem_free(file);
    return status;
}

static nomen_status brat_end(nomen_tagged_writer *writer, nomen_error *err) {
    brat_state *state = writer->state;
    nomen_notes_log(&state->view.writer.notes, state->path != NULL ? state->path : state->staging.path);
    if (state->path == NULL) { return nomen_staging_commit(&state->staging, err); }
    if (writer->n_texts > 0) { return nomen_brat_pair_commit(&state->pair, err); }
    return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: there is no text to write", state->path);
}

static void brat_clear(nomen_tagged_writer *writer) {
    brat_state *state = writer->state;
    nomen_tagged_view_clear(&state->view);
    nomen_brat_pair_abandon(&state->pair);
    nomen_staging_abandon(&state->staging);
    nomen_buffer_clear(&state->name);
    nomen_interner_clear(&state->names);
    nomen_mem_free(state->path);
    nomen_mem_free(state);
    writer->state = NULL;
}

const nomen_tag_form nomen_tag_form_brat = {"brat",          .open = brat_open, .name_next = brat_name_next,
                                            .add = brat_add, .end = brat_end,   .clear = brat_clear};
