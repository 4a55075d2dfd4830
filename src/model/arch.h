/*
 * Architectures: what one kind of encoder differs in from another, a row each. BERT is the only one so far; a member is here
 * once the code asks for it.
 */
#ifndef NOMEN_MODEL_ARCH_H
#define NOMEN_MODEL_ARCH_H

#include "base/json.h"

typedef struct nomen_arch {
    const char *model_type;    /* of config.json */
    const char *class_prefix;  /* of its "architectures", for files without model_type */
    const char *head_class;    /* the class for token classification, as it is written */
    const char *tensor_prefix; /* of the encoder's tensors; files may leave it out */
    /* Refuses settings of config.json under which transformers would compute something else than nomen does. */
    nomen_status (*check_config)(const json_t *json, const char *path, nomen_error *err);
} nomen_arch;

extern const nomen_arch nomen_arch_bert;

/* The architecture of a config.json; another than those known is NOMEN_ERROR_UNSUPPORTED. */
nomen_status nomen_arch_find(const json_t *json, const char *path, const nomen_arch **out, nomen_error *err);

#endif
