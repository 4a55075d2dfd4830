/* One model, eight threads: each tags every eighth line of a file. Usage: threads MODEL_DIRECTORY FILE */
#include <nomen/nomen.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, MOST_LINES = 10000 };

static nomen_text lines[MOST_LINES];
static nomen_results *found[MOST_LINES];
static size_t n_lines;

typedef struct worker {
    nomen_model *model;
    size_t first; /* line */
    nomen_error err;
} worker;

static void *tag_lines(void *user) {
    worker *w = user;
    const nomen_tagger_options options = {.size = sizeof options, .n_threads = 1}; /* eight of these fill the machine */
    nomen_tagger *tagger = NULL;
    if (nomen_tagger_create(w->model, &options, &tagger, &w->err) != NOMEN_OK) { return NULL; }
    for (size_t i = w->first; i < n_lines && w->err.status == NOMEN_OK; i += THREADS) {
        (void)nomen_tag(tagger, &lines[i], 1, NULL, &found[i], &w->err); /* a failure is in w->err, and ends the loop */
    }
    nomen_tagger_free(tagger);
    return NULL;
}

int main(int argc, char **argv) {
    static char text[1 << 22];
    pthread_t threads[THREADS];
    worker workers[THREADS] = {0};
    nomen_model *model = NULL;
    nomen_error err = {0};
    FILE *file = argc == 3 ? fopen(argv[2], "r") : NULL;
    if (file == NULL) { return fprintf(stderr, "usage: threads MODEL_DIRECTORY FILE, which can be read\n"), 2; }
    for (char *at = text; n_lines < MOST_LINES && fgets(at, (int)(text + sizeof text - at), file) != NULL; at += strlen(at) + 1) {
        lines[n_lines++] = (nomen_text){.text = at, .n_bytes = strcspn(at, "\n")};
    }
    fclose(file);
    if (nomen_model_load(argv[1], NULL, &model, &err) != NOMEN_OK) { return fprintf(stderr, "%s\n", err.message), 1; }
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.model = model, .first = i};
        if (pthread_create(&threads[i], NULL, tag_lines, &workers[i]) != 0) { return fprintf(stderr, "no thread\n"), 1; }
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        if (workers[i].err.status != NOMEN_OK) { return fprintf(stderr, "%s\n", workers[i].err.message), 1; }
    }
    nomen_model_release(model); /* the results that are left have it, and free it last */
    for (size_t i = 0; i < n_lines; nomen_results_free(found[i++])) {
        printf("%.*s\n", (int)lines[i].n_bytes, lines[i].text);
        for (size_t e = 0; e < nomen_results_n_entities(found[i], 0); e++) {
            const nomen_result_entity *entity = nomen_results_entity(found[i], 0, e);
            printf("    %-10s %.4f  %zu-%zu  %s\n", entity->type, entity->score, entity->start, entity->end, entity->text);
        }
    }
    return 0;
}
