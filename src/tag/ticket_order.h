/* Tickets by their places: the lowest first, of equals the one that was submitted first. A binary heap. */
#ifndef NOMEN_TAG_TICKET_ORDER_H
#define NOMEN_TAG_TICKET_ORDER_H

#include "tag/ticket.h"

typedef struct nomen_ticket_order {
    nomen_ticket **items;
    size_t n;
} nomen_ticket_order;

/* Adds one; there is room. */
void nomen_ticket_order_push(nomen_ticket_order *order, nomen_ticket *ticket);

/* Takes the first out, of n > 0. */
nomen_ticket *nomen_ticket_order_pop(nomen_ticket_order *order);

/* Takes out those that are gone, and drops them. */
void nomen_ticket_order_sweep(nomen_ticket_order *order);

#endif
