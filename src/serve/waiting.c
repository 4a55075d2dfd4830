/* Lines of requests; see the header. */
#include "serve/waiting.h"

#include <string.h>

#include "base/mem.h"

enum {
    /* A text of more bytes is long. A round of the queue's work on one call is as large: a shorter text is done in one. */
    SHORT_BYTES = 4096,
    /* What the queue has of short texts at a time: three batches. Less, and batches would run half empty while the next
     * requests are fetched; more, and a newcomer waits behind what can't be overtaken any more. */
    RUNNING_BYTES = 16 * 1024,
    RUNNING_SHORT = 512, /* requests; for texts of a few bytes */
    RUNNING_LONG = 8,    /* each holds up to 200 KB while it runs */
    IDLE_SECONDS = 5,    /* after which a model's lines are forgotten, and the model let go */
    QUANTUM = 1024       /* bytes that a client may send per turn: a smaller one means more turns, a larger one longer waits */
};

enum { SHORT = 0, LONG = 1, N_KINDS = 2 };

/* A client with requests in a line. */
typedef struct nomen_client {
    struct nomen_client *next; /* in the ring */
    char name[NOMEN_CLIENT_SIZE];
    nomen_place *first, *last;
    size_t n_bytes; /* that wait */
    size_t credit;
} nomen_client;

/* The short or the long texts of a model. `turn` is the client before the one whose turn it is; they are a ring. */
typedef struct nomen_line {
    nomen_client *turn;
    size_t n_clients, n_waiting, n_bytes, n_running, running_bytes;
    int kind;
} nomen_line;

/* A model's. */
typedef struct model_lines {
    struct model_lines *next;
    nomen_served *served; /* a hold */
    nomen_line lines[N_KINDS];
    double bytes_per_second, bytes_per_token;
    double measured_at, busy_since; /* 0: it has had nothing to do meanwhile, so its speed can't be told */
    uint64_t tokens;                /* of the queue, when it was measured */
    double done_bytes, done_tokens;
    double used_at;
} model_lines;

struct nomen_waiting {
    model_lines *models;
};

nomen_status nomen_waiting_create(nomen_waiting **out, nomen_error *err) {
    nomen_waiting *waiting = NULL;
    nomen_status status = NOMEN_NEW(waiting, 1, err);
    if (status == NOMEN_OK) { *out = waiting; }
    return status;
}

/* What still waits is in no line any more. */
static void forget(model_lines **at) {
    model_lines *gone = *at;
    *at = gone->next;
    for (int k = 0; k < N_KINDS; k++) {
        nomen_client *client = gone->lines[k].turn;
        for (size_t i = gone->lines[k].n_clients; i > 0; i--) {
            nomen_client *next = client->next;
            nomen_mem_free(client);
            client = next;
        }
    }
    nomen_served_drop(gone->served);
    nomen_mem_free(gone);
}

void nomen_waiting_free(nomen_waiting *waiting) {
    if (waiting == NULL) { return; }
    while (waiting->models != NULL) { forget(&waiting->models); }
    nomen_mem_free(waiting);
}

static model_lines *find_model(const nomen_waiting *waiting, const nomen_served *served) {
    model_lines *m = waiting->models;
    while (m != NULL && m->served != served) { m = m->next; }
    return m;
}

static int kind_of(size_t cost) {
    return cost <= SHORT_BYTES ? SHORT : LONG;
}

static nomen_client *find_client(const nomen_line *line, const char *name) {
    nomen_client *client = line->turn;
    for (size_t i = 0; i < line->n_clients; i++, client = client->next) {
        if (strcmp(client->name, name) == 0) { return client; }
    }
    return NULL;
}

static bool is_full(const nomen_line *line) {
    if (line->kind == LONG) { return line->n_running >= RUNNING_LONG; }
    return line->running_bytes >= RUNNING_BYTES || line->n_running >= RUNNING_SHORT;
}

double nomen_waiting_expect(nomen_waiting *waiting, nomen_served *served, const char *name, size_t cost) {
    const model_lines *m = find_model(waiting, served);
    if (m == NULL) { return 0.0; }
    const nomen_line *line = &m->lines[kind_of(cost)];
    if (!is_full(line) && line->n_waiting == 0) { return 0.0; }
    const nomen_client *own = find_client(line, name), *other = line->turn;
    double bytes = (double)line->running_bytes, mine = (double)((own != NULL ? own->n_bytes : 0) + cost);
    if (line->kind == LONG) { bytes /= RUNNING_LONG; }                  /* they run side by side: one of them makes room */
    for (size_t i = 0; i < line->n_clients; i++, other = other->next) { /* by turns, nobody's counts for more than ours */
        double theirs = other == own ? mine - (double)cost : (double)other->n_bytes;
        bytes += theirs < mine ? theirs : mine;
    }
    return bytes / m->bytes_per_second;
}

static nomen_status new_model(nomen_waiting *waiting, nomen_served *served, model_lines **out, nomen_error *err) {
    model_lines *m = NULL;
    nomen_status status = NOMEN_NEW(m, 1, err);
    if (status != NOMEN_OK) { return status; }
    atomic_fetch_add(&served->n_holds, 1);
    m->served = served;
    m->bytes_per_second = served->bytes_per_second > 1.0 ? served->bytes_per_second : 1.0;
    m->bytes_per_token = 4.5; /* of English; what is measured takes its place soon */
    m->done_tokens = 1000.0;
    m->done_bytes = m->done_tokens * m->bytes_per_token;
    m->lines[LONG].kind = LONG;
    m->next = waiting->models;
    waiting->models = m;
    *out = m;
    return NOMEN_OK;
}

nomen_status nomen_waiting_add(nomen_waiting *waiting, nomen_served *served, const char *name, size_t cost,
                               nomen_exchange *exchange, nomen_place *place, nomen_error *err) {
    model_lines *m = find_model(waiting, served);
    nomen_status status = NOMEN_OK;
    if (m == NULL) { NOMEN_TRY(new_model(waiting, served, &m, err)); }
    nomen_line *line = &m->lines[kind_of(cost)];
    nomen_client *client = find_client(line, name);
    if (client == NULL) {
        NOMEN_TRY(NOMEN_NEW(client, 1, err));
        snprintf(client->name, sizeof client->name, "%s", name);
        if (line->turn == NULL) {
            client->next = line->turn = client;
        } else { /* its turn is after all others' */
            client->next = line->turn->next;
            line->turn->next = client;
            line->turn = client;
        }
        line->n_clients++;
    }
    *place = (nomen_place){.line = line, .client = client, .exchange = exchange, .cost = cost};
    if (client->last != NULL) {
        client->last->next = place;
    } else {
        client->first = place;
    }
    client->last = place;
    client->n_bytes += cost;
    line->n_waiting++;
    line->n_bytes += cost;
done:
    return status;
}

/* A client without requests leaves the ring; `before` is the one before it. */
static void drop_client(nomen_line *line, nomen_client *before) {
    nomen_client *client = before->next;
    if (client == before) {
        line->turn = NULL;
    } else {
        before->next = client->next;
        if (line->turn == client) { line->turn = before; }
    }
    line->n_clients--;
    nomen_mem_free(client);
}

/* Takes a request out of its client's list. */
static void take_out(nomen_line *line, nomen_place *place) {
    nomen_client *client = place->client;
    nomen_place **at = &client->first, *before = NULL;
    while (*at != place) {
        before = *at;
        at = &(*at)->next;
    }
    *at = place->next;
    if (client->last == place) { client->last = before; }
    client->n_bytes -= place->cost;
    line->n_waiting--;
    line->n_bytes -= place->cost;
    place->client = NULL;
    place->next = NULL;
    if (client->first != NULL) { return; }
    nomen_client *previous = client;
    while (previous->next != client) { previous = previous->next; }
    drop_client(line, previous);
}

/* The next of a line, by turns. */
static nomen_place *next_of(nomen_line *line) {
    if (line->n_waiting == 0 || is_full(line)) { return NULL; }
    for (;;) {
        nomen_client *client = line->turn->next;
        nomen_place *place = client->first;
        size_t cost = line->kind == LONG ? QUANTUM : place->cost; /* long ones take turns by number: they run side by side */
        if (client->credit < cost) {
            client->credit += QUANTUM;
            line->turn = client; /* the next one's turn */
            continue;
        }
        client->credit -= cost;
        take_out(line, place);
        place->runs = true;
        line->n_running++;
        line->running_bytes += place->cost;
        return place;
    }
}

nomen_place *nomen_waiting_next(nomen_waiting *waiting) {
    for (model_lines *m = waiting->models; m != NULL; m = m->next) {
        for (int k = 0; k < N_KINDS; k++) {
            nomen_place *place = next_of(&m->lines[k]);
            if (place != NULL) { return place; }
        }
    }
    return NULL;
}

void nomen_waiting_leave(nomen_waiting *waiting, nomen_place *place, bool done) {
    nomen_line *line = place->line;
    if (line == NULL) { return; }
    if (place->client != NULL) { take_out(line, place); }
    if (place->runs) {
        line->n_running--;
        line->running_bytes -= place->cost;
        for (model_lines *m = waiting->models; m != NULL; m = m->next) {
            if (line != &m->lines[line->kind]) { continue; }
            if (done) { m->done_bytes += (double)place->cost; }
            if (m->lines[SHORT].n_running + m->lines[LONG].n_running == 0) { m->busy_since = 0.0; }
        }
    }
    *place = (nomen_place){0};
}

/* One model: what its queue has done since the last look, if it was busy all the time. */
static void measure(model_lines *m, double now) {
    nomen_queue_state state = {.size = sizeof state};
    nomen_error err = {0};
    bool busy = m->lines[SHORT].n_running + m->lines[LONG].n_running > 0;
    if (!busy) {
        m->busy_since = 0.0;
        return;
    }
    if (nomen_queue_get_state(m->served->queue, &state, &err) != NOMEN_OK) { return; }
    if (m->busy_since > 0.0 && now > m->measured_at) {
        double tokens = (double)(state.n_tokens - m->tokens), weight = 0.3;
        m->done_tokens += tokens;
        m->bytes_per_token = m->done_bytes / m->done_tokens;
        double rate = tokens * m->bytes_per_token / (now - m->measured_at);
        if (tokens > 0.0) { m->bytes_per_second += weight * (rate - m->bytes_per_second); }
        if (m->bytes_per_second < 1.0) { m->bytes_per_second = 1.0; }
        if (m->done_tokens > 1e7) { /* the ratio follows what is sent nowadays */
            m->done_tokens /= 2;
            m->done_bytes /= 2;
        }
    } else {
        m->busy_since = now;
    }
    m->measured_at = now;
    m->tokens = state.n_tokens;
}

void nomen_waiting_measure(nomen_waiting *waiting, double now) {
    for (model_lines **at = &waiting->models; *at != NULL;) {
        model_lines *m = *at;
        size_t n = 0;
        for (int k = 0; k < N_KINDS; k++) { n += m->lines[k].n_waiting + m->lines[k].n_running; }
        if (n > 0) { m->used_at = now; }
        if (m->used_at > 0.0 && now > m->used_at + IDLE_SECONDS) { /* another may have taken its place */
            forget(at);
            continue;
        }
        if (m->used_at == 0.0) { m->used_at = now; }
        measure(m, now);
        at = &m->next;
    }
}

void nomen_waiting_count(const nomen_waiting *waiting, size_t *n_waiting, size_t *waiting_bytes, size_t *n_running) {
    *n_waiting = *waiting_bytes = *n_running = 0;
    for (const model_lines *m = waiting->models; m != NULL; m = m->next) {
        for (int k = 0; k < N_KINDS; k++) {
            *n_waiting += m->lines[k].n_waiting;
            *waiting_bytes += m->lines[k].n_bytes;
            *n_running += m->lines[k].n_running;
        }
    }
}
