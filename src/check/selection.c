/* Some sentences of a dataset as a file. */
#include "check/selection.h"

#include "base/file.h"
#include "base/mem.h"
#include "data/select.h"
#include "data/write.h"

static nomen_status write_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_output_write(user, bytes, n_bytes, err);
}

nomen_status nomen_selection_write(const nomen_dataset *dataset, const size_t *sentences, size_t n,
                                   const nomen_write_options *options, bool documents, const char *path, nomen_error *err) {
    nomen_dataset view = {0};
    nomen_output *output = NULL;
    nomen_notes notes = {0};
    nomen_status status;
    NOMEN_TRY(nomen_dataset_select(dataset, sentences, n, documents, &view, err));
    NOMEN_TRY(nomen_output_open(path, NOMEN_OUTPUT_OVERWRITE, &output, err));
    NOMEN_TRY(nomen_dataset_write(&view, options, path, write_part, output, &notes, err));
    status = nomen_output_commit(output, err);
    output = NULL;
done:
    nomen_output_abandon(output);
    nomen_mem_free(view.sentences);
    return status;
}
