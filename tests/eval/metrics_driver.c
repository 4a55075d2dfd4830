/*
 * Scores corpora read from standard input, for the comparison with seqeval: a line
 * "GOLD<TAB>PREDICTED" a word, an empty line behind each sentence, a line "%%" behind each corpus. Prints
 * all figures of each corpus as a line of JSON, or with the argument "conlleval" as conlleval would, and "%%".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/metrics.h"

enum { MAX_WORDS = 10000 };

static int fail(const nomen_error *err) {
    fprintf(stderr, "metrics_driver: %s\n", err->message);
    return 1;
}

static const nomen_scorer_options options = {.size = sizeof options, .details = true};

static int print_report(nomen_scorer **scorer, int as_conlleval, nomen_error *err) {
    nomen_details details = {0};
    nomen_buffer text = {0};
    nomen_status status = nomen_scorer_details(*scorer, &details, err);
    if (status == NOMEN_OK) {
        status = as_conlleval ? nomen_details_conlleval(&details, &text, err) : nomen_details_json(&details, &text, err);
    }
    if (status == NOMEN_OK) { printf("%s%s\n", text.data, as_conlleval ? "%%" : ""); }
    nomen_buffer_clear(&text);
    nomen_details_clear(&details);
    nomen_scorer_free(*scorer);
    *scorer = NULL;
    return status != NOMEN_OK || nomen_scorer_create(&options, scorer, err) != NOMEN_OK;
}

int main(int argc, char **argv) {
    int as_conlleval = argc > 1 && strcmp(argv[1], "conlleval") == 0;
    static char *lines[MAX_WORDS];
    static const char *gold[MAX_WORDS], *predicted[MAX_WORDS];
    size_t n = 0, capacity = 0;
    char *line = NULL;
    ssize_t size;
    nomen_error err = {0};
    nomen_scorer *scorer;
    int failed = nomen_scorer_create(&options, &scorer, &err) != NOMEN_OK;
    while (!failed && (size = getline(&line, &capacity, stdin)) > 0) {
        line[size - 1] = '\0';
        char *tab = strchr(line, '\t');
        if (tab != NULL && n < MAX_WORDS) {
            lines[n] = strdup(line);
            gold[n] = lines[n];
            predicted[n] = lines[n] + (tab - line) + 1;
            lines[n][tab - line] = '\0';
            n++;
        } else if (line[0] == '\0') {
            failed = nomen_scorer_add(scorer, gold, predicted, n, &err) != NOMEN_OK;
            while (n > 0) { free(lines[--n]); }
        } else {
            failed = print_report(&scorer, as_conlleval, &err);
        }
    }
    free(line);
    nomen_scorer_free(scorer);
    return failed ? fail(&err) : 0;
}
