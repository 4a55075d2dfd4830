/* What becomes of a request; see the header. */
#include "serve/work.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "serve/access_log.h"
#include "serve/routes.h"

enum {
    /* A body, or texts, of more bytes are read and written by the helper: at some 100 MB a second, 256 KiB keep all other
     * connections waiting for 3 ms. */
    LARGE_BYTES = 256 * 1024,
    /* Of a stream of lines: so much is tagged at a time, and so much may lie unread. */
    SLICE_BYTES = 32 * 1024,
    SLICE_TEXTS = 256
};

static bool is_streaming(const nomen_progress *p) {
    return p->stream.begun || (p->exchange->streams && p->exchange->answer.status == 0);
}

/* There is an answer, or the first lines of one. */
static void answered(nomen_progress *p) {
    p->phase = NOMEN_PHASE_ANSWERED;
    p->answered_at = p->stream.read_at = nomen_clock_now();
    nomen_progress_wake(p);
}

/* A stream goes on: its connection is woken where it waits for that. */
static void wake_stream(nomen_progress *p) {
    if (p->phase != NOMEN_PHASE_ANSWERED) {
        answered(p);
    } else if (p->stream.asleep) {
        p->stream.asleep = false;
        nomen_progress_wake(p);
    }
}

/* The answer is that of `answer`, unless lines were sent already: then it is the last line. */
static void end_with_answer(nomen_progress *p, nomen_answer *answer) {
    nomen_exchange *x = p->exchange;
    nomen_error err = {0};
    if (p->phase != NOMEN_PHASE_ANSWERED) {
        nomen_answer_clear(&x->answer);
        x->answer = *answer;
        answered(p);
        return;
    }
    const char *line = answer->bytes != NULL ? answer->bytes : answer->body.data;
    size_t n = answer->bytes != NULL ? answer->n_bytes : answer->body.size;
    (void)!nomen_buffer_append(&p->stream.out, line, n, &err); /* without memory for it the stream is cut off all the same */
    nomen_answer_clear(answer);
    p->stream.ends = p->stream.failed = true;
    wake_stream(p);
}

static void fail(nomen_progress *p, nomen_status status, const nomen_error *err) {
    nomen_answer answer = {0};
    nomen_answer_failure(&answer, status, err);
    end_with_answer(p, &answer);
}

static void fail_late(nomen_progress *p) {
    nomen_answer answer = {0};
    nomen_answer_error(&answer, 503, "the time for this request, %.3g s, was over before it was done; ask for less at a time",
                       p->deadline - p->began);
    answer.retry_after = 1;
    end_with_answer(p, &answer);
}

/* --- waiting and running ------------------------------------------------------------------------------------------------- */

/* The texts that come next, and how many bytes they have. */
static size_t next_slice(nomen_progress *p) {
    const nomen_exchange *x = p->exchange;
    nomen_stream_out *s = &p->stream;
    size_t cost = 0;
    s->first += s->n;
    s->n = 0;
    while (s->first + s->n < x->n_texts && (!x->streams || s->n == 0 || (cost < SLICE_BYTES && s->n < SLICE_TEXTS))) {
        cost += x->texts[s->first + s->n].n_bytes + 1;
        s->n++;
    }
    return cost;
}

static void refuse_overload(nomen_progress *p, double seconds) {
    nomen_answer answer = {0};
    double again = ceil(seconds);
    nomen_metrics_lost(p->loop->service->metrics, "overloaded");
    nomen_answer_error(&answer, 429,
                       "the service is busy: this request would wait for about %.3g s, and %.3g s are allowed; "
                       "send it again later",
                       seconds, (double)p->exchange->service->settings->max_queue_ms / 1000.0);
    answer.retry_after = again < 1.0 ? 1 : again > 3600.0 ? 3600 : (unsigned)again;
    end_with_answer(p, &answer);
}

/* Its next texts go into the line; `checked`: however long that is. */
static void wait_for_turn(nomen_progress *p, bool checked) {
    nomen_exchange *x = p->exchange;
    nomen_waiting *waiting = x->service->waiting;
    nomen_error err = {0};
    size_t cost = next_slice(p);
    if (!checked) {
        double seconds = nomen_waiting_expect(waiting, x->served, p->client, cost);
        if (seconds * 1000.0 > (double)x->service->settings->max_queue_ms) {
            refuse_overload(p, seconds);
            return;
        }
        p->waits_since = nomen_clock_now();
    }
    nomen_status status = nomen_waiting_add(waiting, x->served, p->client, cost, x, &p->place, &err);
    if (status != NOMEN_OK) {
        fail(p, status, &err);
        return;
    }
    nomen_work_pump(p->loop);
}

/* It is a request's turn. */
static void start(nomen_progress *p) {
    nomen_exchange *x = p->exchange;
    nomen_error err = {0};
    x->request.user = p;
    if (!p->started) { p->waited = nomen_clock_now() - p->waits_since; }
    p->started = true;
    p->step = NOMEN_STEP_TAG;
    nomen_status status = nomen_queue_submit(x->served->queue, x->texts + p->stream.first, p->stream.n, &x->request,
                                             NOMEN_TEXTS_COPIED, &p->ticket, &err);
    if (status == NOMEN_OK) { return; }
    p->step = NOMEN_STEP_NONE;
    nomen_waiting_leave(x->service->waiting, &p->place, false);
    if (status == NOMEN_ERROR_LIMIT) { status = NOMEN_ERROR_MEMORY; } /* the queue is full, which passes */
    fail(p, status, &err);
}

void nomen_work_pump(nomen_loop *loop) {
    for (nomen_place *place; (place = nomen_waiting_next(loop->service->waiting)) != NULL;) { start(place->exchange->progress); }
}

void nomen_work_ticket_done(void *user, nomen_ticket *ticket) {
    nomen_progress *p = nomen_ticket_get_user(ticket);
    (void)user;
    if (p != NULL) { nomen_loop_post(p->loop, p); } /* NULL: the models' own first sentences */
}

/* --- handlers ------------------------------------------------------------------------------------------------------------ */

static void run_begin(void *user) {
    nomen_progress *p = user;
    p->error = (nomen_error){0};
    p->status = p->exchange->route->begin(p->exchange, &p->error);
}

/* Lines of the texts that were tagged. */
static nomen_status write_lines(nomen_progress *p) {
    nomen_exchange *x = p->exchange;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < p->stream.n; i++) {
        NOMEN_TRY(x->route->line(x, x->results, i, p->stream.first + i, &p->stream.fresh, &p->error));
    }
done:
    return status;
}

static void run_finish(void *user) {
    nomen_progress *p = user;
    p->error = (nomen_error){0};
    p->status = is_streaming(p) ? write_lines(p) : p->exchange->route->finish(p->exchange, &p->error);
}

static void begin_and_post(void *user) {
    nomen_progress *p = user;
    run_begin(p);
    nomen_loop_post(p->loop, p);
}

static void finish_and_post(void *user) {
    nomen_progress *p = user;
    run_finish(p);
    nomen_loop_post(p->loop, p);
}

/* Runs a handler here or, for much, on the helper's thread; whether it was here. */
static bool run(nomen_progress *p, nomen_step step, size_t n_bytes, void (*here)(void *), void (*there)(void *)) {
    if (n_bytes <= LARGE_BYTES) {
        here(p);
        return true;
    }
    p->step = step;
    p->task = (nomen_task){.run = there, .user = p};
    nomen_helper_add(p->loop->service->helper, &p->task);
    return false;
}

/* The handler has begun. */
static void after_begin(nomen_progress *p) {
    nomen_exchange *x = p->exchange;
    const nomen_serve_settings *settings = x->service->settings;
    if (p->status != NOMEN_OK && x->answer.status == 0) { nomen_answer_failure(&x->answer, p->status, &p->error); }
    if (p->gone || x->answer.status != 0) {
        answered(p);
        return;
    }
    if (x->texts == NULL || x->served == NULL) {
        nomen_answer_error(&x->answer, 500, "the handler of %s did nothing; please report it", x->route->path);
        answered(p);
        return;
    }
    for (size_t i = 0; i < x->n_texts; i++) { p->text_bytes += x->texts[i].n_bytes; }
    double timeout = x->timeout > 0.0 && (x->streams || x->timeout < settings->timeout) ? x->timeout
                     : x->streams                                                       ? 0.0
                                                                                        : settings->timeout;
    p->deadline = timeout > 0.0 ? p->began + timeout : 0.0;
    wait_for_turn(p, false);
}

/* The handler has written what was found. */
static void after_finish(nomen_progress *p) {
    nomen_exchange *x = p->exchange;
    nomen_stream_out *s = &p->stream;
    nomen_error err = {0};
    nomen_results_free(x->results);
    x->results = NULL;
    if (p->status != NOMEN_OK && x->answer.status >= 400 && !is_streaming(p)) { /* the handler says which error it is */
        answered(p);
    } else if (p->status != NOMEN_OK) {
        x->answer.status = 0;
        fail(p, p->status, &p->error);
    } else if (!is_streaming(p)) {
        if (x->answer.status == 0) { nomen_answer_error(&x->answer, 500, "%s gave no answer; please report it", x->route->path); }
        answered(p);
    } else {
        nomen_status status = nomen_buffer_append(&s->out, s->fresh.data, s->fresh.size, &err);
        nomen_buffer_reset(&s->fresh);
        if (status != NOMEN_OK) {
            fail(p, status, &err);
            return;
        }
        s->ends = s->first + s->n >= x->n_texts;
        wake_stream(p);
    }
}

/* The texts were tagged. */
static void after_tag(nomen_progress *p) {
    nomen_exchange *x = p->exchange;
    nomen_error err = {0};
    nomen_status status = nomen_ticket_wait(p->ticket, &x->results, &err);
    nomen_ticket_free(p->ticket);
    p->ticket = NULL;
    nomen_waiting_leave(x->service->waiting, &p->place, status == NOMEN_OK);
    if (p->late && !p->gone) {
        fail_late(p);
    } else if (status != NOMEN_OK || p->gone) {
        fail(p, status != NOMEN_OK ? status : NOMEN_ERROR_INTERRUPTED, &err);
    } else if (run(p, NOMEN_STEP_FINISH, x->streams ? 0 : p->text_bytes, run_finish, finish_and_post)) {
        after_finish(p);
    }
    nomen_work_pump(p->loop);
}

void nomen_work_begin(nomen_progress *p) {
    const nomen_route *route = p->exchange->route;
    p->phase = NOMEN_PHASE_WORK;
    /*
     * Only bodies that a handler reads go to the helper, as others touch what is this thread's (metrics). Nor may those be there
     * that wait for someone else: the request could be done, and gone, before `begin` returns.
     */
    bool reads = (route->takes_json || route->takes_text) && !route->waits;
    if (route->waits) { p->step = NOMEN_STEP_OTHER; } /* it may be done before `begin` returns */
    if (!run(p, NOMEN_STEP_BEGIN, reads ? p->exchange->body.size : 0, run_begin, begin_and_post)) { return; }
    if (route->waits && p->status == NOMEN_OK && p->exchange->answer.status == 0) { return; }
    p->step = NOMEN_STEP_NONE;
    after_begin(p);
}

void nomen_work_continue(nomen_progress *p) {
    nomen_step step = p->step;
    p->step = NOMEN_STEP_NONE;
    if (p->orphan) {
        nomen_waiting_leave(p->loop->service->waiting, &p->place, false);
        nomen_loop *loop = p->loop;
        loop->n_orphans--;
        nomen_progress_free(p);
        nomen_work_pump(loop);
        return;
    }
    switch (step) {
    case NOMEN_STEP_BEGIN: after_begin(p); break;
    case NOMEN_STEP_TAG: after_tag(p); break;
    case NOMEN_STEP_OTHER:
        run_finish(p);
        after_finish(p);
        break;
    case NOMEN_STEP_FINISH: after_finish(p); break;
    case NOMEN_STEP_NONE: break;
    }
}

void nomen_work_more(nomen_progress *p) {
    if (p->stream.ends || p->step != NOMEN_STEP_NONE || p->place.line != NULL) { return; }
    wait_for_turn(p, true);
}

void nomen_work_stop(nomen_progress *p, bool late) {
    p->late = p->late || late;
    if (p->ticket != NULL) { nomen_ticket_cancel(p->ticket); }
    if (p->step != NOMEN_STEP_NONE) { return; } /* it comes back by itself */
    nomen_waiting_leave(p->loop->service->waiting, &p->place, false);
    if (p->gone) {
        p->stream.ends = p->stream.failed = true;
        wake_stream(p);
    } else {
        fail_late(p);
    }
}
