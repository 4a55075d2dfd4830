/* The models of a service, and the thread that changes them; see the header. */
#include "serve/models.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "nomen/info.h"
#include "serve/access_log.h"

struct nomen_models {
    const nomen_settings *settings;
    nomen_ticket_function done;
    nomen_cancel *cancel; /* of what is being loaded, at the end */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* of what follows; models come and go on the loading thread alone */
    pthread_cond_t work;
    nomen_served **items; /* (n) each with a hold of the table's */
    size_t n, capacity;
    char *default_name; /* NULL: none */
    nomen_model_order *first, *last;
    bool is_ending;
};

/* ---- the table ---- */

/* The place of a model, or n. With the lock, or on the loading thread. */
static size_t place_of(const nomen_models *models, const char *name) {
    size_t i = 0;
    while (i < models->n && strcmp(models->items[i]->name, name) != 0) { i++; }
    return i;
}

nomen_served *nomen_models_find(nomen_models *models, const char *name) {
    nomen_served *found = NULL;
    pthread_mutex_lock(&models->lock);
    if (name == NULL || *name == '\0') { name = models->default_name; }
    size_t i = name != NULL ? place_of(models, name) : models->n;
    if (i < models->n) {
        found = models->items[i];
        atomic_fetch_add_explicit(&found->n_holds, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&models->lock);
    return found;
}

bool nomen_models_are_ready(nomen_models *models) {
    pthread_mutex_lock(&models->lock);
    bool ready = models->default_name != NULL && place_of(models, models->default_name) < models->n;
    pthread_mutex_unlock(&models->lock);
    return ready;
}

void nomen_models_each(nomen_models *models, void (*each)(void *user, nomen_served *served), void *user) {
    pthread_mutex_lock(&models->lock);
    for (size_t i = 0; i < models->n; i++) { each(user, models->items[i]); }
    pthread_mutex_unlock(&models->lock);
}

static void add_model(void *user, nomen_served *served) {
    nomen_json_out *json = user;
    const nomen_model *model = served->model;
    nomen_json_begin_object(json, NULL);
    nomen_json_add_text(json, "name", served->name);
    nomen_json_begin_list(json, "labels");
    for (size_t i = 0; i < nomen_model_get_n_labels(model); i++) {
        nomen_json_add_text(json, NULL, nomen_model_get_label(model, i));
    }
    nomen_json_end_list(json);
    nomen_json_begin_list(json, "types");
    for (size_t i = 0; nomen_model_get_type(model, i, NULL) != NULL; i++) {
        nomen_json_add_text(json, NULL, nomen_model_get_type(model, i, NULL));
    }
    nomen_json_end_list(json);
    nomen_json_add_size(json, "max_length", nomen_model_get_max_length(model));
    nomen_json_add_size(json, "stride", nomen_model_get_stride(model));
    nomen_json_add_bool(json, "int8", nomen_model_is_int8(model));
    nomen_json_add_bool(json, "has_crf", nomen_model_has_crf(model));
    nomen_json_add_int(json, "loaded_at", served->loaded_at);
    nomen_json_add_text(json, "state", "ready");
    nomen_json_end_object(json);
}

nomen_status nomen_models_write(nomen_models *models, nomen_json_out *json, nomen_error *err) {
    (void)err; /* the writer has it */
    nomen_models_each(models, add_model, json);
    return json->status;
}

/* Puts a model in the place of the one of its name, or at the end. Takes its hold, whatever happens. */
static nomen_status put(nomen_models *models, nomen_served *served, nomen_error *err) {
    nomen_served *old = served;
    nomen_status status;
    pthread_mutex_lock(&models->lock);
    size_t i = place_of(models, served->name);
    NOMEN_TRY(NOMEN_RESERVE(models->items, models->capacity, i + 1, err));
    if (models->default_name == NULL) { NOMEN_TRY(nomen_mem_replace_text(&models->default_name, served->name, err)); }
    old = i < models->n ? models->items[i] : NULL;
    models->items[i] = served;
    models->n += i == models->n;
done:
    pthread_mutex_unlock(&models->lock);
    nomen_served_drop(old);
    return status;
}

/* ---- changes, on the loading thread ---- */

/* Loads a model and puts it in place. */
static nomen_status load(nomen_models *models, const nomen_served_plan *plan, bool checks_memory, unsigned *http_status,
                         nomen_error *err) {
    nomen_served *served = NULL;
    nomen_status status =
        nomen_served_load(models->settings, plan, checks_memory, models->done, models->cancel, &served, http_status, err);
    if (status == NOMEN_OK) {
        nomen_event_log(models->settings, "info", "model %s loaded from %s in %.1f s: %.0f bytes of text a second", served->name,
                        served->directory, served->load_seconds, served->bytes_per_second);
        status = put(models, served, err);
        *http_status = status == NOMEN_OK ? 200 : 503;
    }
    return status;
}

/* A message that names the model, once. */
static void report(nomen_model_order *order, const char *name, const nomen_error *problem) {
    order->error = (nomen_error){0};
    (void)nomen_error_set(&order->error, problem->status, "model %s: %s", name, problem->message);
}

/* "a/b" below the directory of models, in a new block. */
static nomen_status below(const nomen_models *models, const char *path, char **out, nomen_error *err) {
    if (models->settings->models_dir == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               "the service has no directory of models (--models-dir), from which \"%.100s\" "
                               "could be loaded",
                               path);
    }
    return NOMEN_JOIN(*out, models->settings->models_dir, path, err);
}

static void run_load(nomen_models *models, nomen_model_order *order) {
    char *directory = NULL;
    nomen_error problem = {0};
    nomen_status status;
    order->http_status = 422;
    NOMEN_TRY(nomen_served_check_name(order->name, &problem));
    size_t i = place_of(models, order->name);
    const nomen_served *old = i < models->n ? models->items[i] : NULL;
    nomen_served_plan plan = {.name = order->name, .int8 = old != NULL ? old->int8 : models->settings->int8};
    if (order->int8_given) { plan.int8 = order->int8; }
    if (order->directory == NULL && old != NULL) {
        plan.directory = old->directory;
        plan.is_confined = old->is_confined;
    } else {
        NOMEN_TRY(below(models, order->directory != NULL ? order->directory : order->name, &directory, &problem));
        plan.directory = directory;
        plan.is_confined = true;
    }
    NOMEN_TRY(load(models, &plan, true, &order->http_status, &problem));
done:
    nomen_mem_free(directory);
    if (status != NOMEN_OK) { report(order, order->name, &problem); }
}

/* Loads one anew, from where it is. A failure after another is added to its message. */
static void reload(nomen_models *models, const nomen_served *old, nomen_model_order *order, size_t *n_failed) {
    const nomen_served_plan plan = {
        .name = old->name, .directory = old->directory, .int8 = old->int8, .is_confined = old->is_confined};
    char name[sizeof order->name];
    nomen_error problem = {0}, before = order->error;
    unsigned http_status = 0;
    snprintf(name, sizeof name, "%s", old->name); /* the old one may be gone afterwards */
    if (load(models, &plan, true, &http_status, &problem) == NOMEN_OK) { return; }
    report(order, name, &problem);
    if (++*n_failed > 1) {
        problem = order->error;
        order->error = (nomen_error){0};
        (void)nomen_error_set(&order->error, before.status, "%s; %s", before.message, problem.message);
    } else {
        order->http_status = http_status;
    }
}

static void run_reload(nomen_models *models, nomen_model_order *order) {
    size_t n_failed = 0, n = models->n, first = 0;
    order->http_status = 200;
    if (order->name[0] != '\0') {
        first = place_of(models, order->name);
        n = first < models->n ? first + 1 : first;
        if (first == models->n) {
            order->http_status = 404;
            (void)nomen_error_set(&order->error, NOMEN_ERROR_DATA, "no model is called \"%.100s\"", order->name);
        }
    }
    for (size_t i = first; i < n; i++) { reload(models, models->items[i], order, &n_failed); }
}

static void run_unload(nomen_models *models, nomen_model_order *order) {
    nomen_served *old = NULL;
    pthread_mutex_lock(&models->lock);
    size_t i = place_of(models, order->name);
    bool is_default = models->default_name != NULL && strcmp(models->default_name, order->name) == 0;
    if (i == models->n) {
        order->http_status = 404;
        (void)nomen_error_set(&order->error, NOMEN_ERROR_DATA, "no model is called \"%.100s\"", order->name);
    } else if (is_default) {
        order->http_status = 409;
        (void)nomen_error_set(&order->error, NOMEN_ERROR_DATA,
                              "model %s is the default model, which can't be unloaded; load another in its place", order->name);
    } else {
        order->http_status = 200;
        old = models->items[i];
        models->n--;
        memmove(models->items + i, models->items + i + 1, (models->n - i) * sizeof *models->items);
    }
    pthread_mutex_unlock(&models->lock);
    if (old != NULL) { nomen_event_log(models->settings, "info", "model %s unloaded", old->name); }
    nomen_served_drop(old);
}

/* Does what was asked, or says that the service is stopping, and tells the asker, who may free the order then. */
static void run_order(nomen_models *models, nomen_model_order *order, bool is_ending) {
    order->error = (nomen_error){0};
    order->http_status = 503;
    if (is_ending) {
        (void)nomen_error_set(&order->error, NOMEN_ERROR_INTERRUPTED, "the service is stopping, and loads no model any more");
    } else if (order->change == NOMEN_MODEL_LOAD) {
        run_load(models, order);
    } else if (order->change == NOMEN_MODEL_RELOAD) {
        run_reload(models, order);
    } else {
        run_unload(models, order);
    }
    if (order->http_status != 200) { nomen_event_log(models->settings, "warning", "%s", order->error.message); }
    order->done(order->user, order);
}

static void *run(void *user) {
    nomen_models *models = user;
    pthread_mutex_lock(&models->lock);
    for (;;) {
        while (models->first == NULL && !models->is_ending) { pthread_cond_wait(&models->work, &models->lock); }
        nomen_model_order *order = models->first;
        bool is_ending = models->is_ending;
        if (order == NULL) { break; }
        models->first = order->next;
        pthread_mutex_unlock(&models->lock);
        run_order(models, order, is_ending);
        pthread_mutex_lock(&models->lock);
    }
    pthread_mutex_unlock(&models->lock);
    return NULL;
}

void nomen_models_change(nomen_models *models, nomen_model_order *order) {
    order->next = NULL;
    pthread_mutex_lock(&models->lock);
    if (models->first == NULL) {
        models->first = order;
    } else {
        models->last->next = order;
    }
    models->last = order;
    pthread_cond_signal(&models->work);
    pthread_mutex_unlock(&models->lock);
}

/* ---- beginning and end ---- */

/* The last part of a path or, where that is no name (".", "..", ""), of the path that it leads to. */
static void last_part(const char *path, char name[PATH_MAX]) {
    char whole[PATH_MAX];
    for (int round = 0; round < 2; round++) {
        size_t end = strlen(path), start;
        while (end > 0 && path[end - 1] == '/') { end--; }
        for (start = end; start > 0 && path[start - 1] != '/'; start--) {}
        snprintf(name, PATH_MAX, "%.*s", (int)(end - start), path + start);
        if (nomen_served_check_name(name, NULL) == NOMEN_OK || realpath(path, whole) == NULL) { return; }
        path = whole;
    }
}

/* The model of "NAME=DIR" or "DIR"; an "=" after something that is no name belongs to the directory. */
static nomen_status load_first(nomen_models *models, const char *item, nomen_error *err) {
    nomen_served_plan plan = {.directory = item, .int8 = models->settings->int8};
    char name[PATH_MAX] = "";
    const char *equals = strchr(item, '=');
    nomen_error problem = {0};
    unsigned http_status = 0;
    nomen_status status;
    if (equals != NULL) {
        snprintf(name, sizeof name, "%.*s", (int)(equals - item), item);
        if (nomen_served_check_name(name, NULL) == NOMEN_OK) {
            plan.directory = equals + 1;
        } else {
            name[0] = '\0';
        }
    }
    if (name[0] == '\0') { last_part(item, name); }
    plan.name = name;
    if (place_of(models, name) < models->n) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "two models are called %s: \"%s\" is the second; name it, as NAME=DIRECTORY", name, item);
    }
    status = load(models, &plan, false, &http_status, &problem);
    if (status == NOMEN_OK) { return NOMEN_OK; }
    return nomen_error_set_remedy(err, status, problem.remedy, "model %s: %s", name, problem.message);
}

static nomen_status start_thread(nomen_models *models, nomen_error *err) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the service's */
    int problem = pthread_create(&models->thread, NULL, run, models);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    models->has_thread = problem == 0;
    if (problem == 0) { return NOMEN_OK; }
    return nomen_error_set_errno(err, NOMEN_ERROR_LIMIT, problem, "the thread that loads models can't be started");
}

nomen_status nomen_models_create(const nomen_settings *settings, nomen_ticket_function done, nomen_models **out,
                                 nomen_error *err) {
    nomen_models *models = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(models, 1, err));
    models->settings = settings;
    models->done = done;
    pthread_mutex_init(&models->lock, NULL);
    pthread_cond_init(&models->work, NULL);
    NOMEN_TRY(nomen_cancel_create(&models->cancel, err));
    for (size_t i = 0; i < settings->models.n; i++) { NOMEN_TRY(load_first(models, settings->models.items[i], err)); }
    NOMEN_TRY(start_thread(models, err));
    *out = models;
    return NOMEN_OK;
done:
    nomen_models_free(models);
    return status;
}

void nomen_models_free(nomen_models *models) {
    if (models == NULL) { return; }
    pthread_mutex_lock(&models->lock);
    models->is_ending = true;
    pthread_cond_signal(&models->work);
    pthread_mutex_unlock(&models->lock);
    if (models->cancel != NULL) { nomen_cancel_set(models->cancel); }
    if (models->has_thread) { pthread_join(models->thread, NULL); }
    for (size_t i = 0; i < models->n; i++) { nomen_served_drop(models->items[i]); }
    nomen_mem_free(models->items);
    nomen_mem_free(models->default_name);
    nomen_cancel_free(models->cancel);
    pthread_cond_destroy(&models->work);
    pthread_mutex_destroy(&models->lock);
    nomen_mem_free(models);
}
