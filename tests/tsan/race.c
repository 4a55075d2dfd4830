/*
 * Two threads copy to one place. test.sh runs it before the tests under tsan: the race has to be reported, and
 * with an argument, where a lock orders the threads, nothing may be.
 */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static bool locked;
static char from[256], to[256];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *copy(void *unused) {
    volatile size_t n_bytes = sizeof to; /* or the compiler copies by itself */
    if (locked) { pthread_mutex_lock(&lock); }
    memcpy(to, from, n_bytes);
    if (locked) { pthread_mutex_unlock(&lock); }
    return unused;
}

int main(int argc, char **argv) {
    pthread_t other;
    (void)argv;
    locked = argc > 1;
    if (pthread_create(&other, NULL, copy, NULL) != 0) { return 1; }
    copy(NULL);
    pthread_join(other, NULL);
    return to[0];
}
