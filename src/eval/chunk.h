/*
 * Entities in a stream of tags, by the rules of seqeval 1.2.2's default mode (those of conlleval,
 * with seqeval's additions). One tag at a time, so that nothing has to be kept.
 */
#ifndef NOMEN_EVAL_CHUNK_H
#define NOMEN_EVAL_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a stream stands. Start it with nomen_chunk_start. */
typedef struct nomen_chunk_state {
    char tag;     /* the first letter of the last tag; 0 for a letter that is not ASCII */
    int32_t type; /* the last tag's type, O's included; -1 before the first tag */
    size_t begin; /* place of the last tag that started an entity; stays when it has ended */
} nomen_chunk_state;

/* An entity that ended before a tag. */
typedef struct nomen_chunk {
    int32_t type;
    size_t begin;
} nomen_chunk;

nomen_chunk_state nomen_chunk_start(void);

/* Reads the tag at `place`. True where an entity, written to *ended, ended before it. */
bool nomen_chunk_step(nomen_chunk_state *state, char tag, int32_t type, size_t place, nomen_chunk *ended);

#endif
