/* The types of entities; see the header. A list: a model has a handful of them. */
#include "tag/entity_types.h"

#include <string.h>

#include "base/mem.h"
#include "data/label_split.h"
#include "decode/aggregate.h"

const char *nomen_entity_type(const nomen_tagged *tagged, const nomen_entity *entity) {
    return tagged->aggregation == NOMEN_AGGREGATE_NONE ? nomen_label_group_name(entity->name) : entity->name;
}

size_t nomen_type_place(char *const *labels, size_t n_labels, const char *type) {
    size_t place = 0;
    for (size_t k = 0; k < n_labels; k++) {
        const char *other = nomen_label_group_name(labels[k]);
        if (strcmp(other, type) == 0) { break; }
        bool first = strcmp(other, "O") != 0;
        for (size_t j = 0; first && j < k; j++) { first = strcmp(nomen_label_group_name(labels[j]), other) != 0; }
        place += first;
    }
    return place;
}

nomen_status nomen_tag_types_create(char *const *labels, size_t n_labels, nomen_tag_types *out, nomen_error *err) {
    nomen_tag_types types = {0};
    nomen_status status = NOMEN_NEW(types.names, n_labels, err);
    for (size_t k = 0; status == NOMEN_OK && k < n_labels; k++) {
        const char *name = nomen_label_group_name(labels[k]);
        if (strcmp(name, "O") == 0 || nomen_tag_types_find(&types, name) < types.n) { continue; }
        types.names[types.n++] = name;
    }
    if (status == NOMEN_OK) { *out = types; }
    return status;
}

size_t nomen_tag_types_find(const nomen_tag_types *types, const char *name) {
    size_t i = 0;
    while (i < types->n && strcmp(types->names[i], name) != 0) { i++; }
    return i;
}

void nomen_tag_types_clear(nomen_tag_types *types) {
    nomen_mem_free(types->names);
    *types = (nomen_tag_types){0};
}
