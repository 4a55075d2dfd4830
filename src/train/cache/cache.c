/* Finding a cache, and taking what is in it. */
#include "train/cache/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/call.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tree.h"
#include "train/cache/arrays.h"
#include "train/cache/trust.h"

/* Waits for the lock, so that a cache that is being made is not made twice. */
static nomen_status take_lock(const char *path, int *out, nomen_error *err) {
    const struct timespec moment = {.tv_nsec = 50000000};
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    nomen_status status = NOMEN_OK;
    if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", path); }
    for (bool told = false; flock(file, LOCK_EX | LOCK_NB) != 0;) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            nomen_log_warning("%s: can't be locked (%s), so a second run may make the same cache", path, strerror(errno));
            break;
        }
        if (!told) { nomen_log_info("%s: waiting for another run that makes or opens this cache", path); }
        told = true;
        NOMEN_TRY(nomen_call_check(err));
        nanosleep(&moment, NULL);
    }
    *out = file;
    file = -1;
done:
    if (file >= 0) { close(file); }
    return status;
}

/* Removes what runs left that were killed while they made this cache. */
static nomen_status clean(const nomen_data_cache *c, nomen_error *err) {
    const char *own = strrchr(c->directory, '/') + 1;
    nomen_names names = {0};
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(c->spill, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        if (!nomen_file_is_name_beside(names.items[i], own)) { continue; }
        NOMEN_TRY(NOMEN_JOIN(path, c->spill, names.items[i], err));
        nomen_tree_remove(path);
        nomen_mem_free(path);
        path = NULL;
    }
done:
    nomen_mem_free(path);
    nomen_names_clear(&names);
    return status;
}

nomen_status nomen_data_cache_open(const nomen_train_options *o, nomen_data_cache *c, nomen_error *err) {
    char name[NOMEN_CACHE_NAME_SIZE];
    nomen_buffer lock_path = {0};
    nomen_status status;
    *c = (nomen_data_cache){.lock = -1};
    NOMEN_TRY(nomen_cache_key(o, &c->key, name, err));
    NOMEN_TRY(nomen_cache_stamp(o->train, &c->stamp, err));
    if (mkdir(o->cache, 0777) != 0 && errno != EEXIST) {
        NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be created", o->cache));
    }
    NOMEN_TRY(NOMEN_JOIN(c->directory, o->cache, name, err));
    c->spill = o->cache;
    NOMEN_TRY(nomen_buffer_printf(&lock_path, err, "%s.lock", c->directory));
    NOMEN_TRY(take_lock(lock_path.data, &c->lock, err));
    NOMEN_TRY(clean(c, err));
    status = nomen_cache_find(c->directory, o, c->key, c->stamp, &c->record, err);
done:
    nomen_buffer_clear(&lock_path);
    return status;
}

void nomen_data_cache_release(nomen_data_cache *c) {
    if (c->directory != NULL && c->lock >= 0) { close(c->lock); }
    c->lock = -1;
}

void nomen_data_cache_clear(nomen_data_cache *c) {
    nomen_data_cache_release(c);
    json_decref(c->key);
    json_decref(c->record);
    json_decref(c->stamp);
    nomen_mem_free(c->directory);
    *c = (nomen_data_cache){.lock = -1};
}

const json_t *nomen_data_cache_sum(const nomen_data_cache *c) {
    return json_object_get(c->record, "data");
}

/* The names under `key` of the record: a new array of *n strings. */
static nomen_status take_names(const nomen_data_cache *c, const char *key, char ***out, size_t *n, nomen_error *err) {
    const json_t *list = json_object_get(c->record, key);
    size_t n_names = json_array_size(list);
    char **names = NULL;
    nomen_status status;
    *n = 0;
    NOMEN_TRY(NOMEN_NEW(names, n_names, err));
    *out = names;
    for (; *n < n_names; (*n)++) {
        const json_t *name = json_array_get(list, *n);
        if (!json_is_string(name)) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s/" NOMEN_CACHE_FILE ": \"%s\" is not a list of names",
                                       c->directory, key));
        }
        NOMEN_TRY(NOMEN_COPY(names[*n], json_string_value(name), json_string_length(name), err));
    }
done:
    return status;
}

static nomen_status refuse_damaged(const nomen_data_cache *c, const char *name, size_t sentence, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: %sis damaged (sentence %zu); remove this directory, and it is made anew",
                           c->directory, name, sentence + 1);
}

/* Whether a sentence, its tags, and its words and text where these are there, lie in the dataset. */
static bool is_sentence_sound(const nomen_dataset *set, size_t sentence) {
    if (sentence >= set->n_sentences) { return false; }
    const nomen_sentence *s = &set->sentences[sentence];
    if (s->first_word > set->n_words || s->n_words > set->n_words - s->first_word) { return false; }
    if (s->text_start > set->text_size || s->text_size > set->text_size - s->text_start) { return false; }
    for (size_t w = s->first_word, end = 0; w < s->first_word + s->n_words; w++) {
        if (set->tags[w] < 0 || (size_t)set->tags[w] >= set->n_tags) { return false; }
        if (set->words == NULL) { continue; }
        if (set->words[w].start < end || set->words[w].end < set->words[w].start) { return false; }
        end = set->words[w].end;
        if (end > s->text_size) { return false; }
    }
    return true;
}

nomen_status nomen_data_cache_check_sentences(const nomen_data_cache *c, const nomen_dataset *set, const size_t *sentences,
                                              size_t n, nomen_error *err) {
    for (size_t i = 0; i < n; i++) {
        size_t sentence = sentences != NULL ? sentences[i] : i;
        if (!is_sentence_sound(set, sentence)) { return refuse_damaged(c, "", sentence, err); }
    }
    return NOMEN_OK;
}

/*
 * That what scoring reads of a file that was split lies in the dataset: no step looks at it. With context that is all of the
 * file.
 */
static nomen_status check_scored(const nomen_data_cache *c, const nomen_dataset *set, const nomen_split *split,
                                 nomen_error *err) {
    size_t first = c->sizes.contexts > 0 ? 0 : split->n_train;
    if (split->order == NULL || first >= set->n_sentences) { return NOMEN_OK; }
    return nomen_data_cache_check_sentences(c, set, split->order + first, set->n_sentences - first, err);
}

/* What reading said, and what a run that reads no file would not say. */
static void report(const nomen_data_cache *c, const char *path, const nomen_cache_sizes *sizes) {
    nomen_log_info("%s: %zu sentences, %zu words, encoded before: %s", path, sizes->sentences, sizes->words, c->directory);
    if (sizes->skipped > 0) {
        nomen_log_warning("%s: %zu bad %s skipped when it was encoded", path, sizes->skipped,
                          sizes->skipped == 1 ? "row or sentence was" : "rows or sentences were");
    }
}

nomen_status nomen_data_cache_take_data(nomen_data_cache *c, const char *path, nomen_dataset *set, nomen_split *split,
                                        nomen_labels *labels, nomen_error *err) {
    nomen_cache_sizes *sizes = &c->sizes;
    nomen_cache_array arrays[NOMEN_CACHE_DATA_ARRAYS];
    size_t unit = 0;
    nomen_status status;
    NOMEN_TRY(nomen_cache_sizes_load(c->record, c->directory, sizes, err));
    NOMEN_TRY(nomen_json_get_size(c->record, "unit", c->directory, &unit, err));
    if (unit > NOMEN_WORDS_WHITESPACE) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s/" NOMEN_CACHE_FILE ": \"unit\" is %zu, which no unit of words is",
                                   c->directory, unit));
    }
    NOMEN_TRY(nomen_json_get_bool(c->record, "has_unknown", c->directory, &set->has_unknown, err));
    NOMEN_TRY(NOMEN_COPY(set->path, path, strlen(path), err));
    NOMEN_TRY(take_names(c, "tags", &set->tag_names, &set->n_tags, err));
    NOMEN_TRY(take_names(c, "data_labels", &labels->names, &labels->n, err));
    nomen_cache_data_arrays(set, split, sizes, arrays);
    NOMEN_TRY(nomen_cache_map(c->directory, arrays, NOMEN_CACHE_DATA_ARRAYS, err));
    set->unit = (nomen_word_unit)unit;
    set->n_sentences = sizes->sentences;
    set->n_words = sizes->words;
    set->text_size = sizes->text_bytes;
    *split = (nomen_split){.order = split->order, .n_train = sizes->train, .n_dev = sizes->dev, .n_test = sizes->test};
    NOMEN_TRY(check_scored(c, set, split, err));
    report(c, path, sizes);
done:
    return status;
}

nomen_status nomen_data_cache_take_counts(const nomen_data_cache *c, size_t n, size_t *counts, nomen_error *err) {
    const json_t *list = json_object_get(c->record, "counts");
    if (json_array_size(list) != n) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s/" NOMEN_CACHE_FILE ": \"counts\" has %zu numbers, expected %zu",
                               c->directory, json_array_size(list), n);
    }
    for (size_t i = 0; i < n; i++) { counts[i] = (size_t)json_integer_value(json_array_get(list, i)); }
    return NOMEN_OK;
}

static nomen_status check_labels(const nomen_data_cache *c, const nomen_labels *labels, nomen_error *err) {
    char **names = NULL;
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(take_names(c, "labels", &names, &n, err));
    bool same = n == labels->n;
    for (size_t i = 0; same && i < n; i++) { same = strcmp(names[i], labels->names[i]) == 0; }
    if (!same) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: its labels are not those of the model, in that order; remove this directory, and it is "
                                   "made anew",
                                   c->directory));
    }
done:
    for (size_t i = 0; i < n; i++) { nomen_mem_free(names[i]); }
    nomen_mem_free(names);
    return status;
}

/* That each text begins where the one before it ends, from 0 to n_parts. */
static nomen_status check_starts(const nomen_data_cache *c, const char *name, const size_t *starts, size_t n_parts,
                                 nomen_error *err) {
    size_t n = c->sizes.examples;
    if (starts[0] != 0) { return refuse_damaged(c, name, 0, err); }
    for (size_t i = 0; i < n; i++) {
        if (starts[i] > starts[i + 1]) { return refuse_damaged(c, name, i, err); }
    }
    return starts[n] == n_parts ? NOMEN_OK : refuse_damaged(c, name, n, err);
}

nomen_status nomen_data_cache_take_examples(const nomen_data_cache *c, const nomen_labels *labels, nomen_examples *e,
                                            nomen_error *err) {
    nomen_cache_array arrays[NOMEN_CACHE_EXAMPLE_ARRAYS];
    nomen_status status;
    NOMEN_TRY(check_labels(c, labels, err));
    nomen_cache_example_arrays(e, &c->sizes, arrays);
    NOMEN_TRY(nomen_cache_map(c->directory, arrays, NOMEN_CACHE_EXAMPLE_ARRAYS, err));
    NOMEN_TRY(check_starts(c, "piece_start.bin ", e->piece_start, c->sizes.pieces, err));
    NOMEN_TRY(check_starts(c, "window_start.bin ", e->window_start, c->sizes.windows, err));
    e->n = c->sizes.examples;
    e->context_ids = e->neighbours.ids;
done:
    return status;
}

/* Whether the windows of a text lie in it, and fit into the model with the context of the first and of the last. */
static bool are_windows_sound(const nomen_examples *e, size_t text, const nomen_context *around, size_t limit) {
    size_t first = e->window_start[text], end = e->window_start[text + 1], n_pieces = nomen_examples_n_pieces(e, text);
    for (size_t i = first; i < end; i++) {
        const nomen_window *w = &e->windows[i];
        if (w->start > w->own_start || w->own_start > w->own_end || w->own_end > w->end || w->end > n_pieces) { return false; }
        size_t n_around = (i == first ? around->n_before : 0) + (i + 1 == end ? around->n_after : 0);
        if (w->end - w->start + n_around > limit) { return false; }
    }
    return true;
}

static bool are_ids_sound(const int32_t *ids, size_t n, size_t n_ids) {
    for (size_t i = 0; i < n; i++) {
        if (ids[i] < 0 || (size_t)ids[i] >= n_ids) { return false; }
    }
    return true;
}

/* Whether a part of the context's ids lies in them, and they in the vocabulary. */
static bool is_context_sound(const nomen_examples *e, size_t n_context, size_t first, size_t n, size_t n_ids) {
    return first <= n_context && n <= n_context - first && (n == 0 || are_ids_sound(e->context_ids + first, n, n_ids));
}

static bool is_text_sound(const nomen_cache_sizes *sizes, const nomen_examples *e, const nomen_cache_limits *limits,
                          size_t text) {
    size_t sentence = limits->sentences != NULL ? limits->sentences[text] : text;
    size_t first = e->piece_start[text], end = e->piece_start[text + 1], n = sizes->context_pieces;
    nomen_context around = {0};
    if (!is_sentence_sound(limits->dataset, sentence)) { return false; }
    size_t n_words = limits->dataset->sentences[sentence].n_words;
    for (size_t p = first; p < end; p++) {
        bool target = e->targets[p] == NOMEN_IGNORE || (e->targets[p] >= 0 && (size_t)e->targets[p] < limits->n_labels);
        if (!target || e->word_ids[p] < 0 || (size_t)e->word_ids[p] >= n_words) { return false; }
    }
    if (!are_ids_sound(e->ids + first, end - first, limits->n_ids)) { return false; }
    if (e->context != NULL) { around = e->context[text]; }
    return is_context_sound(e, n, around.before, around.n_before, limits->n_ids) &&
           is_context_sound(e, n, around.after, around.n_after, limits->n_ids) &&
           are_windows_sound(e, text, &around, limits->window);
}

nomen_status nomen_data_cache_check(const nomen_data_cache *c, const nomen_examples *e, const nomen_cache_limits *limits,
                                    const size_t *texts, size_t n_texts, nomen_error *err) {
    for (size_t i = 0; i < n_texts; i++) {
        if (is_text_sound(&c->sizes, e, limits, texts[i])) { continue; }
        return refuse_damaged(c, "", texts[i], err);
    }
    return NOMEN_OK;
}
