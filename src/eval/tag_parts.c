/* Tags taken apart; see the header. */
#include "eval/tag_parts.h"

#include <string.h>

#include "base/mem.h"
#include "data/label_split.h"

/* seqeval's strict mode: Token in seqeval/scheme.py. */
static nomen_status split_strict(nomen_interner *types, const char *tag, nomen_tag_parts *out, nomen_error *err) {
    const char *prefix = strchr(NOMEN_PREFIXES, tag[0]), *start = tag + 1, *end = tag + strlen(tag);
    out->strict_prefix = prefix != NULL ? (int)(prefix - NOMEN_PREFIXES) : NOMEN_NO_PREFIX;
    while (start < end && *start == '-') { start++; }
    while (end > start && end[-1] == '-') { end--; }
    if (start == end) { return nomen_intern(types, "_", 1, &out->strict_type, err); }
    return nomen_intern(types, start, (size_t)(end - start), &out->strict_type, err);
}

/* conlleval, version 2004-01-26. To Perl "0" is as false as "", so a type of that name is none. */
static nomen_status split_conll(nomen_interner *types, const char *tag, nomen_tag_parts *out, nomen_error *err) {
    const char *hyphen = strchr(tag, '-'), *type = hyphen != NULL ? hyphen + 1 : "";
    size_t n_prefix = hyphen != NULL ? (size_t)(hyphen - tag) : strlen(tag);
    nomen_status status;
    if (strcmp(type, "0") == 0) { type = ""; }
    out->conll_letter = n_prefix == 1 ? tag[0] : 0;
    NOMEN_TRY(nomen_intern(types, tag, n_prefix, &out->conll_prefix, err));
    NOMEN_TRY(nomen_intern(types, type, strlen(type), &out->conll_type, err));
done:
    return status;
}

nomen_status nomen_tag_parts_intern(nomen_tag_parts_table *table, const char *tag, int32_t *out, nomen_error *err) {
    size_t n_bytes = strlen(tag);
    nomen_tag_parts parts = {0};
    nomen_status status = NOMEN_OK;
    *out = nomen_interner_find(&table->tags, tag, n_bytes);
    if (*out >= 0) { return NOMEN_OK; }
    nomen_label_parts split = nomen_label_split_seqeval(tag);
    parts.letter = split.prefix;
    NOMEN_TRY(nomen_intern(&table->types, split.type, strlen(split.type), &parts.type, err));
    NOMEN_TRY(split_strict(&table->types, tag, &parts, err));
    NOMEN_TRY(split_conll(&table->types, tag, &parts, err));
    NOMEN_TRY(NOMEN_RESERVE(table->parts, table->capacity, table->tags.n + 1, err));
    NOMEN_TRY(nomen_intern(&table->tags, tag, n_bytes, out, err));
    table->parts[*out] = parts;
done:
    return status;
}

void nomen_tag_parts_clear(nomen_tag_parts_table *table) {
    nomen_interner_clear(&table->tags);
    nomen_interner_clear(&table->types);
    nomen_mem_free(table->parts);
    *table = (nomen_tag_parts_table){0};
}
