/* freeze-* and lora-*. */
#include "train/options/trained.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "model/params.h"
#include "train/options/parameters.h"

const char *nomen_train_lora_init(const nomen_train_options *o) {
    return o->lora_init != NULL && strcmp(o->lora_init, "none") != 0 ? o->lora_init : NULL;
}

/* The name of an option of LoRA that is not as it is by default; NULL where all are. */
static const char *find_changed(const nomen_train_options *o) {
    return o->lora_alpha != NOMEN_DEFAULT_LORA_ALPHA                                          ? "lora-alpha"
           : o->lora_dropout != 0                                                             ? "lora-dropout"
           : o->lora_target != NULL && strcmp(o->lora_target, NOMEN_DEFAULT_LORA_TARGET) != 0 ? "lora-target"
           : nomen_train_lora_init(o) != NULL                                                 ? "lora-init"
           : o->lora_export != NOMEN_LORA_MERGED                                              ? "lora-export"
                                                                                              : NULL;
}

/* The target of that name; NOMEN_LORA_TARGETS for none. */
static int find_target(const char *name, size_t n_bytes) {
    int t = 0;
    for (; t < NOMEN_LORA_TARGETS; t++) {
        const char *known = nomen_lora_target_name((nomen_lora_target)t);
        if (strlen(known) == n_bytes && memcmp(known, name, n_bytes) == 0) { break; }
    }
    return t;
}

static nomen_status parse_targets(const char *list, unsigned *out, nomen_error *err) {
    unsigned targets = 0;
    for (const char *at = list, *end; at != NULL; at = *end == ',' ? end + 1 : NULL) {
        end = at + strcspn(at, ",");
        int target = find_target(at, (size_t)(end - at));
        if (target == NOMEN_LORA_TARGETS) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "lora-target: \"%.*s\" is no dense layer of the encoder; choose from query, key, value, "
                                   "attention.output.dense, intermediate.dense and output.dense, joined by commas",
                                   (int)(end - at > 64 ? 64 : end - at), at);
        }
        if (targets >> target & 1) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "lora-target: \"%.*s\" is named twice", (int)(end - at), at);
        }
        targets |= 1U << target;
    }
    *out = targets;
    return NOMEN_OK;
}

nomen_status nomen_train_get_trained(const nomen_train_options *o, nomen_trained *out, nomen_error *err) {
    nomen_trained trained = {.freeze_embeddings = o->freeze_embeddings, .freeze_layers = o->freeze_layers};
    const char *list = o->lora_target != NULL ? o->lora_target : NOMEN_DEFAULT_LORA_TARGET;
    if (o->lora_rank == 0) {
        const char *changed = find_changed(o);
        if (changed != NULL) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: has no effect without LoRA; give lora-rank, or leave it out",
                                   changed);
        }
        *out = trained;
        return NOMEN_OK;
    }
    if (o->freeze_embeddings || o->freeze_layers > 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: has no effect with lora-rank, which leaves the whole encoder as it is; leave one out",
                               o->freeze_layers > 0 ? "freeze-layers" : "freeze-embeddings");
    }
    trained.lora = (nomen_lora_settings){.rank = o->lora_rank, .alpha = o->lora_alpha, .dropout = o->lora_dropout};
    nomen_status status = parse_targets(list, &trained.lora.targets, err);
    if (status == NOMEN_OK) { *out = trained; }
    return status;
}
