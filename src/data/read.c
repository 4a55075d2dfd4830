/* The way from a file through encoding, detection, reader and scheme; see the header. */
#include "data/read.h"

#include <stdio.h>
#include <string.h>

#include "nomen/offsets.h"

#include "base/buffer.h"
#include "base/file.h"
#include "base/log.h"
#include "base/names.h"
#include "base/utf8.h"
#include "data/brat.h"
#include "data/detect.h"
#include "data/encoding.h"
#include "data/finish.h"
#include "data/formats.h"
#include "data/scheme_rules.h"
#include "data/unpack.h"

static void log_result(const nomen_builder *builder, const char *encoding) {
    const nomen_dataset *set = &builder->set;
    if (set->notes.sink != NULL) { return; }
    const char *format = nomen_format_title(set->format);
    size_t n_tags = set->n_tags - set->has_unknown;
    if (set->unit != NOMEN_WORDS_AUTO) {
        bool own = builder->options->words == NOMEN_WORDS_AUTO && (nomen_format_get(set->format)->has & NOMEN_HAS_WORDS);
        nomen_log_info("%s: %s, %s: %zu texts, %zu spans, %zu words (%s), %zu different tags", builder->name, format, encoding,
                       set->n_sentences, set->n_spans, set->n_words,
                       own                             ? "the file's"
                       : set->unit == NOMEN_WORDS_BERT ? "BERT's"
                                                       : "by white space",
                       n_tags);
    } else {
        bool as_it_is = set->scheme == NOMEN_SCHEME_IOB2 || set->scheme == NOMEN_SCHEME_PLAIN || set->found != NULL;
        nomen_log_info("%s: %s, %s, %s tags%s: %zu sentences, %zu words, %zu different tags", builder->name, format, encoding,
                       nomen_scheme_title(set->scheme), as_it_is ? "" : " (converted to IOB2)", set->n_sentences, set->n_words,
                       n_tags);
    }
    nomen_notes_log(&set->notes, builder->name);
    if (set->n_skipped > 0) {
        nomen_log_warning("%s: %zu bad %s skipped, the first on line %zu: %s", builder->name, set->n_skipped,
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

static nomen_status check_options(const nomen_data_options *o, nomen_error *err) {
    nomen_status status;
    if (o == NULL) { return NOMEN_OK; }
    NOMEN_TRY(nomen_value_check(nomen_scheme_name(o->scheme), (int)o->scheme, "tag scheme", err));
    NOMEN_TRY(nomen_value_check(nomen_scheme_name(o->like), (int)o->like, "tag scheme", err));
    NOMEN_TRY(nomen_value_check(nomen_documents_name(o->documents), (int)o->documents, "way to find documents", err));
    if ((unsigned)o->words > NOMEN_WORDS_WHITESPACE) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown unit of words %d", (int)o->words));
    }
    NOMEN_TRY(nomen_value_check(nomen_misaligned_name(o->misaligned), (int)o->misaligned, "policy for misaligned spans", err));
    NOMEN_TRY(nomen_value_check(nomen_offset_unit_name(o->offsets), (int)o->offsets, "unit of offsets", err));
    if (o->documents == NOMEN_DOCUMENTS_COLUMN) { NOMEN_TRY(nomen_string_check(o->document_column, "document_column", err)); }
done:
    return status;
}

/* Refuses a way of finding documents that the format has no place for. */
static nomen_status check_documents(const nomen_builder *builder, nomen_error *err) {
    const nomen_data_options *options = builder->options;
    const nomen_format *format = nomen_format_get(builder->set.format);
    if (options->documents == NOMEN_DOCUMENTS_BLANK && !(format->has & NOMEN_HAS_BLANK_LINES)) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_DOCUMENTS,
                                      "%s: blank lines separate documents only in CoNLL, not in %s; choose another way",
                                      builder->name, format->name);
    }
    if (options->documents == NOMEN_DOCUMENTS_COLUMN && !(format->has & NOMEN_HAS_VALUES)) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_DOCUMENTS,
                                      "%s: %s has no column or key that could name documents", builder->name, format->name);
    }
    return NOMEN_OK;
}

/* Fixes the format, before anything is read. */
static nomen_status set_format(nomen_builder *builder, nomen_data_format format, nomen_error *err) {
    if (format >= NOMEN_DATA_N_FORMATS) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown data format %d", (int)format);
    }
    builder->set.format = format;
    builder->set.word_lines = nomen_format_get(format)->word_lines;
    if (nomen_format_get(format)->holds & NOMEN_HOLDS_SPANS) {
        nomen_word_unit words = builder->options->words;
        builder->set.unit = words == NOMEN_WORDS_AUTO ? NOMEN_WORDS_BERT : words;
    }
    return check_documents(builder, err);
}

/* Makes a dataset of what was read. */
static nomen_status finish(nomen_builder *builder, const char *encoding, nomen_dataset *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_builder_finish(builder, err));
    log_result(builder, encoding);
    builder->set.encoding = encoding;
    builder->set.notes.sink = NULL;
    *out = builder->set;
    builder->set = (nomen_dataset){0};
done:
    return status;
}

/* That the bytes were taken for cp1252, which nobody asked for. */
static void report_encoding(const char *bytes, size_t n_bytes, const nomen_builder *builder, const char *encoding) {
    const nomen_data_sink *sink = builder->set.notes.sink;
    if (sink == NULL || builder->options->encoding != NULL || strcmp(encoding, "cp1252") != 0) { return; }
    char message[NOMEN_ERROR_SIZE];
    size_t n_wide = 0, first = nomen_utf8_valid_prefix(bytes, n_bytes, &n_wide);
    snprintf(message, sizeof message, "byte 0x%02X is not UTF-8, so the file is read as cp1252", (unsigned char)bytes[first]);
    sink->report(sink->user, NOMEN_FAULT_ENCODING, builder->name, nomen_data_line(bytes, first), message);
}

nomen_status nomen_dataset_parse_to_sink(const char *bytes, size_t n_bytes, const char *name, const char *path,
                                         const nomen_data_options *options, const nomen_data_sink *sink, nomen_dataset *out,
                                         nomen_error *err) {
    nomen_builder builder = begin(name, options, sink);
    nomen_unpacked unpacked = {0};
    nomen_buffer converted = {0};
    const char *text = NULL, *encoding = NULL;
    size_t n_text = 0;
    nomen_data_format format = builder.options->format;
    nomen_status status;
    builder.path = path;
    NOMEN_TRY(nomen_string_check(name, "the name of the labelled data", err));
    NOMEN_TRY(check_options(options, err));
    NOMEN_TRY(nomen_unpack(bytes, n_bytes, name, builder.options->max_unpacked, &unpacked, err));
    if (sink == NULL) { nomen_unpacked_log(&unpacked, name); }
    NOMEN_TRY(nomen_data_decode(unpacked.bytes, unpacked.n_bytes, name, builder.options->encoding, &converted, &text, &n_text,
                                &encoding, err));
    report_encoding(unpacked.bytes, unpacked.n_bytes, &builder, encoding);
    if (format == NOMEN_DATA_AUTO) { NOMEN_TRY(nomen_data_detect(text, n_text, name, builder.options, &format, err)); }
    NOMEN_TRY(set_format(&builder, format, err));
    if (nomen_format_get(format)->read == NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: %s can only be read by the path of its files", name,
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

nomen_status nomen_dataset_parse(const char *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                                 nomen_dataset *out, nomen_error *err) {
    return nomen_dataset_parse_to_sink(bytes, n_bytes, name, NULL, options, NULL, out, err);
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

nomen_status nomen_dataset_read_to_sink(const char *path, const nomen_data_options *options, const nomen_data_sink *sink,
                                        nomen_dataset *out, nomen_error *err) {
    nomen_data_format format = options != NULL ? options->format : NOMEN_DATA_AUTO;
    nomen_buffer bytes = {0};
    nomen_status status;
    NOMEN_TRY(nomen_string_check(path, "the path of the labelled file", err));
    NOMEN_TRY(check_options(options, err));
    if (nomen_brat_is(path) && (format == NOMEN_DATA_AUTO || format == NOMEN_DATA_BRAT)) {
        return read_brat(path, options, sink, out, err);
    }
    NOMEN_TRY(nomen_file_read(path, &bytes, err));
    bool standard = strcmp(path, "-") == 0;
    status = nomen_dataset_parse_to_sink(bytes.data, bytes.size, standard ? "standard input" : path, standard ? NULL : path,
                                         options, sink, out, err);
done:
    nomen_buffer_clear(&bytes);
    return status;
}

nomen_status nomen_dataset_read(const char *path, const nomen_data_options *options, nomen_dataset *out, nomen_error *err) {
    return nomen_dataset_read_to_sink(path, options, NULL, out, err);
}
