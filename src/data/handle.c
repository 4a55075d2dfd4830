/* Datasets for other programs: behind a pointer, looked at by copies of a few members; see nomen/dataset.h. */
#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "data/entities.h"
#include "data/read.h"
#include "data/split.h"

/* On a failure *dataset is freed; on success it is the caller's. */
static nomen_status hand_over(nomen_status status, nomen_dataset *dataset, nomen_dataset **out) {
    if (status == NOMEN_OK) {
        *out = dataset;
    } else {
        nomen_dataset_free(dataset);
    }
    return status;
}

nomen_status nomen_dataset_load(const char *path, const nomen_data_options *options, nomen_dataset **out, nomen_error *err) {
    nomen_data_options own = {0};
    nomen_dataset *dataset = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &own, options, err));
    NOMEN_TRY(NOMEN_NEW(dataset, 1, err));
    status = nomen_dataset_read(path, &own, dataset, err);
done:
    return hand_over(status, dataset, out);
}

nomen_status nomen_dataset_load_bytes(const void *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                                      nomen_dataset **out, nomen_error *err) {
    nomen_data_options own = {0};
    nomen_dataset *dataset = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &own, options, err));
    if (n_bytes > 0) { NOMEN_TRY(nomen_string_check(bytes, "the labelled data", err)); }
    NOMEN_TRY(NOMEN_NEW(dataset, 1, err));
    status = nomen_dataset_parse(bytes, n_bytes, name, &own, dataset, err);
done:
    return hand_over(status, dataset, out);
}

void nomen_dataset_free(nomen_dataset *dataset) {
    if (dataset == NULL) { return; }
    nomen_dataset_clear(dataset);
    nomen_mem_free(dataset);
}

void nomen_dataset_get_info(const nomen_dataset *dataset, nomen_dataset_info *out) {
    const nomen_dataset_info own = {.path = dataset->path,
                                    .encoding = dataset->encoding,
                                    .format = dataset->format,
                                    .scheme = dataset->scheme,
                                    .n_sentences = dataset->n_sentences,
                                    .n_words = dataset->n_words,
                                    .n_tags = dataset->n_tags,
                                    .n_spans = dataset->n_spans,
                                    .n_skipped = dataset->n_skipped,
                                    .n_notes = nomen_notes_total(&dataset->notes),
                                    .has_unknown = dataset->has_unknown};
    nomen_options_give(&own, sizeof own, out, out->size);
}

const char *nomen_dataset_get_tag(const nomen_dataset *dataset, size_t tag) {
    return tag < dataset->n_tags ? dataset->tag_names[tag] : NULL;
}

bool nomen_dataset_get_note(const nomen_dataset *dataset, size_t i, const char **kind, size_t *count) {
    return nomen_notes_get(&dataset->notes, i, kind, count);
}

bool nomen_dataset_get_sentence(const nomen_dataset *dataset, size_t sentence, nomen_sentence_view *out) {
    if (sentence >= dataset->n_sentences) { return false; }
    const nomen_sentence *s = &dataset->sentences[sentence];
    const nomen_sentence_view own = {.text = s->text_size > 0 ? nomen_sentence_text(dataset, sentence) : "",
                                     .n_bytes = s->text_size,
                                     .words = s->n_words > 0 ? dataset->words + s->first_word : NULL,
                                     .tags = s->n_words > 0 ? dataset->tags + s->first_word : NULL,
                                     .n_words = s->n_words,
                                     .name = s->name_size > 0 ? nomen_sentence_name(dataset, sentence) : NULL,
                                     .name_size = s->name_size,
                                     .file = nomen_dataset_file(dataset, sentence),
                                     .line = s->line,
                                     .document_start = s->document_start};
    nomen_options_give(&own, sizeof own, out, out->size);
    return true;
}

static nomen_status no_sentence(const nomen_dataset *dataset, size_t sentence, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s has %zu sentences; number %zu, counted from 0, is none of them",
                           dataset->path, dataset->n_sentences, sentence);
}

nomen_status nomen_dataset_get_entities(const nomen_dataset *dataset, size_t sentence, nomen_gold_entity **out, size_t *n,
                                        nomen_error *err) {
    nomen_gold_span *spans = NULL;
    nomen_gold_entity *entities = NULL;
    size_t n_spans = 0, capacity = 0;
    nomen_status status;
    if (sentence >= dataset->n_sentences) { return no_sentence(dataset, sentence, err); }
    NOMEN_TRY(nomen_dataset_entities(dataset, sentence, &spans, &n_spans, &capacity, err));
    NOMEN_TRY(NOMEN_NEW(entities, n_spans, err));
    for (size_t i = 0; i < n_spans; i++) {
        entities[i] = (nomen_gold_entity){.type = nomen_dataset_entity_type(dataset, spans[i].label),
                                          .span = {spans[i].start, spans[i].end}};
    }
    *out = entities;
    *n = n_spans;
done:
    nomen_mem_free(spans);
    return status;
}

nomen_status nomen_dataset_split(const nomen_dataset *dataset, const unsigned percent[3], nomen_split_kind kind, uint64_t seed,
                                 size_t **out, size_t n_parts[3], nomen_error *err) {
    nomen_split split = {0};
    nomen_status status = nomen_value_check(nomen_split_kind_name(kind), (int)kind, "way to split", err);
    if (status != NOMEN_OK) { return status; }
    unsigned long long sum = 0ULL + percent[0] + percent[1] + percent[2];
    if (sum != 100) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the parts %u/%u/%u are %llu percent; expected 100", percent[0],
                               percent[1], percent[2], sum);
    }
    if (kind == NOMEN_SPLIT_NUMPY && seed > UINT32_MAX) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "numpy takes seeds up to 2^32-1, not %llu", (unsigned long long)seed);
    }
    status = kind == NOMEN_SPLIT_NUMPY ? nomen_split_as_numpy(dataset->n_sentences, percent, (uint32_t)seed, &split, err)
                                       : nomen_split_by_text(dataset, percent, seed, &split, err);
    if (status != NOMEN_OK) { return status; }
    *out = split.order;
    n_parts[0] = split.n_train;
    n_parts[1] = split.n_dev;
    n_parts[2] = split.n_test;
    return NOMEN_OK;
}

static const char *const split_kinds[] = {"text", "numpy", NULL};

const char *nomen_split_kind_name(nomen_split_kind kind) {
    return nomen_name_of(split_kinds, (int)kind);
}

nomen_status nomen_split_kind_parse(const char *name, nomen_split_kind *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, split_kinds, "kind of split", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_split_kind)found; }
    return status;
}
