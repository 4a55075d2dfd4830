/* Whole corpora: the counts their documentation states, and GMB's two forms against each other. */
#include "support.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/labels.h"

static const char shared[] = NOMEN_SOURCE_DIR "/../shared/data";

/* Unpacks GMB into the build directory by Python's zipfile; false where the archive is absent. */
static bool unpack(const char *archive, const char *member, char out[512]) {
    char path[512];
    snprintf(path, sizeof path, "%s/gmb/%s", shared, archive);
    snprintf(out, 512, "%s/gmb/%s", NOMEN_BINARY_DIR, member);
    if (!nomen_file_exists(path)) { return false; }
    if (nomen_file_exists(out)) { return true; }
    pid_t child = fork();
    if (child == 0) {
        execlp("python3", "python3", "-m", "zipfile", "-e", path, NOMEN_BINARY_DIR "/gmb", (char *)NULL);
        _exit(127);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return nomen_file_exists(out);
}

static size_t count_begin(const nomen_dataset *set) {
    size_t n = 0;
    for (size_t i = 0; i < set->n_words; i++) { n += strncmp(set->tag_names[set->tags[i]], "B-", 2) == 0; }
    return n;
}

static void check_gmb(const nomen_dataset *set, nomen_data_format format) {
    assert_int_equal(set->format, format);
    assert_int_equal(set->scheme, NOMEN_SCHEME_IOB2);
    assert_int_equal(set->n_sentences, 47959);
    assert_int_equal(set->n_words, 1048575);
    assert_int_equal(set->n_tags, 17);
    assert_int_equal(set->n_skipped, 0);
    assert_int_equal(count_begin(set), 111891);
    assert_null(strstr(log_lines, "follow no tag of their type"));
}

/* Sentences whose text, words or tags differ. */
static size_t count_other(const nomen_dataset *a, const nomen_dataset *b) {
    size_t n = 0;
    for (size_t s = 0; s < a->n_sentences; s++) {
        const nomen_sentence *x = &a->sentences[s], *y = &b->sentences[s];
        assert_int_equal(x->n_words, y->n_words);
        bool same = x->text_size == y->text_size &&
                    memcmp(nomen_sentence_text(a, s), nomen_sentence_text(b, s), x->text_size) == 0 &&
                    memcmp(a->words + x->first_word, b->words + y->first_word, x->n_words * sizeof *a->words) == 0;
        n += !same;
        for (size_t w = 0; w < x->n_words; w++) {
            assert_string_equal(a->tag_names[a->tags[x->first_word + w]], b->tag_names[b->tags[y->first_word + w]]);
        }
    }
    return n;
}

static size_t count_words(const nomen_dataset *set, const char *word) {
    size_t n = 0;
    for (size_t s = 0; s < set->n_sentences; s++) {
        for (size_t w = 0; w < set->sentences[s].n_words; w++) {
            nomen_span span = set->words[set->sentences[s].first_word + w];
            n += span.end - span.start == strlen(word) &&
                 memcmp(nomen_sentence_text(set, s) + span.start, word, strlen(word)) == 0;
        }
    }
    return n;
}

static void test_gmb(void **state) {
    (void)state;
    char rows[512], tokens[512];
    if (!unpack("ner_text_labels.csv.zip", "ner.csv", rows) || !unpack("ner_dataset.csv.zip", "ner_dataset.csv", tokens)) {
        print_message("%s/gmb is not there: skipped\n", shared);
        skip();
    }
    nomen_dataset seed = read_shared(rows, NULL);
    check_gmb(&seed, NOMEN_DATA_SEED_CSV);
    nomen_dataset latin = read_shared(tokens, "latin-1");
    check_gmb(&latin, NOMEN_DATA_LONG_CSV);
    nomen_dataset cp1252 = read_shared(tokens, NULL);
    check_gmb(&cp1252, NOMEN_DATA_LONG_CSV);
    assert_non_null(strstr(log_lines, "byte 0x85 is not UTF-8, so the file is read as cp1252"));

    /* The form with a row a sentence was made by reading the other as latin-1: the 31 bytes from 0x80
     * to 0x9F, which cp1252 reads as dashes and quotes, are control characters there. */
    assert_int_equal(count_other(&seed, &latin), 0);
    assert_int_equal(count_words(&seed, "\xc2\x92"), count_words(&latin, "\xc2\x92"));
    assert_true(count_words(&seed, "\xc2\x92") > 0);
    assert_int_equal(count_words(&cp1252, "\xc2\x92"), 0);
    assert_int_equal(count_words(&cp1252, "\xe2\x80\x99"), count_words(&latin, "\xc2\x92"));
    assert_in_range(count_other(&seed, &cp1252), 1, 31);

    assert_int_equal(count_words(&seed, "None"), 10);
    assert_int_equal(count_words(&latin, "None"), 10);
    assert_true(count_words(&seed, "\"") > 0);
    assert_int_equal(count_words(&seed, "\""), count_words(&latin, "\""));
    assert_int_equal(seed.sentences[47958].line, 47960);

    nomen_labels labels = {0};
    assert_int_equal(nomen_labels_collect(&seed, NULL, 0, &labels, NULL), NOMEN_OK);
    assert_int_equal(labels.n, 17);
    assert_string_equal(labels.names[0], "O");
    assert_string_equal(labels.names[16], "I-tim");
    nomen_labels_clear(&labels);
    nomen_dataset_clear(&seed);
    nomen_dataset_clear(&latin);
    nomen_dataset_clear(&cp1252);
}

static void test_wnut17(void **state) {
    (void)state;
    static const struct {
        const char *file;
        size_t n_sentences, n_words;
    } parts[] = {{"train", 3394, 62730}, {"dev", 1009, 15733}, {"test", 1287, 23394}};
    for (size_t i = 0; i < 3; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/wnut17/%s.conll", shared, parts[i].file);
        nomen_dataset set = read_shared(path, NULL);
        assert_int_equal(set.format, NOMEN_DATA_CONLL);
        assert_int_equal(set.scheme, NOMEN_SCHEME_IOB2);
        assert_int_equal(set.n_sentences, parts[i].n_sentences);
        assert_int_equal(set.n_words, parts[i].n_words);
        assert_int_equal(set.n_tags, 13);
        nomen_labels labels = {0};
        assert_int_equal(nomen_labels_collect(&set, NULL, 0, &labels, NULL), NOMEN_OK);
        assert_true(nomen_labels_find(&labels, "B-creative-work", 15) > 0);
        nomen_labels_clear(&labels);
        nomen_dataset_clear(&set);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gmb), cmocka_unit_test(test_wnut17)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
