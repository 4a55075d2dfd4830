/* Tags and labels that are numbers; see the header. */
#include "data/named_numbers.h"

#include "base/log.h"

nomen_status nomen_named_numbers_read(nomen_named_numbers *numbers, const nomen_builder *builder, nomen_number_use use, nomen_error *err) {
    const char *given = builder->options->tag_names;
    if (given == NULL || numbers->read) { return NOMEN_OK; }
    nomen_status status = nomen_number_names_read(given, &numbers->names, err);
    if (status != NOMEN_OK) { return status; }
    numbers->read = true;
    if (use != NOMEN_NUMBERS_OF_KEYS || numbers->names.numbers != NULL) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the numbers of labels are keys of a database, which need not count from "
                           "0; state each with its name (--tag-names 1=PER,2=ORG, or the tool's own file of labels)", builder->name);
}

/* Looks beside the file, once. */
static nomen_status look_beside(nomen_named_numbers *numbers, nomen_builder *builder, const char *key, nomen_error *err) {
    if (numbers->read || builder->path == NULL) { return NOMEN_OK; }
    numbers->read = true;
    nomen_status status = nomen_number_names_find(builder->path, key, &numbers->names, err);
    if (status != NOMEN_OK || numbers->names.names.n == 0) { return status; }
    nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_NAMED_BESIDE, builder->name, 0,
                       "the names of tags, which are numbers, are taken from %s", numbers->names.beside);
    if (builder->set.notes.sink == NULL) {
        nomen_log_info("%s: the tags are numbers; their names are taken from %s (--tag-names for others)", builder->name,
                       numbers->names.beside);
    }
    return NOMEN_OK;
}

nomen_status nomen_named_numbers_get(nomen_named_numbers *numbers, nomen_builder *builder, nomen_number_use use, const char *key,
                                     size_t line, long long number, nomen_diagnostic_kind fault, const char **out, nomen_error *err) {
    const nomen_number_names *names = &numbers->names;
    bool keys = use == NOMEN_NUMBERS_OF_KEYS;
    nomen_status status;
    *out = NULL;
    NOMEN_TRY(nomen_named_numbers_read(numbers, builder, use, err));
    if (use == NOMEN_NUMBERS_OF_TAGS) { NOMEN_TRY(look_beside(numbers, builder, key, err)); }
    *out = nomen_number_name(names, number);
    if (*out != NULL) { return NOMEN_OK; }
    if (names->names.n == 0 && use == NOMEN_NUMBERS_OF_TAGS) {
        return nomen_builder_fault_of(builder, fault, line, err, "the tags are numbers; state their names in order (--tag-names "
                                      "O,B-per,I-per or a file)");
    }
    if (names->names.n == 0) {
        return nomen_builder_fault_of(builder, fault, line, err, "a span's label is the number %lld%s; state the names of numbers "
                                      "(--tag-names %lld=PER,... or %s)", number, keys ? ", a key of the tool's database" : "", number,
                                      keys ? "its file of labels" : "a file");
    }
    if (names->beside != NULL) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "%s:%zu: %s has no name for the tag %lld, so its names are not those of this "
                               "file; state the names in order (--tag-names O,B-per,I-per or a file)", builder->name, line,
                               names->beside, number);
    }
    if (names->numbers == NULL) {
        return nomen_builder_fault_of(builder, fault, line, err, "there is no tag %lld: %zu tag names were given, from 0 on", number,
                                      names->names.n);
    }
    status = nomen_builder_fault_of(builder, fault, line, err, "the number %lld is none of the %zu that were given a name "
                                    "(--tag-names)", number, names->names.n);
done:
    return status;
}

void nomen_named_numbers_clear(nomen_named_numbers *numbers) {
    nomen_number_names_clear(&numbers->names);
    *numbers = (nomen_named_numbers){0};
}
