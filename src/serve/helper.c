/* The helping thread; see the header. */
#include "serve/helper.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

struct nomen_helper {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    nomen_task *first, *last;
    bool ends;
};

static void *work(void *user) {
    nomen_helper *helper = user;
    pthread_mutex_lock(&helper->lock);
    for (;;) {
        nomen_task *task = helper->first;
        if (task == NULL) {
            if (helper->ends) { break; }
            pthread_cond_wait(&helper->changed, &helper->lock);
            continue;
        }
        helper->first = task->next;
        if (helper->first == NULL) { helper->last = NULL; }
        pthread_mutex_unlock(&helper->lock);
        task->run(task->user); /* the task may be gone after it */
        pthread_mutex_lock(&helper->lock);
    }
    pthread_mutex_unlock(&helper->lock);
    return NULL;
}

nomen_status nomen_helper_create(nomen_helper **out, nomen_error *err) {
    nomen_helper *helper = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(helper, 1, err));
    pthread_mutex_init(&helper->lock, NULL);
    pthread_cond_init(&helper->changed, NULL);
    int failed = pthread_create(&helper->thread, NULL, work, helper);
    if (failed != 0) {
        nomen_mem_free(helper);
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_LIMIT, "the system gives no thread for large bodies: %s", strerror(failed)));
    }
    *out = helper;
done:
    return status;
}

void nomen_helper_free(nomen_helper *helper) {
    if (helper == NULL) { return; }
    pthread_mutex_lock(&helper->lock);
    helper->ends = true;
    pthread_cond_signal(&helper->changed);
    pthread_mutex_unlock(&helper->lock);
    pthread_join(helper->thread, NULL);
    pthread_cond_destroy(&helper->changed);
    pthread_mutex_destroy(&helper->lock);
    nomen_mem_free(helper);
}

void nomen_helper_add(nomen_helper *helper, nomen_task *task) {
    pthread_mutex_lock(&helper->lock);
    task->next = NULL;
    if (helper->last != NULL) {
        helper->last->next = task;
    } else {
        helper->first = task;
    }
    helper->last = task;
    pthread_cond_signal(&helper->changed);
    pthread_mutex_unlock(&helper->lock);
}
