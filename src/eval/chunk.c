/*
 * Entities in a stream of tags. The rules know the letters B, I, E, S, O and "."; every other letter
 * goes on as long as the type stays the same, which is how tags without prefix form entities.
 */
#include "eval/chunk.h"

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
