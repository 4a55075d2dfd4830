/*
 * Scores a model on a labelled file, and says how the sentences look to it. Build it against an installed nomen:
 *
 *     cc score.c $(pkg-config --cflags --libs nomen) -o score
 *     ./score my-model test.csv
 */
#include <nomen/nomen.h>
#include <stdio.h>

/* What the file holds, and its first sentence. */
static void show(const nomen_dataset *set) {
    nomen_dataset_info info = {.size = sizeof info};
    nomen_sentence_view s = {.size = sizeof s};
    nomen_dataset_get_info(set, &info);
    printf("%s: %zu sentences, %zu words, %s\n\n", info.path, info.n_sentences, info.n_words, nomen_format_name(info.format));
    if (!nomen_dataset_get_sentence(set, 0, &s)) { return; }
    for (size_t w = 0; w < s.n_words; w++) {
        printf("%.*s/%s ", (int)(s.words[w].end - s.words[w].start), s.text + s.words[w].start,
               nomen_dataset_get_tag(set, (size_t)s.tags[w]));
    }
    printf("\n\n");
}

static nomen_status score(const char *directory, const char *path, nomen_error *err) {
    nomen_dataset *gold = NULL;
    nomen_model *model = NULL;
    nomen_evaluation *evaluation = NULL;
    char *report = NULL;
    nomen_status status = nomen_dataset_load(path, NULL, &gold, err);
    if (status == NOMEN_OK) {
        show(gold);
        status = nomen_model_load(directory, NULL, &model, err);
    }
    if (status == NOMEN_OK) { status = nomen_evaluate_dataset(model, gold, NULL, &evaluation, err); }
    if (status == NOMEN_OK) { status = nomen_evaluation_to_text(evaluation, 0, &report, NULL, err); }
    if (status == NOMEN_OK) {
        printf("%s\nF1 %.4f\n", report, nomen_evaluation_get_score(evaluation, NOMEN_MEAN_MICRO).f1);
    }
    nomen_free(report);
    nomen_evaluation_free(evaluation);
    nomen_model_release(model);
    nomen_dataset_free(gold);
    return status;
}

int main(int argc, char **argv) {
    nomen_error err = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: score MODEL FILE\n");
        return 2;
    }
    if (score(argv[1], argv[2], &err) == NOMEN_OK) { return 0; }
    fprintf(stderr, "%s\n", err.message);
    return 1;
}
