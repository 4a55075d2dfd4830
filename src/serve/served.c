/* One loaded model; see the header. */
#include "serve/served.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "serve/model_memory.h"

/* A model with what its queue has to know of it. */
typedef struct kept {
    nomen_served served;
    nomen_ticket_function done;
} kept;

enum { NAME_LENGTH = 96 };

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

nomen_status nomen_served_check_name(const char *name, nomen_error *err) {
    size_t n = strlen(name), n_slashes = 0;
    bool good = n > 0 && n <= NAME_LENGTH;
    for (size_t i = 0; good && i < n; i++) {
        bool first = i == 0 || name[i - 1] == '/';
        n_slashes += name[i] == '/';
        good = is_letter(name[i]) || (!first && strchr("._-", name[i]) != NULL) || (!first && name[i] == '/' && n_slashes == 1);
    }
    if (good && name[n - 1] != '/') { return NOMEN_OK; }
    return nomen_error_set(
        err, NOMEN_ERROR_DATA,
        "\"%.100s\" can't be the name of a model: expected letters, digits, \".\", \"_\" and \"-\" after a letter or "
        "digit, at most %d, with one \"/\" or none",
        name, NAME_LENGTH);
}

void nomen_served_drop(nomen_served *served) {
    if (served == NULL || atomic_fetch_sub_explicit(&served->n_holds, 1, memory_order_acq_rel) > 1) { return; }
    nomen_queue_free(served->queue);
    nomen_model_release(served->model);
    nomen_mem_free(served->name);
    nomen_mem_free(served->directory);
    nomen_mem_free(served); /* the first member of its block */
}

/* ---- where it is ---- */

/* Whether a path goes up by "..", or begins at the root. */
static bool is_outside(const char *path) {
    for (const char *at = path; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0')) { return true; }
    }
    return false;
}

/*
 * The directory with its links followed, which is what is loaded: between the look at where it lies and the loading no link can
 * be put in its place but by who may write to those directories.
 */
static nomen_status resolve(const nomen_serve_settings *settings, const nomen_served_plan *plan, char out[PATH_MAX],
                            unsigned *http_status, nomen_error *err) {
    char root[PATH_MAX];
    if (!plan->is_confined) {
        if (realpath(plan->directory, out) != NULL) { return NOMEN_OK; }
        *http_status = 404;
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s", plan->directory);
    }
    if (settings->models_dir == NULL || is_outside(plan->directory + strlen(settings->models_dir))) {
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               "%s: expected a directory below the service's models directory, without \"..\"", plan->directory);
    }
    if (realpath(settings->models_dir, root) == NULL) {
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s", settings->models_dir);
    }
    if (realpath(plan->directory, out) == NULL) {
        *http_status = 404;
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s", plan->directory);
    }
    size_t n = strlen(root);
    if (strncmp(out, root, n) == 0 && (out[n] == '/' || (n > 0 && root[n - 1] == '/'))) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_DATA,
                           "%s does not lie below the service's models directory, links followed; put a copy there",
                           plan->directory);
}

/* ---- its first text ---- */

/* About 20 subword tokens for a vocabulary of English. */
static const char sentence[] = "In March the engineer Maria Lopez left Northern Rail in Bristol to build bridges near Porto . ";
enum { N_SENTENCES = 50 };

static nomen_status tag(nomen_queue *queue, const nomen_text *text, double *seconds, nomen_error *err) {
    const nomen_request request = {.size = sizeof request, .no_calibration = true, .probabilities = true};
    nomen_ticket *ticket = NULL;
    nomen_results *results = NULL;
    double start = nomen_clock_now();
    nomen_status status;
    NOMEN_TRY(nomen_queue_submit(queue, text, 1, &request, NOMEN_TEXTS_BORROWED, &ticket, err));
    NOMEN_TRY(nomen_ticket_wait(ticket, &results, err));
    *seconds = nomen_clock_now() - start;
    size_t n = nomen_results_n_words(results, 0) * nomen_results_n_labels(results);
    const float *probabilities = nomen_results_probabilities(results, 0);
    for (size_t i = 0; probabilities != NULL && i < n; i++) {
        if (!isfinite(probabilities[i])) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA,
                                       "a built-in sentence gets scores that are no numbers; its weights are damaged"));
        }
    }
done:
    nomen_ticket_free(ticket);
    nomen_results_free(results);
    return status;
}

/* Shows that it works, and how fast; the first sentence alone, as its work memory and threads are made for it. */
static nomen_status try_out(nomen_served *served, nomen_error *err) {
    nomen_buffer text = {0};
    double seconds = 0;
    nomen_status status;
    const nomen_text one = {.text = sentence, .n_bytes = sizeof sentence - 2};
    NOMEN_TRY(tag(served->queue, &one, &seconds, err));
    for (int i = 0; i < N_SENTENCES; i++) { NOMEN_TRY(nomen_buffer_append_text(&text, sentence, err)); }
    const nomen_text many = {.text = text.data, .n_bytes = text.size};
    NOMEN_TRY(tag(served->queue, &many, &seconds, err));
    served->bytes_per_second = (double)text.size / (seconds > 1e-6 ? seconds : 1e-6);
done:
    nomen_buffer_clear(&text);
    return status;
}

/* ---- all of it ---- */

/* A ticket without a user is of the first text, which is nobody's. */
static void call_done(void *user, nomen_ticket *ticket) {
    kept *k = user;
    if (k->done != NULL && nomen_ticket_get_user(ticket) != NULL) { k->done(&k->served, ticket); }
}

static nomen_status start_queue(const nomen_serve_settings *settings, kept *k, nomen_error *err) {
    nomen_queue_options options = {.size = sizeof options, .done = call_done, .done_user = k};
    options.n_threads = (int)(settings->threads < 64 ? settings->threads : 64);
    options.max_bytes = settings->max_body > (size_t)64 << 20 ? settings->max_body : (size_t)64 << 20;
    options.max_tickets = settings->max_connections > 4096 ? settings->max_connections : 4096;
    return nomen_queue_create(k->served.model, &options, &k->served.queue, err);
}

static unsigned http_status_of(nomen_status status) {
    bool passes = status == NOMEN_ERROR_MEMORY || status == NOMEN_ERROR_INTERRUPTED || status == NOMEN_ERROR_TIMEOUT;
    return passes ? 503 : 422;
}

nomen_status nomen_served_load(const nomen_serve_settings *settings, const nomen_served_plan *plan, bool checks_memory,
                               nomen_ticket_function done, const nomen_cancel *cancel, nomen_served **out, unsigned *http_status,
                               nomen_error *err) {
    const nomen_call call = {.size = sizeof call, .cancel = cancel};
    const nomen_model_options how = {.size = sizeof how, .call = &call, .int8 = plan->int8};
    char directory[PATH_MAX];
    double start = nomen_clock_now();
    kept *k = NULL;
    nomen_status status;
    *http_status = 0;
    NOMEN_TRY(nomen_served_check_name(plan->name, err));
    NOMEN_TRY(resolve(settings, plan, directory, http_status, err));
    if (checks_memory) { NOMEN_TRY(nomen_model_memory_check(directory, plan->int8, err)); }
    NOMEN_TRY(NOMEN_NEW(k, 1, err));
    atomic_init(&k->served.n_holds, 1);
    k->done = done;
    k->served.int8 = plan->int8;
    k->served.is_confined = plan->is_confined;
    NOMEN_TRY(NOMEN_COPY(k->served.name, plan->name, strlen(plan->name), err));
    NOMEN_TRY(NOMEN_COPY(k->served.directory, plan->directory, strlen(plan->directory), err));
    NOMEN_TRY(nomen_model_load(directory, &how, &k->served.model, err));
    NOMEN_TRY(start_queue(settings, k, err));
    NOMEN_TRY(try_out(&k->served, err));
    k->served.load_seconds = nomen_clock_now() - start;
    k->served.loaded_at = (int64_t)time(NULL);
    *out = &k->served;
    return NOMEN_OK;
done:
    nomen_served_drop(k != NULL ? &k->served : NULL);
    if (*http_status == 0) { *http_status = http_status_of(status); }
    return status;
}
