/* Making a cache. */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tree.h"
#include "train/cache/arrays.h"
#include "train/cache/cache.h"
#include "train/cache/trust.h"
#include "train/save/manifest.h"

static nomen_cache_sizes find_sizes(const nomen_cached *what) {
    const nomen_dataset *set = what->dataset;
    const nomen_examples *e = what->examples;
    bool context = e->neighbours.dataset != NULL;
    nomen_cache_sizes sizes = {
        .sentences = set->n_sentences,
        .words = set->n_words,
        .text_bytes = set->text_size,
        .split = what->split->order != NULL ? set->n_sentences : 0,
        .train = what->split->n_train,
        .dev = what->split->n_dev,
        .test = what->split->n_test,
        .examples = e->n,
        .pieces = e->piece_start[e->n],
        .windows = e->window_start[e->n],
        .contexts = context ? e->n : 0,
        .context_pieces = context ? e->neighbours.start[set->n_sentences] : 0,
        .skipped = set->n_skipped,
    };
    for (size_t i = 0; i < e->n; i++) { sizes.windowed += e->window_start[i + 1] - e->window_start[i] > 1; }
    return sizes;
}

static void add_names(nomen_json_out *json, const char *key, char *const *names, size_t n) {
    nomen_json_begin_list(json, key);
    for (size_t i = 0; i < n; i++) { nomen_json_add_text(json, NULL, names[i]); }
    nomen_json_end_list(json);
}

/* Size and SHA-256 of the arrays' files. */
static nomen_status sum_files(const char *directory, const nomen_cache_array *arrays, size_t n, json_t *files, nomen_error *err) {
    char *path = NULL;
    json_t *sum = NULL;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) {
        if (arrays[i].n == 0) { continue; }
        NOMEN_TRY(NOMEN_JOIN(path, directory, arrays[i].name, err));
        NOMEN_TRY(nomen_file_sum(path, &sum, err));
        if (json_object_set_new(files, arrays[i].name, sum) != 0) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
        nomen_mem_free(path);
        path = NULL;
    }
done:
    nomen_mem_free(path);
    return status;
}

/* Writes the record, as the last of the directory's files; *out is a new reference to what was written. */
static nomen_status write_record(const nomen_data_cache *c, const char *directory, const nomen_cached *what,
                                 const nomen_cache_sizes *sizes, json_t *data, json_t *files, json_t **out, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_json_out json = nomen_json_start(&text, err);
    char *path = NULL;
    nomen_status status;
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_value(&json, "key", json_incref(c->key));
    nomen_json_add_value(&json, "data", json_incref(data));
    nomen_json_add_value(&json, "stamp", json_incref(c->stamp));
    nomen_cache_sizes_save(sizes, &json, "sizes");
    nomen_json_add_int(&json, "unit", (int)what->dataset->unit);
    nomen_json_add_bool(&json, "has_unknown", what->dataset->has_unknown);
    add_names(&json, "tags", what->dataset->tag_names, what->dataset->n_tags);
    add_names(&json, "data_labels", what->data_labels->names, what->data_labels->n);
    add_names(&json, "labels", what->labels->names, what->labels->n);
    nomen_json_begin_list(&json, "counts");
    for (size_t i = 0; i < what->labels->n; i++) { nomen_json_add_size(&json, NULL, what->counts[i]); }
    nomen_json_end_list(&json);
    nomen_json_add_value(&json, "files", json_incref(files));
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_CACHE_FILE, err));
    NOMEN_TRY(nomen_file_write(path, text.data, text.size, err));
    status = nomen_json_parse(text.data, text.size, path, out, err);
done:
    nomen_buffer_clear(&text);
    nomen_mem_free(path);
    return status;
}

/* The sum of the data file, which is still what was read. */
static nomen_status sum_data(const nomen_data_cache *c, const char *path, json_t **out, nomen_error *err) {
    json_t *now = NULL, *sum = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_file_sum(path, &sum, err));
    NOMEN_TRY(nomen_cache_stamp(path, &now, err));
    if (!json_equal(now, c->stamp)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA,
                                   "%s: was changed while it was read and encoded; train again once it stays as it is", path));
    }
    *out = json_incref(sum);
done:
    json_decref(now);
    json_decref(sum);
    return status;
}

nomen_status nomen_data_cache_store(nomen_data_cache *c, const nomen_train_options *o, const nomen_cached *what,
                                    nomen_error *err) {
    nomen_cache_sizes sizes = find_sizes(what);
    nomen_cache_array data[NOMEN_CACHE_DATA_ARRAYS], examples[NOMEN_CACHE_EXAMPLE_ARRAYS];
    nomen_staging staging = {0};
    json_t *sum = NULL, *files = json_object(), *record = NULL;
    nomen_status status;
    if (files == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    nomen_cache_data_arrays(what->dataset, what->split, &sizes, data);
    nomen_cache_example_arrays(what->examples, &sizes, examples);
    NOMEN_TRY(sum_data(c, o->train, &sum, err));
    NOMEN_TRY(nomen_staging_begin(c->directory, true, &staging, err));
    NOMEN_TRY(nomen_cache_write(staging.temporary, data, NOMEN_CACHE_DATA_ARRAYS, err));
    NOMEN_TRY(nomen_cache_write(staging.temporary, examples, NOMEN_CACHE_EXAMPLE_ARRAYS, err));
    NOMEN_TRY(sum_files(staging.temporary, data, NOMEN_CACHE_DATA_ARRAYS, files, err));
    NOMEN_TRY(sum_files(staging.temporary, examples, NOMEN_CACHE_EXAMPLE_ARRAYS, files, err));
    NOMEN_TRY(write_record(c, staging.temporary, what, &sizes, sum, files, &record, err));
    NOMEN_TRY(nomen_directory_sync(staging.temporary, err));
    NOMEN_TRY(nomen_staging_commit(&staging, err));
    /* From here on the run works on the files, as every later one will; what only encoding needed goes. */
    nomen_mem_free(what->examples->offsets);
    nomen_mem_free(what->examples->neighbours.start);
    what->examples->offsets = NULL;
    what->examples->neighbours.start = NULL;
    what->examples->neighbours.dataset = NULL;
    NOMEN_TRY(nomen_cache_map(c->directory, data, NOMEN_CACHE_DATA_ARRAYS, err));
    NOMEN_TRY(nomen_cache_map(c->directory, examples, NOMEN_CACHE_EXAMPLE_ARRAYS, err));
    what->examples->context_ids = what->examples->neighbours.ids;
    json_decref(c->record);
    c->record = json_incref(record);
    c->sizes = sizes;
    nomen_log_info("%s: holds %zu sentences of %s, encoded", c->directory, sizes.sentences, o->train);
done:
    nomen_staging_abandon(&staging);
    json_decref(sum);
    json_decref(files);
    json_decref(record);
    return status;
}
