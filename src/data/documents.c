/* Where documents begin; see the header. */
#include "data/documents.h"

#include <string.h>

#include "base/names.h"
#include "data/line_cursor.h"

static const char *const known[] = {NOMEN_DOCUMENT_KEY, "document_id", "document", "doc", NULL};

const char *nomen_documents_name(nomen_documents documents) {
    static const char *const names[] = {"auto", "none", "blank", "each", "column", NULL};
    return nomen_name_of(names, (int)documents);
}

nomen_status nomen_documents_parse(const char *text, nomen_documents *out, const char **column, nomen_error *err) {
    static const char *const names[] = {
        [NOMEN_DOCUMENTS_AUTO] = "auto", [NOMEN_DOCUMENTS_NONE] = "none",          [NOMEN_DOCUMENTS_BLANK] = "blank",
        [NOMEN_DOCUMENTS_EACH] = "each", [NOMEN_DOCUMENTS_COLUMN] = "column:NAME", NULL};
    int found = 0;
    if (text != NULL && strncmp(text, "column:", 7) == 0 && text[7] != '\0') {
        *out = NOMEN_DOCUMENTS_COLUMN;
        *column = text + 7;
        return NOMEN_OK;
    }
    nomen_status status = nomen_name_find(text, names, "way to separate documents", &found, err);
    if (status != NOMEN_OK) { return status; }
    *out = (nomen_documents)found;
    *column = NULL;
    return NOMEN_OK;
}

/* Whether the line begins with `mark`, and the mark ends there. */
static bool begins_with(const char *bytes, size_t n_bytes, const char *mark) {
    size_t n = strlen(mark);
    return n_bytes >= n && memcmp(bytes, mark, n) == 0 && (n_bytes == n || nomen_is_blank(bytes[n]));
}

bool nomen_is_docstart(const char *bytes, size_t n_bytes) {
    size_t n = sizeof NOMEN_DOCUMENT_MARK - 1;
    return n_bytes >= n && memcmp(bytes, NOMEN_DOCUMENT_MARK, n) == 0 &&
           (n_bytes == n || nomen_is_blank(bytes[n]) || nomen_is_line_end(bytes[n])); /* of a word to write: it becomes blank */
}

/* "# key = value": a key without blanks. A "# _ =" is a word, and its tag what stands last. */
static bool is_metadata(const char *bytes, size_t n_bytes) {
    size_t at = 2;
    while (at < n_bytes && bytes[at] != ' ') { at++; }
    return at > 2 && n_bytes - at > 3 && memcmp(bytes + at, " = ", 3) == 0;
}

nomen_line_mark nomen_line_mark_of(const char *bytes, size_t n_bytes, bool inside) {
    if (nomen_is_docstart(bytes, n_bytes)) { return NOMEN_LINE_DOCUMENT; }
    if (n_bytes < 2 || bytes[0] != '#' || memchr(bytes, '\t', n_bytes) != NULL) { return NOMEN_LINE_WORD; }
    if (begins_with(bytes, n_bytes, "# newdoc") || begins_with(bytes, n_bytes, "#begin document")) { return NOMEN_LINE_DOCUMENT; }
    if (begins_with(bytes, n_bytes, "#end document")) { return NOMEN_LINE_COMMENT; }
    if (inside || bytes[1] != ' ') { return NOMEN_LINE_WORD; }
    return begins_with(bytes, n_bytes, "# newpar") || is_metadata(bytes, n_bytes) ? NOMEN_LINE_COMMENT : NOMEN_LINE_WORD;
}

void nomen_document_begin(nomen_builder *builder) {
    builder->document_start = true;
}

nomen_status nomen_document_name(nomen_builder *builder, const char *name, size_t n_bytes, nomen_error *err) {
    nomen_buffer *last = &builder->document;
    if (builder->has_document && last->size == n_bytes && memcmp(last->data, name, n_bytes) == 0) { return NOMEN_OK; }
    nomen_document_begin(builder);
    builder->has_document = true;
    nomen_buffer_reset(last);
    nomen_status status = nomen_buffer_append_text(last, "", err); /* so that an empty name has bytes too */
    return status == NOMEN_OK ? nomen_buffer_append(last, name, n_bytes, err) : status;
}

/* A value as a name; *n_bytes is SIZE_MAX where it is none. `room` holds a number. */
static const char *name_of(const json_t *value, char room[32], size_t *n_bytes) {
    *n_bytes = SIZE_MAX;
    if (json_is_string(value)) {
        *n_bytes = json_string_length(value);
        return json_string_value(value);
    }
    if (!json_is_integer(value)) { return NULL; }
    *n_bytes = (size_t)snprintf(room, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return room;
}

/* The value by which documents are separated, NULL for none. */
static const json_t *find_document(const json_t *record, const json_t *text, const nomen_data_options *options) {
    char room[32];
    size_t n;
    const json_t *value = NULL;
    if (options->documents == NOMEN_DOCUMENTS_COLUMN) {
        value = json_object_get(record, options->document_column);
        return name_of(value, room, &n) != NULL ? value : NULL;
    }
    for (const char *const *key = known; *key != NULL; key++) {
        value = json_object_get(record, *key);
        if (name_of(value, room, &n) != NULL && value != text) { return value; }
    }
    return NULL;
}

nomen_status nomen_record_names_read(nomen_builder *builder, const json_t *record, const json_t *text, size_t line,
                                     nomen_record_names *out, nomen_error *err) {
    const nomen_data_options *options = builder->options;
    const json_t *id = json_object_get(record, "id");
    char room[32];
    size_t n = 0;
    nomen_status status;
    *out = (nomen_record_names){.document = find_document(record, text, options)};
    const char *name = name_of(id, room, &n);
    if (name != NULL && n > 0) {
        out->id = id;
    } else {
        n = 0;
    }
    NOMEN_TRY(nomen_builder_name(builder, name != NULL ? name : "", n, json_is_integer(id), err));
    if (out->document != NULL) {
        name = name_of(out->document, room, &n);
        NOMEN_TRY(nomen_document_name(builder, name, n, err));
    } else if (options->documents == NOMEN_DOCUMENTS_COLUMN) {
        NOMEN_FAIL(nomen_error_remedy(err, NOMEN_REMEDY_DOCUMENTS,
                                      nomen_builder_fault(builder, line, err,
                                                          "no \"%s\" with a text or a number, by which documents are to be "
                                                          "separated",
                                                          options->document_column)));
    }
done:
    return status;
}

nomen_status nomen_document_column(const nomen_builder *builder, const nomen_csv *csv, size_t *column, nomen_error *err) {
    const nomen_data_options *options = builder->options;
    bool stated = options->documents == NOMEN_DOCUMENTS_COLUMN;
    int found = -1;
    for (const char *const *title = known; !stated && found < 0 && *title != NULL; title++) {
        found = nomen_csv_column(csv, *title);
    }
    if (stated) { found = nomen_csv_column(csv, options->document_column); }
    *column = found < 0 ? SIZE_MAX : (size_t)found;
    if (found >= 0 || !stated) { return NOMEN_OK; }
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_DOCUMENTS,
                                  "%s:%zu: the CSV header has no column '%s', by which documents are to be "
                                  "separated",
                                  builder->name, csv->row_line, options->document_column);
}
