/* A dataset with other sentences over the same words. */
#include "data/select.h"

#include "base/mem.h"

nomen_status nomen_dataset_select(const nomen_dataset *dataset, const size_t *sentences, size_t n, bool documents,
                                  nomen_dataset *out, nomen_error *err) {
    bool each_alone = nomen_dataset_each_alone(dataset);
    nomen_sentence *chosen = NULL;
    nomen_status status = NOMEN_NEW(chosen, n, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && sentences[i] == sentences[i - 1] + 1 && !each_alone;
        chosen[i] = dataset->sentences[sentences[i]];
        chosen[i].document_start = documents && (chosen[i].document_start || !same);
    }
    *out = *dataset;
    out->sentences = chosen;
    out->n_sentences = n;
    return NOMEN_OK;
}
