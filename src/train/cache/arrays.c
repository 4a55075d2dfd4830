/* The arrays of a cache; see the header. */
#include "train/cache/arrays.h"

#include <stdint.h>
#include <string.h>

#include "base/call.h"
#include "base/file.h"
#include "base/mem.h"

#define SENTENCES "sentences.bin"
#define ARRAY(name_, pointer, count) \
    (nomen_cache_array) { \
        .name = (name_), .place = &(pointer), .size = sizeof *(pointer), .n = (count) \
    }

void nomen_cache_data_arrays(nomen_dataset *dataset, nomen_split *split, const nomen_cache_sizes *sizes,
                             nomen_cache_array out[NOMEN_CACHE_DATA_ARRAYS]) {
    bool splits = sizes->split > 0; /* else nothing is scored but the labels of the training part */
    out[0] = ARRAY(SENTENCES, dataset->sentences, sizes->sentences);
    out[1] = ARRAY("tags.bin", dataset->tags, sizes->words);
    out[2] = ARRAY("words.bin", dataset->words, splits ? sizes->words : 0);
    out[3] = ARRAY("text.bin", dataset->text, splits ? sizes->text_bytes : 0);
    out[4] = ARRAY("split.bin", split->order, sizes->split);
}

void nomen_cache_example_arrays(nomen_examples *e, const nomen_cache_sizes *sizes,
                                nomen_cache_array out[NOMEN_CACHE_EXAMPLE_ARRAYS]) {
    out[0] = ARRAY("piece_start.bin", e->piece_start, sizes->examples + 1);
    out[1] = ARRAY("window_start.bin", e->window_start, sizes->examples + 1);
    out[2] = ARRAY("ids.bin", e->ids, sizes->pieces);
    out[3] = ARRAY("word_ids.bin", e->word_ids, sizes->pieces);
    out[4] = ARRAY("targets.bin", e->targets, sizes->pieces);
    out[5] = ARRAY("windows.bin", e->windows, sizes->windows);
    out[6] = ARRAY("context.bin", e->context, sizes->contexts);
    out[7] = ARRAY("context_ids.bin", e->neighbours.ids, sizes->context_pieces);
}

#define SIZE(member) {#member, offsetof(nomen_cache_sizes, member)}
static const struct {
    const char *key;
    size_t offset;
} size_keys[] = {SIZE(sentences), SIZE(words),          SIZE(text_bytes), SIZE(split),   SIZE(train),
                 SIZE(dev),       SIZE(test),           SIZE(examples),   SIZE(pieces),  SIZE(windows),
                 SIZE(contexts),  SIZE(context_pieces), SIZE(skipped),    SIZE(windowed)};

void nomen_cache_sizes_save(const nomen_cache_sizes *sizes, nomen_json_out *json, const char *key) {
    nomen_json_begin_object(json, key);
    for (size_t i = 0; i < sizeof size_keys / sizeof *size_keys; i++) {
        nomen_json_add_size(json, size_keys[i].key, *(const size_t *)(const void *)((const char *)sizes + size_keys[i].offset));
    }
    nomen_json_end_object(json);
}

nomen_status nomen_cache_sizes_load(const json_t *record, const char *directory, nomen_cache_sizes *out, nomen_error *err) {
    const json_t *object = json_object_get(record, "sizes");
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < sizeof size_keys / sizeof *size_keys; i++) {
        size_t n = SIZE_MAX;
        NOMEN_TRY(nomen_json_get_size(object, size_keys[i].key, directory, &n, err));
        if (n >= SIZE_MAX / 256) { /* an element has fewer bytes */
            NOMEN_FAIL(
                nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is missing, or too large", directory, size_keys[i].key));
        }
        *(size_t *)(void *)((char *)out + size_keys[i].offset) = n;
    }
done:
    return status;
}

nomen_status nomen_cache_map(const char *directory, const nomen_cache_array *arrays, size_t n, nomen_error *err) {
    char *path = NULL;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) {
        void *before, *block = NULL;
        NOMEN_TRY(NOMEN_JOIN(path, directory, arrays[i].name, err));
        if (arrays[i].n > 0) { NOMEN_TRY(nomen_mem_map(path, arrays[i].n * arrays[i].size, &block, err)); }
        memcpy(&before, arrays[i].place, sizeof before); /* the address of some object pointer, as in nomen_mem_reserve */
        memcpy(arrays[i].place, &block, sizeof block);
        nomen_mem_free(before);
        nomen_mem_free(path);
        path = NULL;
    }
done:
    nomen_mem_free(path);
    return status;
}

/* Bytes between the members of a sentence are what they were in memory: they are not to be in a file. */
static nomen_status write_sentences(nomen_output *output, const nomen_sentence *sentences, size_t n, nomen_error *err) {
    enum { PART = 4096 };
    nomen_sentence *part = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(part, PART, err));
    for (size_t first = 0; first < n; first += PART) {
        size_t count = n - first < PART ? n - first : PART;
        for (size_t i = 0; i < count; i++) {
            const nomen_sentence *from = &sentences[first + i];
            part[i].text_start = from->text_start;
            part[i].text_size = from->text_size;
            part[i].first_word = from->first_word;
            part[i].n_words = from->n_words;
            part[i].line = from->line;
            part[i].document_start = from->document_start;
        }
        NOMEN_TRY(nomen_output_write(output, part, count * sizeof *part, err));
    }
done:
    nomen_mem_free(part);
    return status;
}

static nomen_status write_array(const char *path, const nomen_cache_array *array, nomen_error *err) {
    enum { PART = 1 << 24 }; /* bytes between two questions whether the call is to stop */
    nomen_output *output = NULL, *whole;
    const char *bytes;
    size_t n_bytes = array->n * array->size;
    nomen_status status;
    memcpy(&bytes, array->place, sizeof bytes);
    NOMEN_TRY(nomen_output_open(path, NOMEN_OUTPUT_NEW, &output, err));
    if (strcmp(array->name, SENTENCES) == 0) {
        NOMEN_TRY(write_sentences(output, (const nomen_sentence *)(const void *)bytes, array->n, err));
        n_bytes = 0;
    }
    for (size_t at = 0; at < n_bytes; at += PART) {
        NOMEN_TRY(nomen_call_check(err));
        NOMEN_TRY(nomen_output_write(output, bytes + at, n_bytes - at < PART ? n_bytes - at : PART, err));
    }
    whole = output;
    output = NULL;
    status = nomen_output_commit(whole, err);
done:
    nomen_output_abandon(output);
    return status;
}

nomen_status nomen_cache_write(const char *directory, const nomen_cache_array *arrays, size_t n, nomen_error *err) {
    char *path = NULL;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) {
        if (arrays[i].n == 0) { continue; }
        NOMEN_TRY(NOMEN_JOIN(path, directory, arrays[i].name, err));
        NOMEN_TRY(write_array(path, &arrays[i], err));
        nomen_mem_free(path);
        path = NULL;
    }
done:
    nomen_mem_free(path);
    return status;
}
