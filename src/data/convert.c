/* Datasets written for other programs, and what their formats could not hold; see nomen/dataset.h. */
#include <string.h>

#include "base/json_out.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "data/brat.h"
#include "data/formats.h"
#include "data/scheme_rules.h"
#include "data/select.h"
#include "data/write.h"

/* What stays of a dataset when it is written. */
struct nomen_conversion {
    nomen_data_format from, to;
    nomen_scheme scheme;
    size_t n_sentences, n_words, n_spans, n_skipped;
    nomen_notes read, lost;
};

/* Where it is written: a file, or the caller's function. */
typedef struct destination {
    const char *name; /* of the file, or in messages */
    nomen_bytes_function part;
    void *user;
} destination;

static nomen_status write_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_output_write(user, bytes, n_bytes, err);
}

static nomen_status write_to(const nomen_dataset *set, const nomen_convert_options *o, const destination *where,
                             nomen_notes *lost, nomen_error *err) {
    const nomen_write_options options = {.format = o->format, .scheme = o->scheme};
    nomen_output *file = NULL;
    nomen_status status;
    if (where->part != NULL) { return nomen_dataset_write(set, &options, where->name, where->part, where->user, lost, err); }
    if (o->format == NOMEN_DATA_BRAT) { return nomen_brat_write(set, &options, where->name, o->overwrite, lost, err); }
    NOMEN_TRY(nomen_output_open(where->name, o->overwrite ? NOMEN_OUTPUT_OVERWRITE : NOMEN_OUTPUT_NEW, &file, err));
    NOMEN_TRY(nomen_dataset_write(set, &options, where->name, write_part, file, lost, err));
    status = nomen_output_commit(file, err);
    file = NULL;
done:
    nomen_output_abandon(file);
    return status;
}

/* The options, with AUTO replaced; the sentences are there. */
static nomen_status take(const nomen_dataset *set, const nomen_convert_options *given, const destination *where,
                         nomen_convert_options *own, nomen_error *err) {
    nomen_status status;
    *own = (nomen_convert_options){0};
    NOMEN_TRY(nomen_string_check(where->name, "the name of the output", err));
    NOMEN_TRY(NOMEN_TAKE(nomen_convert_options, own, given, err));
    if (own->format == NOMEN_DATA_AUTO && where->part == NULL) { own->format = nomen_format_of_path(where->name); }
    if (own->format == NOMEN_DATA_AUTO) { own->format = set->format; }
    if (nomen_format_get(own->format)->format != own->format) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown data format %d", (int)own->format));
    }
    if ((unsigned)own->scheme > NOMEN_SCHEME_PLAIN) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown tag scheme %d", (int)own->scheme));
    }
    NOMEN_TRY(nomen_format_check_writable(own->format, err));
    for (size_t i = 0; own->sentences != NULL && i < own->n_sentences; i++) {
        if (own->sentences[i] < set->n_sentences) { continue; }
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s has %zu sentences; number %zu, counted from 0, is none of them",
                                   set->path, set->n_sentences, own->sentences[i]));
    }
done:
    return status;
}

static void describe(const nomen_dataset *set, const nomen_convert_options *o, const nomen_notes *lost, nomen_conversion *out) {
    out->from = set->format;
    out->to = o->format;
    out->scheme = set->scheme;
    out->n_sentences = set->n_sentences;
    out->n_words = o->sentences != NULL ? 0 : set->n_words;
    out->n_spans = o->sentences != NULL ? 0 : set->n_spans;
    for (size_t i = 0; o->sentences != NULL && i < set->n_sentences; i++) {
        out->n_words += set->sentences[i].n_words;
        out->n_spans += set->sentences[i].n_spans;
    }
    out->n_skipped = set->n_skipped;
    out->read = set->notes;
    out->lost = *lost;
}

static nomen_status convert(const nomen_dataset *dataset, const destination *where, const nomen_convert_options *options,
                            nomen_conversion **out, nomen_error *err) {
    nomen_convert_options own;
    nomen_conversion *conversion = NULL;
    nomen_dataset some = {0}; /* its sentences are all that is not borrowed */
    nomen_notes lost = {0};
    nomen_status status;
    NOMEN_TRY(take(dataset, options, where, &own, err));
    NOMEN_TRY(NOMEN_NEW(conversion, 1, err));
    if (own.sentences != NULL) {
        NOMEN_TRY(nomen_dataset_select(dataset, own.sentences, own.n_sentences, true, &some, err));
        dataset = &some;
    }
    NOMEN_TRY(write_to(dataset, &own, where, &lost, err));
    if (out != NULL) {
        describe(dataset, &own, &lost, conversion);
        *out = conversion;
        conversion = NULL;
    }
done:
    nomen_mem_free(conversion);
    nomen_mem_free(some.sentences);
    return status;
}

nomen_status nomen_dataset_save(const nomen_dataset *dataset, const char *path, const nomen_convert_options *options,
                                nomen_conversion **out, nomen_error *err) {
    return convert(dataset, &(destination){.name = path}, options, out, err);
}

nomen_status nomen_dataset_write_parts(const nomen_dataset *dataset, const char *name, const nomen_convert_options *options,
                                       nomen_bytes_function part, void *user, nomen_conversion **out, nomen_error *err) {
    return convert(dataset, &(destination){name, part, user}, options, out, err);
}

void nomen_conversion_free(nomen_conversion *conversion) {
    nomen_mem_free(conversion);
}

size_t nomen_conversion_get_n_lost(const nomen_conversion *conversion) {
    return nomen_notes_total(&conversion->read) + nomen_notes_total(&conversion->lost) + conversion->n_skipped;
}

bool nomen_conversion_get_note(const nomen_conversion *conversion, size_t i, const char **kind, size_t *count) {
    return nomen_notes_get(&conversion->lost, i, kind, count);
}

static void add_notes(nomen_json_out *json, const char *key, const nomen_notes *notes) {
    const char *kind = NULL;
    size_t count = 0;
    nomen_json_begin_object(json, key);
    for (size_t i = 0; nomen_notes_get(notes, i, &kind, &count); i++) { nomen_json_add_size(json, kind, count); }
    nomen_json_end_object(json);
}

nomen_status nomen_conversion_to_json(const nomen_conversion *c, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_json_out json = nomen_json_start(&text, err);
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "from", nomen_format_name(c->from));
    nomen_json_add_text(&json, "to", nomen_format_name(c->to));
    nomen_json_add_text(&json, "scheme", nomen_scheme_title(c->scheme));
    nomen_json_add_size(&json, "sentences", c->n_sentences);
    nomen_json_add_size(&json, "words", c->n_words);
    nomen_json_add_size(&json, "spans", c->n_spans);
    nomen_json_add_size(&json, "skipped", c->n_skipped);
    add_notes(&json, "read", &c->read);
    add_notes(&json, "not_held", &c->lost);
    nomen_json_end_object(&json);
    return nomen_buffer_string(nomen_json_end_line(&json), &text, out, n_bytes, err);
}
