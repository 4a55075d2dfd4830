/*
 * Lists in a cell of a table, as programs print them: JSON's ["a", "b"], Python's ['a', "O'Neil"], numpy's ['a' 'b'] with
 * line breaks, and of tags [B-PER, O] without quotes.
 */
#ifndef NOMEN_DATA_LIST_CELL_H
#define NOMEN_DATA_LIST_CELL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "nomen/tokenizer.h"

typedef enum nomen_list_kind {
    NOMEN_LIST_NONE = 0, /* the cell is no list */
    NOMEN_LIST_TEXTS,    /* its items are in quotes, or bare */
    NOMEN_LIST_NUMBERS,  /* its items are whole numbers */
    NOMEN_LIST_SHORTENED /* numpy left items out and printed "..." in their place */
} nomen_list_kind;

/* Start from {0}. */
typedef struct nomen_list {
    nomen_buffer bytes; /* the items, one after the other */
    nomen_span *items;
    size_t n_items, capacity;
} nomen_list;

/*
 * Parses the whole cell, white space round it aside; an empty list is TEXTS. `bare`: items need no quotes. *kind is NONE
 * where anything in it is no list; *list then holds nothing of use.
 */
nomen_status nomen_list_parse(const char *cell, size_t n_bytes, bool bare, nomen_list *list, nomen_list_kind *kind,
                              nomen_error *err);

void nomen_list_clear(nomen_list *list);

/* An item; borrowed until the next parse. */
static inline const char *nomen_list_item(const nomen_list *list, size_t item, size_t *n_bytes) {
    *n_bytes = list->items[item].end - list->items[item].start;
    return list->bytes.data + list->items[item].start;
}

#endif
