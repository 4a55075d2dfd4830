/* Gradients added up in the order of their micro-batches, here or by many processes. */
#include "train/spread/reduction.h"

#include <string.h>

#include "base/mem.h"
#include "base/threads.h"

enum {
    MOST_CHUNK = 1 << 20,     /* elements: a message of 4 MiB, long enough that its start costs little */
    ALL_CHUNKS = 1 << 23,     /* of all messages that are under way: 32 MiB each way */
    THREAD_ELEMENTS = 1 << 15 /* that are worth a thread */
};

nomen_status nomen_reduction_create(const nomen_spread *spread, const nomen_param_table *table, const nomen_word_marks *words,
                                    nomen_reduction *out, nomen_error *err) {
    nomen_reduction r = {.spread = spread, .table = table, .words = words};
    size_t n = spread->size, own = nomen_param_n_trainable(table) / n + 1;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW_ALIGNED(r.total, own, err));
    if (n > 1) {
        r.chunk = ALL_CHUNKS / n < MOST_CHUNK ? ALL_CHUNKS / n : MOST_CHUNK;
        if (r.chunk > own) { r.chunk = own; }
        NOMEN_TRY(NOMEN_NEW_ALIGNED(r.send, n * r.chunk, err));
        NOMEN_TRY(NOMEN_NEW_ALIGNED(r.arrive, n * r.chunk, err));
    }
    *out = r;
    return NOMEN_OK;
done:
    nomen_reduction_clear(&r);
    return status;
}

void nomen_reduction_clear(nomen_reduction *r) {
    nomen_mem_free(r->total);
    nomen_mem_free(r->send);
    nomen_mem_free(r->arrive);
    *r = (nomen_reduction){0};
}

/*
 * The elements that take part, in a row: those of the tail that is trained before the word embeddings, those after them, then
 * the rows of the words that the step uses. The run of neighbours in the tail that begins at element `at` of them; *n is its
 * length.
 */
static nomen_real *find_run(const nomen_reduction *r, nomen_real *block, size_t at, size_t *n) {
    const nomen_row_marks *rows = &r->words->rows;
    size_t all = nomen_param_n_trainable(r->table);
    size_t head = rows->n_rows > 0 ? rows->offset - r->table->first_trainable : all; /* no row is trained: all are before them */
    size_t after = head + rows->n_rows * rows->width, tail = all - after;
    if (at < head) {
        *n = head - at;
        return block + at;
    }
    if (at < head + tail) {
        *n = head + tail - at;
        return block + after + (at - head);
    }
    size_t row = (at - head - tail) / rows->width, column = (at - head - tail) % rows->width;
    *n = rows->width - column;
    return block + head + r->words->now[row] * rows->width + column;
}

typedef enum movement { MOVE_OUT, MOVE_ADD, MOVE_IN } movement;

/* Moves the elements [first, end) between the block and `buffer`, or adds them to it. */
static void move(const nomen_reduction *r, nomen_real *block, size_t first, size_t end, nomen_real *buffer, movement how) {
    while (first < end) {
        size_t n = 0;
        nomen_real *run = find_run(r, block, first, &n);
        if (n > end - first) { n = end - first; }
        if (how == MOVE_OUT) { memcpy(buffer, run, n * sizeof *run); }
        if (how == MOVE_IN) { memcpy(run, buffer, n * sizeof *run); }
        for (size_t i = 0; how == MOVE_ADD && i < n; i++) { buffer[i] += run[i]; }
        buffer += n;
        first += n;
    }
}

/* One job for the team: elements [first + item...) of the row. */
typedef struct job {
    const nomen_reduction *r;
    nomen_real *block, *buffer;
    size_t first;
    movement how;
    size_t n_live; /* FOLD */
    size_t offset; /* FOLD: of the chunk in this process's part */
} job;

static void move_part(void *context, size_t first, size_t end) {
    const job *j = context;
    move(j->r, j->block, j->first + first, j->first + end, j->buffer + first, j->how);
}

static size_t team_for(size_t n_elements) {
    size_t worth = n_elements / THREAD_ELEMENTS + 1, team = nomen_team_size();
    return worth < team ? worth : team;
}

static void move_all(const nomen_reduction *r, nomen_real *block, size_t first, size_t n, nomen_real *buffer, movement how) {
    job j = {.r = r, .block = block, .buffer = buffer, .first = first, .how = how};
    nomen_team_run(n, 0, team_for(n), move_part, &j);
}

/* Adds the gradients of all processes, in their order, to a chunk of the totals. */
static void fold_part(void *context, size_t first, size_t end) {
    const job *j = context;
    const nomen_reduction *r = j->r;
    nomen_real *total = r->total + j->offset;
    for (size_t rank = 0; rank < j->n_live; rank++) {
        if (rank == r->spread->rank) {
            move(r, j->block, j->first + first, j->first + end, total + first, MOVE_ADD);
            continue;
        }
        const nomen_real *arrived = r->arrive + rank * r->chunk;
        for (size_t i = first; i < end; i++) { total[i] += arrived[i]; }
    }
}

/* The elements that a process owns, [*first, *end). */
static void part_of(const nomen_reduction *r, size_t rank, size_t *first, size_t *end) {
    size_t n = r->spread->size, each = r->n_elements / n, more = r->n_elements % n;
    *first = rank * each + (rank < more ? rank : more);
    *end = *first + each + (rank < more);
}

/* What of a process's part is in chunk number k. Returns the length, 0 behind its end. */
static size_t chunk_of(const nomen_reduction *r, size_t rank, size_t k, size_t *first) {
    size_t begin, end;
    part_of(r, rank, &begin, &end);
    *first = begin + k * r->chunk;
    if (*first >= end) { return 0; }
    return end - *first < r->chunk ? end - *first : r->chunk;
}

void nomen_reduction_start(nomen_reduction *r) {
    const nomen_row_marks *rows = &r->words->rows;
    size_t first, end;
    r->n_elements = nomen_param_n_trainable(r->table) - (rows->n_rows - r->words->n_now) * rows->width;
    part_of(r, r->spread->rank, &first, &end);
    nomen_op_fill(r->total, 0, end - first);
}

/* Where elements [first, first + n) are neighbours in the block, their place there, which spares a copy; else `buffer`. */
static nomen_real *place_of(const nomen_reduction *r, nomen_real *block, size_t first, size_t n, nomen_real *buffer) {
    size_t length = 0;
    nomen_real *run = n > 0 ? find_run(r, block, first, &length) : buffer;
    return n > 0 && length >= n ? run : buffer;
}

static bool is_last_chunk(const nomen_reduction *r, size_t k) {
    return (k + 1) * r->chunk >= (r->n_elements + r->spread->size - 1) / r->spread->size;
}

/* One chunk of every part: gradients out to its owner, and those of the own part in. */
static nomen_status add_chunk(const nomen_reduction *r, nomen_real *gradients, size_t n_live, size_t k, nomen_error *err) {
    nomen_message send[NOMEN_MAX_RANKS], receive[NOMEN_MAX_RANKS];
    size_t me = r->spread->rank, own_first, own = chunk_of(r, me, k, &own_first);
    for (size_t i = 0; i < r->spread->size; i++) {
        size_t first, n = chunk_of(r, i, k, &first);
        nomen_real *buffer = r->send + i * r->chunk, *out = place_of(r, gradients, first, n, buffer);
        send[i] = (nomen_message){out, me < n_live ? n * sizeof *out : 0};
        receive[i] = (nomen_message){r->arrive + i * r->chunk, i < n_live ? own * sizeof *out : 0};
        if (me < n_live && i != me && out == buffer) { move_all(r, gradients, first, n, out, MOVE_OUT); }
    }
    nomen_status status = nomen_spread_exchange(r->spread, send, receive, err);
    if (status != NOMEN_OK) { return status; }
    job j = {.r = r, .block = gradients, .first = own_first, .n_live = n_live, .offset = k * r->chunk};
    nomen_team_run(own, 0, team_for(own), fold_part, &j);
    return NOMEN_OK;
}

nomen_status nomen_reduction_add(nomen_reduction *r, const nomen_real *gradients, size_t n_live, nomen_error *err) {
    nomen_real *block = (nomen_real *)(uintptr_t)gradients; /* read alone */
    nomen_status status = NOMEN_OK;
    if (r->spread->size == 1) {
        job j = {.r = r, .block = block, .n_live = n_live};
        nomen_team_run(r->n_elements, 0, team_for(r->n_elements), fold_part, &j);
        return NOMEN_OK;
    }
    for (size_t k = 0; status == NOMEN_OK && (k == 0 || !is_last_chunk(r, k - 1)); k++) {
        status = add_chunk(r, block, n_live, k, err);
    }
    return status;
}

/* One chunk of every part: the own totals to all, and those of the others in. */
static nomen_status gather_chunk(const nomen_reduction *r, nomen_real *gradients, size_t k, nomen_error *err) {
    nomen_message send[NOMEN_MAX_RANKS], receive[NOMEN_MAX_RANKS];
    size_t me = r->spread->rank, own_first, own = chunk_of(r, me, k, &own_first), first;
    nomen_real *totals = r->total + k * r->chunk;
    for (size_t i = 0; i < r->spread->size; i++) {
        size_t n = chunk_of(r, i, k, &first);
        send[i] = (nomen_message){totals, own * sizeof *totals};
        receive[i] = (nomen_message){place_of(r, gradients, first, n, r->arrive + i * r->chunk), n * sizeof *totals};
    }
    nomen_status status = nomen_spread_exchange(r->spread, send, receive, err);
    for (size_t i = 0; status == NOMEN_OK && i < r->spread->size; i++) {
        size_t n = chunk_of(r, i, k, &first);
        nomen_real *arrived = i == me ? totals : r->arrive + i * r->chunk;
        if (i == me || receive[i].bytes == arrived) { move_all(r, gradients, first, n, arrived, MOVE_IN); }
    }
    return status;
}

nomen_status nomen_reduction_finish(nomen_reduction *r, nomen_real *gradients, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (r->spread->size == 1) {
        move_all(r, gradients, 0, r->n_elements, r->total, MOVE_IN);
        return NOMEN_OK;
    }
    for (size_t k = 0; status == NOMEN_OK && (k == 0 || !is_last_chunk(r, k - 1)); k++) {
        status = gather_chunk(r, gradients, k, err);
    }
    return status;
}
