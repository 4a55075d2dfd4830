/* Names of tags from a file beside the data file; see the header. */
#include "data/names_beside.h"

#include "base/log.h"

nomen_status nomen_names_beside(nomen_builder *builder, const char *tags, nomen_number_names *out, nomen_error *err) {
    if (builder->path == NULL) { return NOMEN_OK; }
    nomen_status status = nomen_number_names_find(builder->path, tags, out, err);
    if (status != NOMEN_OK || out->names.n == 0) { return status; }
    nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_NAMED_BESIDE, builder->name, 0,
                       "the tags are numbers; their names are taken from %s", out->beside);
    if (builder->set.notes.sink == NULL) {
        nomen_log_info("%s: the tags are numbers; their names are taken from %s", builder->name, out->beside);
    }
    return NOMEN_OK;
}
