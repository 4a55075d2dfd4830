/* Counters and histograms; see the header. All are small, so that one lock serves them. */
#include "serve/metrics.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "nomen/info.h"
#include "nomen/version.h"
#include "serve/models.h"
#include "serve/process.h"

/* More series or statuses than the table of routes and the answers have are counted with the last. */
enum { N_BOUNDS = 15, N_SERIES = 32, N_STATUSES = 24, N_REASONS = 8, NAME_BYTES = 32 };

static const double second_bounds[N_BOUNDS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
static const double byte_bounds[N_BOUNDS] = {16,    64,    128,    256,     512,     1024,     2048,    4096,
                                             16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};

typedef struct histogram {
    uint64_t counts[N_BOUNDS + 1]; /* of values up to each bound and over the one before; the last: over all */
    double sum;
} histogram;

typedef struct counter {
    unsigned status;
    uint64_t n;
} counter;

typedef struct series {
    char name[NAME_BYTES];
    histogram seconds;
    counter statuses[N_STATUSES];
    size_t n_statuses;
} series;

struct nomen_metrics {
    pthread_mutex_t lock;
    series series[N_SERIES];
    size_t n_series;
    histogram waited, bytes;
    uint64_t n_texts;
    struct {
        char why[NAME_BYTES];
        uint64_t n;
    } lost[N_REASONS];
    size_t n_lost;
};

nomen_status nomen_metrics_create(nomen_metrics **out, nomen_error *err) {
    nomen_metrics *metrics = NULL;
    nomen_status status = NOMEN_NEW(metrics, 1, err);
    if (status != NOMEN_OK) { return status; }
    pthread_mutex_init(&metrics->lock, NULL);
    *out = metrics;
    return NOMEN_OK;
}

void nomen_metrics_free(nomen_metrics *metrics) {
    if (metrics == NULL) { return; }
    pthread_mutex_destroy(&metrics->lock);
    nomen_mem_free(metrics);
}

/* ---- counting ---- */

static void observe(histogram *h, const double *bounds, double value) {
    size_t i = 0;
    while (i < N_BOUNDS && value > bounds[i]) { i++; }
    h->counts[i]++;
    h->sum += value;
}

static series *find_series(nomen_metrics *metrics, const char *name) {
    size_t i = 0;
    while (i < metrics->n_series && strcmp(metrics->series[i].name, name) != 0) { i++; }
    if (i < metrics->n_series) { return &metrics->series[i]; }
    if (i == N_SERIES) { return &metrics->series[N_SERIES - 1]; }
    snprintf(metrics->series[i].name, NAME_BYTES, "%s", name);
    metrics->n_series++;
    return &metrics->series[i];
}

static void count_status(series *s, unsigned status) {
    size_t i = 0;
    while (i < s->n_statuses && s->statuses[i].status != status) { i++; }
    if (i == N_STATUSES) { i--; }
    if (i == s->n_statuses) { s->statuses[s->n_statuses++] = (counter){.status = status}; }
    s->statuses[i].n++;
}

void nomen_metrics_request(nomen_metrics *metrics, const char *name, unsigned status, double seconds, double waited,
                           size_t n_texts, size_t text_bytes) {
    pthread_mutex_lock(&metrics->lock);
    series *s = find_series(metrics, name);
    count_status(s, status);
    observe(&s->seconds, second_bounds, seconds);
    if (n_texts > 0) {
        observe(&metrics->waited, second_bounds, waited);
        observe(&metrics->bytes, byte_bounds, (double)text_bytes);
        metrics->n_texts += n_texts;
    }
    pthread_mutex_unlock(&metrics->lock);
}

void nomen_metrics_lost(nomen_metrics *metrics, const char *why) {
    pthread_mutex_lock(&metrics->lock);
    size_t i = 0;
    while (i < metrics->n_lost && strcmp(metrics->lost[i].why, why) != 0) { i++; }
    if (i == N_REASONS) { i--; }
    if (i == metrics->n_lost) { snprintf(metrics->lost[metrics->n_lost++].why, NAME_BYTES, "%s", why); }
    metrics->lost[i].n++;
    pthread_mutex_unlock(&metrics->lock);
}

/* ---- writing ---- */

/* Lines of the text format; the first failure is kept. */
typedef struct writer {
    nomen_buffer *out;
    nomen_error *err;
    nomen_status status;
} writer;

static void keep(writer *w, nomen_status status) {
    if (w->status == NOMEN_OK) { w->status = status; }
}

static void text(writer *w, const char *bytes) {
    keep(w, nomen_buffer_append_text(w->out, bytes, w->err));
}

/* A metric's name, its kind and what it is. */
static void head(writer *w, const char *name, const char *type, const char *help) {
    keep(w, nomen_buffer_printf(w->out, w->err, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type));
}

/* name="value" of a metric, with what a value must not hold escaped. */
static void label(writer *w, const char *name, const char *value) {
    keep(w, nomen_buffer_printf(w->out, w->err, "%s=\"", name));
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '\n') {
            text(w, "\\n");
        } else {
            if (*at == '\\' || *at == '"') { text(w, "\\"); }
            keep(w, nomen_buffer_append_byte(w->out, *at, w->err));
        }
    }
    text(w, "\"");
}

/* A number; a whole one as its digits, in which form bounds are labels of other programs' histograms too. */
static void add_number(writer *w, double number) {
    bool whole = number > -1e15 && number < 1e15 && number == (double)(int64_t)number;
    keep(w,
         whole ? nomen_buffer_append_int(w->out, (int64_t)number, w->err) : nomen_buffer_append_number(w->out, number, w->err));
}

/* What follows the labels. */
static void value(writer *w, double number) {
    keep(w, nomen_buffer_append_byte(w->out, ' ', w->err));
    add_number(w, number);
    keep(w, nomen_buffer_append_byte(w->out, '\n', w->err));
}

/* A line with one label; `name` of it may be NULL for none. */
static void line(writer *w, const char *metric, const char *name, const char *of, double number) {
    text(w, metric);
    if (name != NULL) {
        text(w, "{");
        label(w, name, of);
        text(w, "}");
    }
    value(w, number);
}

static void single(writer *w, const char *name, const char *type, const char *help, double number) {
    head(w, name, type, help);
    line(w, name, NULL, NULL, number);
}

static void write_histogram(writer *w, const char *name, const char *route, const histogram *h, const double *bounds) {
    double n = 0;
    for (size_t i = 0; i <= N_BOUNDS; i++) {
        n += (double)h->counts[i];
        keep(w, nomen_buffer_printf(w->out, w->err, "%s_bucket{", name));
        if (route != NULL) {
            label(w, "route", route);
            text(w, ",");
        }
        text(w, "le=\"");
        if (i < N_BOUNDS) {
            add_number(w, bounds[i]);
        } else {
            text(w, "+Inf");
        }
        text(w, "\"}");
        value(w, n);
    }
    static const char *const ends[] = {"_sum", "_count"};
    for (size_t i = 0; i < 2; i++) {
        text(w, name);
        line(w, ends[i], route != NULL ? "route" : NULL, route, i == 0 ? h->sum : n);
    }
}

static void write_requests(writer *w, const nomen_metrics *m) {
    head(w, "nomen_request_total", "counter", "Requests that were answered.");
    for (size_t i = 0; i < m->n_series; i++) {
        for (size_t k = 0; k < m->series[i].n_statuses; k++) {
            text(w, "nomen_request_total{");
            label(w, "route", m->series[i].name);
            keep(w, nomen_buffer_printf(w->out, w->err, ",status=\"%u\"}", m->series[i].statuses[k].status));
            value(w, (double)m->series[i].statuses[k].n);
        }
    }
    head(w, "nomen_request_duration_seconds", "histogram", "Time from a request's head to the end of its answer.");
    for (size_t i = 0; i < m->n_series; i++) {
        write_histogram(w, "nomen_request_duration_seconds", m->series[i].name, &m->series[i].seconds, second_bounds);
    }
    head(w, "nomen_request_queue_seconds", "histogram", "Time that a request with texts waited before its tagging began.");
    write_histogram(w, "nomen_request_queue_seconds", NULL, &m->waited, second_bounds);
    head(w, "nomen_request_input_bytes", "histogram", "Bytes of the texts of a request with texts.");
    write_histogram(w, "nomen_request_input_bytes", NULL, &m->bytes, byte_bounds);
    single(w, "nomen_request_texts_total", "counter", "Texts of requests that were answered.", (double)m->n_texts);
    head(w, "nomen_requests_lost_total", "counter", "Requests that were not answered, or refused, by reason.");
    for (size_t i = 0; i < m->n_lost; i++) { line(w, "nomen_requests_lost_total", "why", m->lost[i].why, (double)m->lost[i].n); }
}

/* One metric of all models: it walks them once a metric, as a metric's lines stand together. */
typedef struct model_metric {
    writer *w;
    const char *name;
} model_metric;

static void write_model(void *user, nomen_served *served) {
    const model_metric *m = user;
    nomen_queue_state state = {.size = sizeof state};
    double number = (double)served->loaded_at;
    if (nomen_queue_get_state(served->queue, &state, NULL) != NOMEN_OK) { return; }
    if (strcmp(m->name, "nomen_model_batches_total") == 0) { number = (double)state.n_batches; }
    if (strcmp(m->name, "nomen_model_tokens_total") == 0) { number = (double)state.n_tokens; }
    if (strcmp(m->name, "nomen_model_tickets") == 0) { number = (double)state.n_tickets; }
    line(m->w, m->name, "model", served->name, number);
}

static void write_models(writer *w, nomen_models *models) {
    static const char *const all[][3] = {
        {"nomen_model_batches_total", "counter", "Batches that a model has computed since it was loaded."},
        {"nomen_model_tokens_total", "counter", "Subword tokens that a model has computed since it was loaded."},
        {"nomen_model_tickets", "gauge", "Calls that a model has begun or is about to."},
        {"nomen_model_loaded_timestamp_seconds", "gauge", "When a model was loaded, in seconds since 1970."}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        model_metric m = {w, all[i][0]};
        head(w, all[i][0], all[i][1], all[i][2]);
        nomen_models_each(models, write_model, &m);
    }
}

/* The version and, where there is a model, the instruction set that it computes with. */
static void write_build(writer *w, nomen_models *models) {
    nomen_served *served = models != NULL ? nomen_models_find(models, NULL) : NULL;
    nomen_model_info info = {.size = sizeof info};
    if (served != NULL) { nomen_model_get_info(served->model, &info); }
    head(w, "nomen_build_info", "gauge", "The version of nomen, and the instruction set that it computes with.");
    text(w, "nomen_build_info{");
    label(w, "version", nomen_version());
    text(w, ",");
    label(w, "isa", info.kernels != NULL ? info.kernels : "");
    text(w, "}");
    value(w, 1);
    nomen_served_drop(served);
}

static void write_process(writer *w) {
    nomen_process process;
    nomen_process_read(&process);
    const struct {
        const char *name, *type, *help;
        double number;
    } all[] = {{"process_resident_memory_bytes", "gauge", "Memory of the process in RAM.", process.resident_bytes},
               {"process_virtual_memory_bytes", "gauge", "Memory of the process in all.", process.virtual_bytes},
               {"process_cpu_seconds_total", "counter", "Time that processors spent on the process.", process.cpu_seconds},
               {"process_open_fds", "gauge", "Open file descriptors.", process.open_files},
               {"process_max_fds", "gauge", "Most open file descriptors.", process.max_files},
               {"process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.", process.start_time}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].number >= 0) { single(w, all[i].name, all[i].type, all[i].help, all[i].number); }
    }
}

nomen_status nomen_metrics_write(nomen_metrics *metrics, const nomen_gauges *gauges, struct nomen_models *models,
                                 nomen_buffer *out, nomen_error *err) {
    writer w = {out, err, NOMEN_OK};
    pthread_mutex_lock(&metrics->lock);
    write_requests(&w, metrics);
    pthread_mutex_unlock(&metrics->lock);
    single(&w, "nomen_queue_size", "gauge", "Requests that wait for a model.", (double)gauges->waiting_requests);
    single(&w, "nomen_queue_bytes", "gauge", "Bytes of the texts that wait for a model.", (double)gauges->waiting_bytes);
    single(&w, "nomen_requests_running", "gauge", "Requests that a model computes.", (double)gauges->running_requests);
    single(&w, "nomen_connections", "gauge", "Open connections.", (double)gauges->connections);
    if (models != NULL) { write_models(&w, models); }
    write_build(&w, models);
    write_process(&w);
    return w.status;
}
