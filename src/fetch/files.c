/* The files that a model needs; see files.h. Names that the hub gives are compared with known ones, or checked. */
#include "fetch/files.h"

#include <string.h>

#include "base/mem.h"
#include "nomen/hub.h"

/* As the reader of weights has it. */
enum { MOST_SHARDS = 1024, LONGEST_NAME = 200 };

static const struct {
    const char *name;
    bool noted;
} needed[] = {
    {"config.json", true},      {"tokenizer_config.json", true},   {"tokenizer.json", true},
    {"vocab.txt", true},        {"special_tokens_map.json", true}, {"added_tokens.json", true},
    {"nomen.json", false},      /* training, windows, calibration: only what nomen wrote has it */
    {"crf.safetensors", false}, /* the same */
};

static const struct {
    const char *name;
    bool is_index;
} weights[] = {
    {"model.safetensors", false},
    {"model.safetensors.index.json", true},
    {"pytorch_model.bin", false},
    {"pytorch_model.bin.index.json", true},
};

const char *nomen_needed_file(size_t i, bool *noted) {
    if (i >= sizeof needed / sizeof *needed) { return NULL; }
    *noted = needed[i].noted;
    return needed[i].name;
}

const char *nomen_needed_weights(size_t i, bool *is_index) {
    if (i >= sizeof weights / sizeof *weights) { return NULL; }
    *is_index = weights[i].is_index;
    return weights[i].name;
}

bool nomen_listing_has(const nomen_listing *listing, const char *name) {
    return json_object_get(listing->names, name) != NULL;
}

void nomen_listing_clear(nomen_listing *listing) {
    json_decref(listing->names);
    *listing = (nomen_listing){0};
}

nomen_status nomen_listing_parse(const char *bytes, size_t n_bytes, const char *where, nomen_listing *out, nomen_error *err) {
    nomen_listing listing = {.names = json_object()};
    json_t *answer = NULL, *item;
    size_t i;
    nomen_error problem = {0};
    nomen_status status = NOMEN_OK;
    if (listing.names == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    status = nomen_json_parse(bytes, n_bytes, where, &answer, &problem);
    if (status == NOMEN_ERROR_MEMORY) { NOMEN_FAIL(nomen_error_pass(err, &problem)); }
    const char *commit = json_string_value(json_object_get(answer, "sha"));
    const json_t *files = json_object_get(answer, "siblings");
    if (status != NOMEN_OK || commit == NULL || !nomen_hub_is_commit(commit) || !json_is_array(files)) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_FORMAT,
                            "%s: the answer is not a hub's, with the commit (\"sha\") and files (\"siblings\") of a model; is "
                            "HF_ENDPOINT right, or does a proxy answer instead?",
                            where));
    }
    memcpy(listing.commit, commit, sizeof listing.commit);
    json_array_foreach(files, i, item) {
        const char *name = json_string_value(json_object_get(item, "rfilename"));
        if (name != NULL && json_object_set_new(listing.names, name, json_true()) != 0) {
            NOMEN_FAIL(nomen_error_out_of_memory(err));
        }
    }
    *out = listing;
    listing = (nomen_listing){0};
    status = NOMEN_OK;
done:
    json_decref(answer);
    nomen_listing_clear(&listing);
    return status;
}

/* The rest of the file is read with the model; here it spares a download that would be for nothing. */
nomen_status nomen_config_check(const char *path, const char *name, nomen_error *err) {
    json_t *config = NULL;
    const char *type = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_json_read(path, &config, err));
    NOMEN_TRY(nomen_json_get_text(config, "model_type", path, &type, err));
    if (type != NULL && strcmp(type, "bert") != 0) {
        status = nomen_error_set(
            err, NOMEN_ERROR_UNSUPPORTED,
            "%s: its \"model_type\" is \"%.60s\", and nomen runs only BERT (\"bert\"); its weights are not downloaded", name,
            type);
    }
done:
    json_decref(config);
    return status;
}

static bool ends_in(const char *text, const char *end) {
    size_t n = strlen(text), n_end = strlen(end);
    return n > n_end && strcmp(text + n - n_end, end) == 0;
}

static bool is_plain_name(const char *name) {
    for (const char *c = name; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 0x7F || *c == '/' || *c == '\\') { return false; }
    }
    return name[0] != '\0' && name[0] != '.' && strlen(name) <= LONGEST_NAME;
}

nomen_status nomen_index_read(const char *path, const char *index, const nomen_listing *listing, json_t **shards,
                              nomen_error *err) {
    const char *end = strncmp(index, "pytorch", 7) == 0 ? ".bin" : ".safetensors", *tensor;
    json_t *json = NULL, *value, *found = json_object();
    nomen_status status;
    if (found == NULL) { return nomen_error_out_of_memory(err); }
    NOMEN_TRY(nomen_json_read(path, &json, err));
    json_t *map = json_object_get(json, "weight_map");
    if (!json_is_object(map) || json_object_size(map) == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has no \"weight_map\" that names the shards", index));
    }
    json_object_foreach(map, tensor, value) {
        const char *name = json_string_value(value);
        if (name == NULL || strlen(name) != json_string_length(value) || !is_plain_name(name) || !ends_in(name, end)) {
            NOMEN_FAIL(
                nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                "%s: the shard of tensor \"%.100s\" has no name of a file here that ends in %s; nothing of "
                                "that name is written",
                                index, tensor, end));
        }
        if (!nomen_listing_has(listing, name)) {
            NOMEN_FAIL(
                nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: names the shard %s, which the model does not have", index, name));
        }
        if (json_object_set_new(found, name, json_true()) != 0) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    }
    if (json_object_size(found) > MOST_SHARDS) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_LIMIT, "%s: names more than %d shards", index, MOST_SHARDS));
    }
    *shards = found;
    found = NULL;
done:
    json_decref(json);
    json_decref(found);
    return status;
}
