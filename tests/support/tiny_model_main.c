/*
 * The tiny model for shell tests: tiny_model DIR [KEY=VALUE...]. Keys: hidden, layers, heads,
 * intermediate, positions, seed, dropout, labels=O,B-x,... (labels= for none), unnamed=1 (config.json calls them LABEL_0,
 * LABEL_1...), and architecture=BertModel (architecture= for none).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/tiny_model.h"

static int set(tiny_model *m, char *setting, const char **labels) {
    char *value = strchr(setting, '=');
    if (value == NULL) { return -1; }
    *value++ = '\0';
    if (strcmp(setting, "labels") == 0) {
        m->n_labels = 0;
        m->labels = labels;
        for (char *rest = NULL, *name = strtok_r(value, ",", &rest); name != NULL && m->n_labels < 64;
             name = strtok_r(NULL, ",", &rest)) {
            labels[m->n_labels++] = name;
        }
        return 0;
    }
    if (strcmp(setting, "dropout") == 0) {
        m->dropout = strtof(value, NULL);
        return 0;
    }
    if (strcmp(setting, "architecture") == 0) {
        m->architecture = value[0] != '\0' ? value : NULL;
        return 0;
    }
    size_t number = strtoul(value, NULL, 10);
    if (strcmp(setting, "seed") == 0) { return m->seed = number, 0; }
    if (strcmp(setting, "unnamed") == 0) { return m->unnamed = number != 0, 0; }
    size_t *place = strcmp(setting, "hidden") == 0         ? &m->hidden
                    : strcmp(setting, "layers") == 0       ? &m->layers
                    : strcmp(setting, "heads") == 0        ? &m->heads
                    : strcmp(setting, "intermediate") == 0 ? &m->intermediate
                    : strcmp(setting, "positions") == 0    ? &m->positions
                                                           : NULL;
    if (place == NULL) { return -1; }
    *place = number;
    return 0;
}

int main(int argc, char **argv) {
    tiny_model m = tiny_model_defaults();
    const char *labels[64];
    nomen_error err = {0};
    for (int i = 2; i < argc; i++) {
        if (set(&m, argv[i], labels) != 0) {
            fprintf(stderr, "%s: unknown setting %s\n", argv[0], argv[i]);
            return 2;
        }
    }
    if (argc < 2 || tiny_model_write(argv[1], &m, &err) != NOMEN_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], argc < 2 ? "DIR is needed" : err.message);
        return 1;
    }
    return 0;
}
