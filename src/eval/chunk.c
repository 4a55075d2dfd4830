/*
 * Entities in a stream of tags. The rules know the letters B, I, E, S, O and "."; every other letter
 * goes on as long as the type stays the same, which is how tags without prefix form entities.
 */
#include "eval/chunk.h"

#include <string.h>

/* Bytes of the character at `s` (at least one). An ill-formed byte is a character of its own. */
static size_t character_size(const char *s) {
    unsigned char c = (unsigned char)s[0];
    size_t size = c >= 0xF0 && c <= 0xF4 ? 4 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xC2 && c < 0xE0 ? 2 : 1;
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)s[i] & 0xC0) != 0x80) { return 1; }
    }
    return size;
}

char nomen_chunk_split(const char *tag, const char **type) {
    const char *rest = tag + character_size(tag);
    const char *hyphen = strchr(rest, '-');
    *type = hyphen != NULL ? hyphen + 1 : rest;
    if (**type == '\0') { *type = "_"; }
    return (unsigned char)tag[0] < 0x80 ? tag[0] : 0;
}

/* Whether an entity that the tag before belonged to (if it did) ends there. */
static bool ends(char before, char tag, bool same_type) {
    switch (before) {
    case 'E':
    case 'S': return true;
    case 'B':
    case 'I': return tag == 'B' || tag == 'S' || tag == 'O' || !same_type;
    case 'O':
    case '.': return false;
    default: return !same_type;
    }
}

/* Whether an entity starts with this tag. */
static bool starts(char before, char tag, bool same_type) {
    switch (tag) {
    case 'B':
    case 'S': return true;
    case 'I':
    case 'E': return before == 'E' || before == 'S' || before == 'O' || !same_type;
    case 'O':
    case '.': return false;
    default: return !same_type;
    }
}

nomen_chunk_state nomen_chunk_start(void) {
    return (nomen_chunk_state){.tag = 'O', .type = -1, .begin = 0};
}

bool nomen_chunk_step(nomen_chunk_state *state, char tag, int32_t type, size_t place, nomen_chunk *ended) {
    bool same_type = state->type == type;
    bool has_ended = ends(state->tag, tag, same_type);
    if (has_ended) { *ended = (nomen_chunk){.type = state->type, .begin = state->begin}; }
    if (starts(state->tag, tag, same_type)) { state->begin = place; }
    state->tag = tag;
    state->type = type;
    return has_ended;
}
