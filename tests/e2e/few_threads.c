/*
 * For LD_PRELOAD: the system gives a process the number of threads in FEW_THREADS and refuses those after, as it does at a
 * limit of its own; FEW_THREADS_SEEN names a file that gets a byte for each that is asked for.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);

__attribute__((visibility("default"))) int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                                                          void *(*start)(void *), void *argument) {
    static atomic_long n_made;
    const char *most = getenv("FEW_THREADS"), *seen = getenv("FEW_THREADS_SEEN");
    if (seen != NULL) {
        int file = open(seen, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (file < 0 || write(file, "x", 1) != 1) { abort(); }
        close(file);
    }
    if (most != NULL && atomic_fetch_add(&n_made, 1) >= atol(most)) { return EAGAIN; }
    void *symbol = dlsym(RTLD_NEXT, "pthread_create");
    create *real;
    memcpy(&real, &symbol, sizeof real);
    return real(thread, attributes, start, argument);
}
