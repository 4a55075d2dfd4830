/* Labelled sentences: the way from a file through encoding, detection, reader and scheme. */
#include "data/dataset.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/brat.h"
#include "data/builder.h"
#include "data/documents.h"
#include "data/encoding.h"
#include "data/formats.h"
#include "data/readers.h"
#include "data/scheme.h"
#include "data/unpack.h"

static nomen_status refuse_nothing(const nomen_builder *builder, nomen_error *err) {
    if (builder->set.n_sentences > 0 || builder->set.notes.sink != NULL) { return NOMEN_OK; }
    if (builder->first_bad_line > 0) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: no usable sentence; the first fault is on line %zu: %s",
                               builder->name, builder->first_bad_line, builder->first_bad);
    }
    nomen_notes_say(&builder->set.notes, builder->name);
    return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: no sentences; %s", builder->name,
                           nomen_format_get(builder->set.format)->advice);
}

/* Gives back what doubling took too much; a refusal of the allocator is harmless. */
static void *trim(void *block, size_t count, size_t size) {
    void *trimmed = nomen_mem_resize(block, count, size);
    return trimmed == NULL ? block : trimmed;
}

static void trim_set(nomen_dataset *set) {
    if (set->text_size > 0) { set->text = trim(set->text, set->text_size, 1); } /* else it stays, and is not NULL */
    set->words = trim(set->words, set->n_words, sizeof *set->words);
    set->tags = trim(set->tags, set->n_words, sizeof *set->tags);
    set->sentences = trim(set->sentences, set->n_sentences, sizeof *set->sentences);
    set->spans = trim(set->spans, set->n_spans, sizeof *set->spans);
}

static void say_result(const nomen_builder *builder, const char *encoding) {
    const nomen_dataset *set = &builder->set;
    if (set->notes.sink != NULL) { return; }
    const char *format = nomen_data_format_name(set->format);
    if (set->unit != NOMEN_WORDS_AUTO) {
        nomen_log_info("%s: %s, %s: %zu texts, %zu spans, %zu words (%s), %zu different tags", builder->name, format,
                       encoding, set->n_sentences, set->n_spans, set->n_words,
                       set->unit == NOMEN_WORDS_BERT ? "BERT's" : "by white space", set->n_tags);
    } else {
        bool as_it_is = set->scheme == NOMEN_SCHEME_IOB2 || set->scheme == NOMEN_SCHEME_PLAIN || set->found != NULL;
        nomen_log_info("%s: %s, %s, %s tags%s: %zu sentences, %zu words, %zu different tags", builder->name, format,
                       encoding, nomen_scheme_name(set->scheme), as_it_is ? "" : " (converted to IOB2)",
                       set->n_sentences, set->n_words, set->n_tags);
    }
    nomen_notes_say(&set->notes, builder->name);
    if (set->n_skipped > 0) {
        nomen_log_warning("%s: %zu bad %s skipped, the first for line %zu: %s", builder->name, set->n_skipped,
                          set->n_skipped == 1 ? "row or sentence" : "rows or sentences", builder->first_bad_line,
                          builder->first_bad);
    }
}

static nomen_builder begin(const char *name, const nomen_data_options *options, const nomen_data_sink *sink) {
    static const nomen_data_options defaults = {0};
    if (options == NULL) { options = &defaults; }
    return (nomen_builder){.name = name,
                           .options = options,
                           .set.notes.sink = sink,
                           .max_rows = options->max_rows == 0 ? SIZE_MAX : options->max_rows,
                           .skip_bad = options->skip_bad || sink != NULL};
}

/* Fixes the format, before anything is read. */
static nomen_status set_format(nomen_builder *builder, nomen_data_format format, nomen_error *err) {
    if (format >= NOMEN_DATA_N_FORMATS) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "data format %d is not known", (int)format);
    }
    builder->set.format = format;
    if (nomen_format_get(format)->holds & NOMEN_HOLDS_SPANS) {
        nomen_word_unit words = builder->options->words;
        builder->set.unit = words == NOMEN_WORDS_AUTO ? NOMEN_WORDS_BERT : words;
    }
    return nomen_documents_check(builder, err);
}

nomen_status nomen_builder_finish(nomen_builder *builder, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(refuse_nothing(builder, err));
    NOMEN_TRY(nomen_scheme_settle(builder, err));
    NOMEN_TRY(refuse_nothing(builder, err));
    if ((builder->set.path = nomen_mem_copy(builder->name, strlen(builder->name))) == NULL) {
        NOMEN_TRY(nomen_error_memory(err, strlen(builder->name), 1));
    }
    nomen_tag_table_take(&builder->labels, &builder->set.span_labels, &builder->set.n_span_labels);
    trim_set(&builder->set);
    builder->set.names = nomen_buffer_take(&builder->names);
done:
    return status;
}

/* Makes a dataset of what was read. */
static nomen_status finish(nomen_builder *builder, const char *encoding, nomen_dataset *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_builder_finish(builder, err));
    say_result(builder, encoding);
    builder->set.encoding = encoding;
    builder->set.notes.sink = NULL;
    *out = builder->set;
    builder->set = (nomen_dataset){0};
done:
    return status;
}

/* That the bytes were taken for cp1252, which nobody asked for. */
static void tell_encoding(const char *bytes, size_t n_bytes, const nomen_builder *builder, const char *encoding) {
    const nomen_data_sink *sink = builder->set.notes.sink;
    if (sink == NULL || builder->options->encoding != NULL || strcmp(encoding, "cp1252") != 0) { return; }
    char message[NOMEN_ERROR_SIZE];
    size_t n_wide = 0, first = nomen_data_valid_utf8(bytes, n_bytes, &n_wide);
    snprintf(message, sizeof message, "byte 0x%02X is not UTF-8, so the file is read as cp1252", (unsigned char)bytes[first]);
    sink->tell(sink->user, NOMEN_FAULT_ENCODING, builder->name, nomen_data_line(bytes, first), message);
}

nomen_status nomen_dataset_parse_told(const char *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                                      const nomen_data_sink *sink, nomen_dataset *out, nomen_error *err) {
    nomen_builder builder = begin(name, options, sink);
    nomen_unpacked unpacked = {0};
    nomen_buffer converted = {0};
    const char *text = NULL, *encoding = NULL;
    size_t n_text = 0;
    nomen_data_format format = builder.options->format;
    nomen_status status;
    NOMEN_TRY(nomen_unpack(bytes, n_bytes, name, builder.options->max_unpacked, &unpacked, err));
    if (sink == NULL) { nomen_unpacked_log(&unpacked, name); }
    NOMEN_TRY(nomen_data_decode(unpacked.bytes, unpacked.n_bytes, name, builder.options->encoding, &converted, &text, &n_text,
                                &encoding, err));
    tell_encoding(unpacked.bytes, unpacked.n_bytes, &builder, encoding);
    if (format == NOMEN_DATA_AUTO) { NOMEN_TRY(nomen_data_detect(text, n_text, name, &format, err)); }
    NOMEN_TRY(set_format(&builder, format, err));
    if (nomen_format_get(format)->read == NULL) {
        NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: %s is read by the path of its files alone", name,
                                  nomen_format_get(format)->name));
    }
    NOMEN_TRY(nomen_format_get(format)->read(&builder, text, n_text, err));
    status = finish(&builder, encoding, out, err);
done:
    nomen_builder_clear(&builder);
    nomen_buffer_clear(&converted);
    nomen_unpacked_clear(&unpacked);
    return status;
}

nomen_status nomen_dataset_parse(const char *bytes, size_t n_bytes, const char *name,
                                 const nomen_data_options *options, nomen_dataset *out, nomen_error *err) {
    return nomen_dataset_parse_told(bytes, n_bytes, name, options, NULL, out, err);
}

static nomen_status read_brat(const char *path, const nomen_data_options *options, const nomen_data_sink *sink,
                              nomen_dataset *out, nomen_error *err) {
    nomen_builder builder = begin(path, options, sink);
    const char *encoding = NULL;
    nomen_status status;
    NOMEN_TRY(set_format(&builder, NOMEN_DATA_BRAT, err));
    NOMEN_TRY(nomen_brat_read(&builder, path, &encoding, err));
    status = finish(&builder, encoding, out, err);
done:
    nomen_builder_clear(&builder);
    return status;
}

nomen_status nomen_dataset_read_told(const char *path, const nomen_data_options *options, const nomen_data_sink *sink,
                                     nomen_dataset *out, nomen_error *err) {
    nomen_data_format format = options != NULL ? options->format : NOMEN_DATA_AUTO;
    if (nomen_brat_is(path) && (format == NOMEN_DATA_AUTO || format == NOMEN_DATA_BRAT)) {
        return read_brat(path, options, sink, out, err);
    }
    nomen_buffer bytes = {0};
    nomen_status status;
    NOMEN_TRY(nomen_file_read(path, &bytes, err));
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    status = nomen_dataset_parse_told(bytes.data, bytes.size, name, options, sink, out, err);
done:
    nomen_buffer_clear(&bytes);
    return status;
}

static void free_names(char **names, size_t n) {
    for (size_t i = 0; i < n; i++) { nomen_mem_free(names[i]); }
    nomen_mem_free(names);
}

void nomen_dataset_take_found(nomen_dataset *dataset) {
    if (dataset->found == NULL) { return; }
    free_names(dataset->tag_names, dataset->n_tags);
    nomen_mem_free(dataset->tags);
    dataset->tags = dataset->found;
    dataset->tag_names = dataset->found_names;
    dataset->n_tags = dataset->n_found_names;
    dataset->found = NULL;
    dataset->found_names = NULL;
    dataset->n_found_names = 0;
}

nomen_status nomen_dataset_read(const char *path, const nomen_data_options *options, nomen_dataset *out,
                                nomen_error *err) {
    return nomen_dataset_read_told(path, options, NULL, out, err);
}

static size_t count_newlines(const char *bytes, size_t n_bytes) {
    size_t n = 0;
    for (size_t i = 0; i < n_bytes; i++) { n += bytes[i] == '\n'; }
    return n;
}

size_t nomen_dataset_line(const nomen_dataset *dataset, size_t sentence, size_t word) {
    const nomen_sentence *s = &dataset->sentences[sentence];
    size_t start = word < s->n_words ? dataset->words[s->first_word + word].start : 0;
    switch (dataset->format) {
    case NOMEN_DATA_CONLL:
    case NOMEN_DATA_CONLL_2002:
    case NOMEN_DATA_CONLL_2003: return s->line + word;
    case NOMEN_DATA_LONG_CSV: return s->line + word + count_newlines(nomen_sentence_text(dataset, sentence), start);
    case NOMEN_DATA_BRAT: return s->line + count_newlines(nomen_sentence_text(dataset, sentence), start);
    default: return s->line;
    }
}

void nomen_dataset_clear(nomen_dataset *dataset) {
    free_names(dataset->tag_names, dataset->n_tags);
    free_names(dataset->found_names, dataset->n_found_names);
    nomen_mem_free(dataset->found);
    free_names(dataset->span_labels, dataset->n_span_labels);
    nomen_mem_free(dataset->spans);
    for (size_t i = 0; i < dataset->n_files; i++) { nomen_mem_free(dataset->files[i]); }
    nomen_mem_free(dataset->files);
    nomen_mem_free(dataset->path);
    nomen_mem_free(dataset->text);
    nomen_mem_free(dataset->names);
    nomen_mem_free(dataset->words);
    nomen_mem_free(dataset->tags);
    nomen_mem_free(dataset->sentences);
    *dataset = (nomen_dataset){0};
}

bool nomen_dataset_each_alone(const nomen_dataset *dataset) {
    bool alone = dataset->unit != NOMEN_WORDS_AUTO;
    for (size_t i = 1; i < dataset->n_sentences && alone; i++) { alone = !dataset->sentences[i].document_start; }
    return alone;
}
