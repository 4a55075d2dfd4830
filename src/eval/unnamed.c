/* Gold for a model whose labels have no names; see the header. */
#include "eval/unnamed.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "model_dir/model_labels.h"

static const char PREFIX[] = "LABEL_";

/* A whole number without sign or leading zero, of fewer digits than any head has rows for. */
static bool is_number(const char *text) {
    size_t n = strspn(text, "0123456789");
    return n > 0 && n < 10 && text[n] == '\0' && (n == 1 || text[0] != '0');
}

nomen_status nomen_unnamed_read(const char *directory, const char *label_names, nomen_buffer *names, nomen_error *err) {
    nomen_labels labels = {0};
    nomen_status status = NOMEN_OK;
    if (label_names != NULL) { return NOMEN_OK; }
    NOMEN_TRY(nomen_model_read_unnamed(directory, &labels, err));
    for (size_t i = 0; i < labels.n; i++) {
        NOMEN_TRY(nomen_buffer_printf(names, err, "%s%s", i > 0 ? "," : "", labels.names[i]));
    }
    if (labels.n > 0) { NOMEN_TRY(nomen_buffer_append_byte(names, '\0', err)); }
done:
    nomen_labels_clear(&labels);
    return status;
}

bool nomen_unnamed_is(const nomen_dataset *dataset) {
    for (size_t i = 0; i < dataset->n_tags; i++) {
        const char *name = dataset->tag_names[i];
        if (nomen_tag_is_unknown(name)) { continue; }
        bool prefixed = strncmp(name, PREFIX, sizeof PREFIX - 1) == 0;
        if (!is_number(prefixed ? name + sizeof PREFIX - 1 : name)) { return false; }
    }
    return true;
}

nomen_status nomen_unnamed_resolve(nomen_dataset *dataset, nomen_error *err) {
    size_t n_numbers = 0;
    if (!nomen_unnamed_is(dataset)) { return NOMEN_OK; }
    for (size_t i = 0; i < dataset->n_tags; i++) {
        char name[32];
        if (!is_number(dataset->tag_names[i])) { continue; }
        int n = snprintf(name, sizeof name, "%s%s", PREFIX, dataset->tag_names[i]);
        char *copy = nomen_mem_copy(name, (size_t)n);
        if (copy == NULL) { return nomen_error_memory(err, (size_t)n, 1); }
        nomen_mem_free(dataset->tag_names[i]);
        dataset->tag_names[i] = copy;
        n_numbers++;
    }
    if (n_numbers > 0) { nomen_log_info("%s: its tags are numbers: n is read as LABEL_n, label n of the model", dataset->path); }
    return NOMEN_OK;
}
