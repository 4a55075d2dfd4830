/* Tickets by their places; see the header. */
#include "tag/ticket_order.h"

static bool is_before(const nomen_ticket *a, const nomen_ticket *b) {
    return a->place != b->place ? a->place < b->place : a->number < b->number;
}

void nomen_ticket_order_push(nomen_ticket_order *order, nomen_ticket *ticket) {
    nomen_ticket **items = order->items;
    size_t i = order->n++;
    for (; i > 0 && is_before(ticket, items[(i - 1) / 2]); i = (i - 1) / 2) { items[i] = items[(i - 1) / 2]; }
    items[i] = ticket;
}

/* Puts a ticket at the hole i, or below it. */
static void sink(nomen_ticket_order *order, size_t i, nomen_ticket *ticket) {
    nomen_ticket **items = order->items;
    for (size_t child; (child = 2 * i + 1) < order->n; i = child) {
        if (child + 1 < order->n && is_before(items[child + 1], items[child])) { child++; }
        if (!is_before(items[child], ticket)) { break; }
        items[i] = items[child];
    }
    items[i] = ticket;
}

nomen_ticket *nomen_ticket_order_pop(nomen_ticket_order *order) {
    nomen_ticket *first = order->items[0], *last = order->items[--order->n];
    if (order->n > 0) { sink(order, 0, last); }
    return first;
}

void nomen_ticket_order_sweep(nomen_ticket_order *order) {
    size_t n = 0;
    for (size_t i = 0; i < order->n; i++) {
        if (order->items[i]->is_gone) {
            nomen_ticket_drop(order->items[i]);
        } else {
            order->items[n++] = order->items[i];
        }
    }
    order->n = n;
    for (size_t i = n / 2; i-- > 0;) { sink(order, i, order->items[i]); }
}
