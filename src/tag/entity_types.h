/* The types of a model's entities, in the order of its labels, O left out. */
#ifndef NOMEN_TAG_ENTITY_TYPES_H
#define NOMEN_TAG_ENTITY_TYPES_H

#include "nomen/tag.h"

/* The place of a type among the types of the labels; how many there are where it is none of them. */
size_t nomen_type_place(char *const *labels, size_t n_labels, const char *type);

/* Start from {0}. */
typedef struct nomen_tag_types {
    const char **names; /* (n) borrowed from the labels */
    size_t n;
} nomen_tag_types;

/* An entity's type: with NONE its name is a whole label. */
const char *nomen_entity_type(const nomen_tagged *tagged, const nomen_entity *entity);

nomen_status nomen_tag_types_create(char *const *labels, size_t n_labels, nomen_tag_types *out, nomen_error *err);

/* The place of a type, or n. */
size_t nomen_tag_types_find(const nomen_tag_types *types, const char *name);

/* Frees what it holds and leaves {0}. */
void nomen_tag_types_clear(nomen_tag_types *types);

#endif
