/*
 * A queue: a thread that fills batches with windows of all calls that wait, by weighted fair queueing with equal weights. Each
 * call has a place, which grows by the tokens that it is given; the call with the lowest place gives the next window. What comes
 * new begins at the queue's clock, which grows by the tokens of a batch divided by the calls that shared the queue, and about
 * the length of its first window behind it: so a short one stands before the windows of long ones, but for those that have
 * waited for their share, and cannot keep them waiting for ever.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/call.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/threads.h"
#include "tag/ticket_order.h"

enum {
    DEFAULT_TICKETS = 4096,
    DEFAULT_BYTES = 64 << 20,
    /* Calls whose window does not fit into what is left of a batch before it runs: more would hardly find a shorter one. */
    MOST_PASSED = 16,
    MOST_ROUNDS = 8 /* without a window, that a call goes on by before it is another's turn */
};

struct nomen_queue {
    nomen_queue_options options;
    nomen_model *model; /* a reference */
    pid_t process;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows, up to the next comment of its kind */
    pthread_cond_t work, room;
    bool is_ending;
    nomen_ticket **incoming; /* (n_incoming), with room for max_tickets */
    size_t n_incoming;
    nomen_queue_state state;
    uint64_t n_submitted;
    /* Of the thread. */
    nomen_ticket_order order; /* with room for max_tickets */
    double clock;             /* from which a new call's place counts */
    nomen_predictor predictor;
    nomen_window_job *windows; /* (budget) of the batch */
    nomen_ticket **owners;     /* (budget) whose they are */
    nomen_ticket *passed[MOST_PASSED];
};

/* ---- the thread ---- */

/* The call has ended for the queue: its owner gets what came of it, unless it was stopped before. */
static void finish(nomen_queue *q, nomen_ticket *ticket, const nomen_error *error) {
    nomen_results *results = NULL;
    if (ticket->job != NULL && error == NULL) {
        results = ticket->job->results;
        ticket->job->results = NULL;
    }
    if (ticket->job != NULL) { nomen_job_clear(ticket->job); }
    nomen_mem_free(ticket->job);
    ticket->job = NULL;
    ticket->is_gone = true;
    pthread_mutex_lock(&q->lock);
    q->state.n_tickets--;
    q->state.n_bytes -= ticket->n_bytes;
    q->state.n_done++;
    uint64_t n_batches = q->state.n_batches;
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
    pthread_mutex_lock(&ticket->lock);
    ticket->n_batches = n_batches - ticket->n_batches;
    ticket->is_released = true;
    pthread_cond_broadcast(&ticket->changed);
    pthread_mutex_unlock(&ticket->lock);
    nomen_ticket_finish(ticket, results, error);
    if (q->options.done != NULL) { q->options.done(q->options.done_user, ticket); }
}

static nomen_status start(nomen_queue *q, nomen_ticket *ticket, nomen_error *err) {
    nomen_status status;
    if (ticket->job != NULL) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_NEW(ticket->job, 1, err));
    NOMEN_TRY(nomen_job_start(ticket->job, q->model, &ticket->request.request, ticket->texts, ticket->n_texts, err));
done:
    return status;
}

/* Takes a call on to its next window, or some rounds towards it; false where it has ended. */
static bool advance(nomen_queue *q, nomen_ticket *ticket) {
    nomen_error err = {0};
    bool done = false;
    nomen_status status = NOMEN_OK;
    if (ticket->job != NULL && ticket->job->n_running > 0) { return true; } /* the batch reads what it has */
    if (nomen_ticket_is_stopped(ticket, &err)) { goto failed; }
    NOMEN_TRY(start(q, ticket, &err));
    for (int i = 0; i < MOST_ROUNDS && !done && !nomen_job_has_window(ticket->job); i++) {
        NOMEN_TRY(nomen_job_advance(ticket->job, &done, &err));
    }
    if (done) { finish(q, ticket, NULL); }
done:
    if (status == NOMEN_OK) { return !done; }
failed:
    finish(q, ticket, &err);
    return false;
}

/* Windows for a batch. Calls without one, and those whose window does not fit, stand aside until it has run. */
static size_t fill_batch(nomen_queue *q, size_t *n_tokens) {
    size_t n = 0, n_passed = 0;
    *n_tokens = 0;
    while (q->order.n > 0 && n_passed < MOST_PASSED) {
        nomen_ticket *ticket = nomen_ticket_order_pop(&q->order);
        if (!advance(q, ticket)) {
            nomen_ticket_drop(ticket);
            continue;
        }
        size_t length = 0;
        nomen_window_job window = {0};
        bool fits = nomen_job_has_window(ticket->job);
        if (fits) {
            window = nomen_job_peek(ticket->job, &length);
            fits = length <= q->options.token_budget - *n_tokens;
        }
        if (!fits) {
            if (ticket->job->n_running == 0 && length == 0) { ticket->place += 1; } /* rounds of nothing are worth a token */
            q->passed[n_passed++] = ticket;
            continue;
        }
        q->windows[n] = window;
        q->owners[n++] = ticket;
        *n_tokens += length;
        nomen_job_take(ticket->job);
        ticket->place += (double)length;
        nomen_ticket_order_push(&q->order, ticket);
    }
    while (n_passed > 0) { nomen_ticket_order_push(&q->order, q->passed[--n_passed]); }
    return n;
}

/* Runs a batch; what it completes is given out at once. */
static void run_batch(nomen_queue *q) {
    size_t n_tokens = 0, n = fill_batch(q, &n_tokens);
    if (n == 0) { return; }
    (void)nomen_predictor_run_windows(&q->predictor, q->windows, n, NULL); /* nothing stops this thread's operations */
    pthread_mutex_lock(&q->lock);
    q->state.n_batches++;
    q->state.n_tokens += n_tokens;
    pthread_mutex_unlock(&q->lock);
    for (size_t i = 0; i < n; i++) { nomen_job_ran(q->owners[i]->job); }
    for (size_t i = 0; i < n; i++) {
        if (!q->owners[i]->is_gone) { (void)advance(q, q->owners[i]); }
    }
    q->clock += (double)n_tokens / (double)q->order.n; /* all of those that were served are in it still */
    nomen_ticket_order_sweep(&q->order);
}

/* About how many tokens the first window of a call takes: with some four bytes each, as in English. */
static double guess_first_window(const nomen_queue *q, const nomen_ticket *ticket) {
    const size_t longest = nomen_model_get_max_length(q->model), n = ticket->n_bytes / 4;
    return (double)(n < longest ? n : longest);
}

/* Waits for calls and takes them over; false at the end of the queue. */
static bool receive(nomen_queue *q) {
    pthread_mutex_lock(&q->lock);
    while (!q->is_ending && q->n_incoming == 0 && q->order.n == 0) { pthread_cond_wait(&q->work, &q->lock); }
    for (size_t i = 0; i < q->n_incoming; i++) {
        q->incoming[i]->place = q->clock + guess_first_window(q, q->incoming[i]);
        nomen_ticket_order_push(&q->order, q->incoming[i]);
    }
    q->n_incoming = 0;
    bool goes_on = !q->is_ending;
    pthread_mutex_unlock(&q->lock);
    return goes_on;
}

static void *serve(void *user) {
    nomen_queue *q = user;
    nomen_call_scope shield;
    nomen_error ended = {0};
    nomen_call_shield(&shield);
    nomen_team_limit((size_t)q->options.n_threads);
    while (receive(q)) { run_batch(q); }
    nomen_error_set(&ended, NOMEN_ERROR_INTERRUPTED, "interrupted: the queue has ended");
    while (q->order.n > 0) {
        nomen_ticket *ticket = nomen_ticket_order_pop(&q->order);
        finish(q, ticket, &ended);
        nomen_ticket_drop(ticket);
    }
    nomen_call_leave(&shield);
    return NULL;
}

/* ---- from other threads ---- */

static nomen_status check_options(nomen_queue_options *o, const nomen_model *model, nomen_error *err) {
    const size_t longest = nomen_model_get_max_length(model);
    nomen_status status;
    NOMEN_TRY(nomen_model_check_use(model, err));
    NOMEN_TRY(nomen_call_check_options(&(nomen_call){.n_threads = o->n_threads}, err));
    if (o->token_budget == 0) { o->token_budget = NOMEN_TOKEN_BUDGET; }
    if (o->token_budget < longest) { o->token_budget = longest; }
    if (o->max_bytes == 0) { o->max_bytes = DEFAULT_BYTES; }
    if (o->max_tickets == 0) { o->max_tickets = DEFAULT_TICKETS; }
done:
    return status;
}

/* The thread takes no signals: those are the program's. */
static nomen_status start_thread(nomen_queue *q, nomen_error *err) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int problem = pthread_create(&q->thread, NULL, serve, q);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (problem == 0) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_LIMIT, "the system refuses a thread for the queue: %s", strerror(problem));
}

static void clear(nomen_queue *q) {
    nomen_predictor_clear(&q->predictor);
    nomen_mem_free(q->windows);
    nomen_mem_free(q->owners);
    nomen_mem_free(q->incoming);
    nomen_mem_free(q->order.items);
    nomen_model_release(q->model);
    nomen_mem_free(q);
}

nomen_status nomen_queue_create(const nomen_model *model, const nomen_queue_options *options, nomen_queue **out,
                                nomen_error *err) {
    nomen_queue *q = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(q, 1, err));
    NOMEN_TRY(NOMEN_TAKE(nomen_queue_options, &q->options, options, err));
    NOMEN_TRY(check_options(&q->options, model, err));
    q->model = nomen_model_retain(model);
    q->process = getpid();
    NOMEN_TRY(nomen_predictor_create(model, q->options.token_budget, &q->predictor, err));
    NOMEN_TRY(NOMEN_NEW(q->windows, q->options.token_budget, err));
    NOMEN_TRY(NOMEN_NEW(q->owners, q->options.token_budget, err));
    NOMEN_TRY(NOMEN_NEW(q->incoming, q->options.max_tickets, err));
    NOMEN_TRY(NOMEN_NEW(q->order.items, q->options.max_tickets, err));
    if (pthread_mutex_init(&q->lock, NULL) != 0 || nomen_ticket_condition(&q->work) != 0 ||
        nomen_ticket_condition(&q->room) != 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_LIMIT, "the system has no room for another lock"));
    }
    NOMEN_TRY(start_thread(q, err));
    *out = q;
    return NOMEN_OK;
done:
    if (q != NULL) { clear(q); }
    return status;
}

void nomen_queue_free(nomen_queue *q) {
    if (q == NULL || q->process != getpid()) { return; } /* a forked child has not its thread, and its memory is the parent's */
    pthread_mutex_lock(&q->lock);
    q->is_ending = true;
    pthread_cond_broadcast(&q->work);
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    pthread_cond_destroy(&q->work);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    clear(q);
}

static bool is_full(const nomen_queue *q) {
    return q->state.n_tickets >= q->options.max_tickets || q->state.n_bytes >= q->options.max_bytes;
}

/* Puts the ticket among the incoming ones. The lock is taken. */
static nomen_status enter(nomen_queue *q, nomen_ticket *ticket, nomen_error *err) {
    nomen_error why = {0};
    while (q->options.wait_when_full && is_full(q) && !q->is_ending && !nomen_ticket_is_stopped(ticket, &why)) {
        nomen_ticket_pause(&q->room, &q->lock, ticket->call.cancel, ticket->end);
    }
    if (why.status != NOMEN_OK) { return nomen_error_set(err, why.status, "%s", why.message); }
    if (q->is_ending) { return nomen_error_set(err, NOMEN_ERROR_INTERRUPTED, "interrupted: the queue has ended"); }
    if (is_full(q)) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT,
                               "the queue is full: %zu calls with %zu bytes of text wait; hand it in later, or allow more",
                               q->state.n_tickets, q->state.n_bytes);
    }
    ticket->n_holds++; /* nobody else has it yet */
    ticket->number = q->n_submitted++;
    ticket->n_batches = q->state.n_batches;
    q->incoming[q->n_incoming++] = ticket;
    q->state.n_tickets++;
    q->state.n_bytes += ticket->n_bytes;
    pthread_cond_signal(&q->work);
    return NOMEN_OK;
}

/* A forked child has not the queue's thread, and perhaps a lock that nobody opens. */
static nomen_status check_process(const nomen_queue *q, nomen_error *err) {
    if (q->process == getpid()) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                           "the queue was made before the process forked, and its thread is the parent's; make another");
}

nomen_status nomen_queue_submit(nomen_queue *q, const nomen_text *texts, size_t n_texts, const nomen_request *request,
                                nomen_text_keeping keeping, nomen_ticket **out, nomen_error *err) {
    nomen_request own;
    nomen_ticket *ticket = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_request_take(request, &own, err));
    NOMEN_TRY(check_process(q, err));
    NOMEN_TRY(nomen_ticket_create(texts, n_texts, &own, keeping, &ticket, err));
    pthread_mutex_lock(&q->lock);
    status = enter(q, ticket, err);
    pthread_mutex_unlock(&q->lock);
    NOMEN_TRY(status);
    *out = ticket;
    return NOMEN_OK;
done:
    if (ticket != NULL) { nomen_ticket_drop(ticket); }
    return status;
}

nomen_status nomen_queue_get_state(nomen_queue *q, nomen_queue_state *state, nomen_error *err) {
    nomen_queue_state own;
    nomen_status status = check_process(q, err);
    if (status != NOMEN_OK) { return status; }
    pthread_mutex_lock(&q->lock);
    own = q->state;
    pthread_mutex_unlock(&q->lock);
    nomen_options_give(&own, sizeof own, state, state->size);
    return NOMEN_OK;
}
