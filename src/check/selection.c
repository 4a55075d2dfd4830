/* A dataset with other sentences over the same words, written. */
#include "check/selection.h"

#include "base/file.h"
#include "base/mem.h"
#include "data/write.h"

static nomen_status write_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_output_write(user, bytes, n_bytes, err);
}

nomen_status nomen_selection_write(const nomen_dataset *dataset, const size_t *sentences, size_t n,
                                   const nomen_write_options *options, bool documents, const char *path, nomen_error *err) {
    nomen_dataset view = *dataset; /* borrows all but its list of sentences */
    nomen_output *output = NULL;
    nomen_notes notes = {0};
    bool each_alone = nomen_dataset_each_alone(dataset);
    nomen_status status;
    view.n_sentences = n;
    NOMEN_TRY(NOMEN_NEW(view.sentences, n, err));
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && sentences[i] == sentences[i - 1] + 1 && !each_alone;
        view.sentences[i] = dataset->sentences[sentences[i]];
        view.sentences[i].document_start = documents && (view.sentences[i].document_start || !same);
    }
    NOMEN_TRY(nomen_output_open(path, NOMEN_OUTPUT_OVERWRITE, &output, err));
    NOMEN_TRY(nomen_dataset_write(&view, options, path, write_part, output, &notes, err));
    status = nomen_output_commit(output, err);
    output = NULL;
done:
    nomen_output_abandon(output);
    nomen_mem_free(view.sentences);
    return status;
}
