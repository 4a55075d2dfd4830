/* Labels that are numbers; see the header. */
#include "data/json_numbers.h"

#include "data/names_beside.h"

nomen_status nomen_json_names_read(nomen_json_reader *reader, const nomen_json_shape *shape, nomen_error *err) {
    const nomen_builder *builder = reader->builder;
    const char *given = builder->options->tag_names;
    if (given == NULL || reader->names_read) { return NOMEN_OK; }
    nomen_status status = nomen_number_names_read(given, &reader->names, err);
    if (status != NOMEN_OK) { return status; }
    reader->names_read = true;
    if (!shape->own_numbers || reader->names.numbers != NULL) { return NOMEN_OK; }
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_NUMBER_NAMES,
                                  "%s: the numbers of labels are database keys, which need not start at 0; state each with its "
                                  "name, or give the tool's own file of labels",
                                  builder->name);
}

/* Looks beside the file, once. */
static nomen_status look_beside(nomen_json_reader *reader, const char *tags, nomen_error *err) {
    if (reader->names_read || reader->builder->path == NULL || tags == NULL) { return NOMEN_OK; }
    reader->names_read = true;
    return nomen_names_beside(reader->builder, tags, &reader->names, err);
}

nomen_status nomen_json_number_name(nomen_json_reader *reader, const nomen_json_shape *shape, const char *tags, long long number,
                                    nomen_diagnostic_kind fault, const char **out, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const nomen_number_names *names = &reader->names;
    size_t line = builder->sentence.line;
    nomen_status status;
    *out = NULL;
    NOMEN_TRY(nomen_json_names_read(reader, shape, err));
    NOMEN_TRY(look_beside(reader, tags, err));
    *out = nomen_number_name(names, number);
    if (*out != NULL) { return NOMEN_OK; }
    if (names->names.n == 0 && shape->unit == NOMEN_JSON_TAGS) {
        return nomen_error_remedy(
            err, NOMEN_REMEDY_TAG_NAMES,
            nomen_builder_fault_of(builder, fault, line, err, "the tags are numbers; state their names in order"));
    }
    if (names->names.n == 0) {
        return nomen_error_remedy(err, NOMEN_REMEDY_NUMBER_NAMES,
                                  nomen_builder_fault_of(builder, fault, line, err,
                                                         "a span's label is the number %lld%s; state the names of numbers%s",
                                                         number, shape->own_numbers ? ", a key in the tool's database" : "",
                                                         shape->own_numbers ? " or give its file of labels" : ""));
    }
    if (names->beside != NULL) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_DATA, NOMEN_REMEDY_TAG_NAMES,
            "%s:%zu: %s has no name for the tag %lld, so it does not belong to this file; state the names in order",
            builder->name, line, names->beside, number);
    }
    if (names->numbers == NULL) {
        return nomen_builder_fault_of(builder, fault, line, err,
                                      "there is no tag %lld: %zu tag names were given, for the numbers from 0 on", number,
                                      names->names.n);
    }
    status = nomen_error_remedy(err, NOMEN_REMEDY_NUMBER_NAMES,
                                nomen_builder_fault_of(builder, fault, line, err,
                                                       "the number %lld is not among the %zu that were given a name", number,
                                                       names->names.n));
done:
    return status;
}
