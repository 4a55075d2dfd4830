/* Tags of brackets and stars; see the header. */
#include "data/star_tags.h"

#include "data/excerpt.h"

/* A tag of (PER*, * and *) as B-PER, I-PER and O. */
nomen_status nomen_star_tags_read(nomen_star_tags *r, nomen_builder *builder, const char *cell, size_t n, size_t line,
                                  nomen_error *err) {
    bool opens = n > 1 && cell[0] == '(', closes = n > 1 && cell[n - 1] == ')', inside = r->line > 0;
    size_t end = 1;
    nomen_status status = NOMEN_OK;
    while (opens && end < n && cell[end] != '*' && cell[end] != ')' && cell[end] != '(') { end++; }
    if (opens == inside && (opens || closes)) {
        char seen[NOMEN_EXCERPT_SIZE];
        NOMEN_TRY(nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, line, err,
                                         inside ? "'%s' opens an entity inside the one from line %zu; close that one first"
                                                : "'%s' closes an entity, but none is open",
                                         nomen_excerpt(seen, cell, n), r->line));
    }
    if (opens) {
        nomen_buffer_reset(&r->tag);
        NOMEN_TRY(nomen_buffer_append_text(&r->tag, "B-", err));
        NOMEN_TRY(nomen_buffer_append(&r->tag, cell + 1, end - 1, err));
        r->line = line;
    } else if (inside) {
        r->tag.data[0] = 'I';
    } else {
        nomen_buffer_reset(&r->tag);
        NOMEN_TRY(nomen_buffer_append_byte(&r->tag, 'O', err));
    }
    if (closes) { r->line = 0; }
done:
    return status;
}

nomen_status nomen_star_tags_end(nomen_star_tags *stars, nomen_builder *builder, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (stars->line > 0 && builder->open) {
        status = nomen_builder_fault_of(
            builder, NOMEN_FAULT_TAG, stars->line, err,
            "the entity that opens here is not closed in its sentence; put ')' after the '*' of its last token");
    }
    stars->line = 0;
    return status;
}
