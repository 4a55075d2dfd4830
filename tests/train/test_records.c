/* Records of a run: the CSV log, TensorBoard's events, and the page. */
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "train/recording.h"

#include "e2e/failing.h"
#include "eval/evaluate.h"
#include "train/record/run_logs.h"
#include "train/record/review.h"

#define HEADER "step,epoch,loss,learning_rate,grad_norm,dev_loss,dev_accuracy,dev_precision,dev_recall,dev_f1\r\n"

/* The rows are the entries of trainer_state.json and the scores of the epochs, with the same numbers to the bit. */
static void test_csv(void **state) {
    flow *f = *state;
    paths p;
    nomen_train_options o = recording_options(f, &p);
    nomen_train_result result = flow_train(&o);
    nomen_buffer csv = {0};
    read_file(p.csv, &csv);
    assert_memory_equal(csv.data, HEADER, sizeof HEADER - 1);
    static const size_t steps[] = {2, 3, 4, 6, 6};
    size_t n = 0, n_epochs = 0;
    for (const char *line = csv.data + sizeof HEADER - 1; *line != '\0'; n++) {
        char *end = strstr(line, "\r\n");
        assert_non_null(end);
        *end = '\0';
        double x[10];
        unsigned step = 0;
        if (sscanf(line, "%u,%lf,,,,%lf,%lf,%lf,%lf,%lf", &step, &x[1], &x[5], &x[6], &x[7], &x[8], &x[9]) == 7) {
            const nomen_train_epoch *e = &result.epochs[n_epochs++];
            assert_true(x[1] == (double)e->epoch && x[5] == e->dev_loss && x[6] == e->dev_token_accuracy);
            assert_true(x[7] == e->dev_precision && x[8] == e->dev_recall && x[9] == e->dev_f1);
        } else {
            assert_int_equal(sscanf(line, "%u,%lf,%lf,%lf,%lf,,,,,", &step, &x[1], &x[2], &x[3], &x[4]), 5);
            assert_true(x[1] == step / 3.0 && x[2] > 0 && x[3] >= 0 && x[4] > 0);
        }
        assert_true(n < 5);
        assert_int_equal(step, steps[n]);
        line = end + 2;
    }
    assert_int_equal(n, 5);
    assert_int_equal(n_epochs, 2);
    nomen_buffer_clear(&csv);
    nomen_train_result_clear(&result);
}

/* Without a dev part there are no evaluations, and no empty rows. */
static void test_no_dev(void **state) {
    flow *f = *state;
    paths p;
    nomen_train_options o = recording_options(f, &p);
    o.test = o.dev;
    o.dev = NULL;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    nomen_buffer file = {0};
    read_file(p.csv, &file);
    size_t n = 0;
    for (const char *at = file.data; (at = strstr(at, "\r\n")) != NULL; at += 2) { n++; }
    assert_int_equal(n, 4);
    read_file(p.report, &file);
    assert_null(strstr(file.data, "Sentences with most errors"));
    assert_non_null(strstr(file.data, "Scores on the test part"));
    nomen_buffer_clear(&file);
}

/* What is recorded changes nothing of what is trained. */
static void test_same_weights(void **state) {
    flow *f = *state;
    char plain[192];
    paths p;
    nomen_train_options o = recording_options(f, &p);
    nomen_train_result result = flow_train(&o);
    nomen_train_options other = flow_options(f);
    other.batch_size = o.batch_size;
    other.logging_steps = o.logging_steps;
    other.output = scratch_path(f->root, "plain", plain);
    nomen_train_result same = flow_train(&other);
    assert_true(flow_same_weights(o.output, plain));
    assert_memory_equal(&result.dev.micro, &same.dev.micro, sizeof same.dev.micro);
    assert_true(result.dev.loss == same.dev.loss);
    nomen_train_result_clear(&result);
    nomen_train_result_clear(&same);
}

/* Stopped anywhere, with rows behind the checkpoint as a killed run leaves them: the file of the run that was not stopped. */
static void test_resumed(void **state) {
    flow *f = *state;
    paths p;
    nomen_buffer whole = {0}, csv = {0}, page = {0};
    nomen_train_options o = recording_options(f, &p);
    o.epochs = 3;
    long n_questions = 1L << 40, left = n_questions;
    nomen_set_interrupt(stop_once, &left);
    nomen_train_result result = flow_train(&o);
    n_questions -= left;
    nomen_train_result_clear(&result);
    read_file(p.csv, &whole);
    o.save_on_stop = true;
    static const char *const tails[] = {"", "9,3,0.5,0.1,0.2,,,,,\r\n9,3,,,,1,", "7,2.33", "\r\n"};
    size_t n_saved = 0;
    for (long at = 0, i = 0; at < n_questions; at += n_questions / 12 + 1, i++) {
        nomen_error err = {0};
        scratch_remove(f->output);
        remove_records(&p);
        left = at;
        o.resume = false;
        nomen_status status = nomen_train(&o, NULL, NULL, &result, &err);
        nomen_train_result_clear(&result);
        left = -1;
        if (status != NOMEN_ERROR_INTERRUPTED || err.remedy != NOMEN_REMEDY_RESUME) { continue; }
        if (nomen_file_exists(p.report)) { /* there was a best epoch */
            read_file(p.report, &page);
            assert_non_null(strstr(page.data, "The run ended early (interrupted), at step "));
            assert_non_null(strstr(page.data, "Scores on the dev part"));
            assert_non_null(strstr(page.data, "Sentences with most errors"));
        }
        read_file(p.csv, &csv);
        assert_true(csv.size < whole.size && memcmp(csv.data, whole.data, csv.size) == 0);
        assert_int_equal(nomen_buffer_append_text(&csv, tails[(size_t)i % 4], &err), NOMEN_OK);
        assert_int_equal(nomen_file_write(p.csv, csv.data, csv.size, &err), NOMEN_OK);
        o.resume = true;
        result = flow_train(&o);
        nomen_train_result_clear(&result);
        read_file(p.csv, &csv);
        assert_same(&csv, &whole);
        assert_int_equal(flow_entries(p.board), 2);
        n_saved++;
    }
    assert_true(n_saved > 4);
    nomen_buffer_clear(&whole);
    nomen_buffer_clear(&csv);
    nomen_buffer_clear(&page);
}

/* A run that goes on writes what it has behind it to a log that is not there, and does not touch that of another run. */
static void test_resumed_elsewhere(void **state) {
    flow *f = *state;
    paths p;
    char other[192];
    nomen_error err = {0};
    nomen_buffer whole = {0}, csv = {0};
    nomen_train_options o = recording_options(f, &p);
    o.save_steps = 2;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    read_file(p.csv, &whole);
    o.resume = true;
    o.log_csv = scratch_path(f->root, "other.csv", other);
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    read_file(other, &csv);
    assert_same(&csv, &whole);
    flow_text(other, HEADER "1,0.3,0.5,0.1,0.2,,,,,\r\n");
    assert_int_equal(nomen_train(&o, NULL, NULL, &result, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "other.csv: is the log of another run"));
    read_file(other, &csv);
    assert_string_equal(csv.data, HEADER "1,0.3,0.5,0.1,0.2,,,,,\r\n");
    o.overwrite = true;
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    read_file(other, &csv);
    assert_same(&csv, &whole);
    nomen_buffer_clear(&whole);
    nomen_buffer_clear(&csv);
}

/* Words that are markup stay words; nothing is fetched; the sentences with errors are there, in their order. */
static void test_page(void **state) {
    flow *f = *state;
    paths p;
    nomen_train_options o = recording_options(f, &p);
    /* Types that the model lacks, and so errors whatever it says. */
    flow_text(f->dev,
              "<script>alert(1)</script> B-foe\nis O\n\"><em> B-<i>\n\nAnna B-foe\nmet O\nJohn B-foe\nin O\nParis B-foe\n");
    o.test = f->train;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    nomen_buffer page = {0};
    read_file(p.report, &page);
    assert_null(strstr(page.data, "<script"));
    assert_null(strstr(page.data, "<em>"));
    assert_null(strstr(page.data, "<i>"));
    assert_null(strstr(page.data, "://"));
    assert_null(strstr(page.data, "url("));
    assert_null(strstr(page.data, "src="));
    assert_null(strstr(page.data, "nan"));
    assert_non_null(strstr(page.data, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_non_null(strstr(page.data, "<pre>nomen train &lt;here&gt;</pre>"));
    static const char *const parts[] = {"<h2>Curves",
                                        "<h2>Scores on the test part",
                                        "<h2>Scores on the dev part",
                                        "<h2>Sentences with most errors",
                                        "Anna",
                                        "&lt;script&gt;",
                                        "<h2>The data",
                                        "<h2>The run",
                                        "learning-rate"};
    const char *at = page.data;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        at = strstr(at, parts[i]);
        if (at == NULL) { fail_msg("%s: is not where it should be", parts[i]); }
    }
    nomen_buffer_clear(&page);
}

/* A review's scores are those of an evaluation; its sentences are those with most errors. */
static void test_review(void **state) {
    flow *f = *state;
    nomen_error err = {0};
    nomen_buffer text = {0};
    nomen_train_options o = flow_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    for (size_t i = 0; i < 60; i++) { /* sentence i has i % 31 + 1 entities, each of an unknown type and so an error */
        for (size_t w = 0; w <= i % 31; w++) {
            assert_int_equal(nomen_buffer_printf(&text, &err, "Anna B-x%zu\nmet O\n", w % 3), NOMEN_OK);
        }
        assert_int_equal(nomen_buffer_append_text(&text, "\n", &err), NOMEN_OK);
    }
    flow_text(f->dev, text.data);
    nomen_dataset *read = NULL;
    assert_int_equal(nomen_dataset_load(f->dev, NULL, &read, &err), NOMEN_OK);
    nomen_model *model = NULL;
    const nomen_model_options options = {.size = sizeof options};
    assert_int_equal(nomen_model_load(f->output, &options, &model, &err), NOMEN_OK);
    nomen_predictor predictor = {0};
    assert_int_equal(nomen_predictor_create(model, 0, &predictor, &err), NOMEN_OK);
    const nomen_corpus_part part = {.dataset = read, .n = read->n_sentences};
    nomen_review review = {0};
    nomen_report scores = {0}, plain = {0};
    assert_int_equal(nomen_review_part(&predictor, &part, &review, &scores, &err), NOMEN_OK);
    assert_int_equal(nomen_evaluate(&predictor, read, NULL, 0, &plain, &err), NOMEN_OK);
    assert_memory_equal(&scores.micro, &plain.micro, sizeof plain.micro);
    assert_true(scores.accuracy == plain.accuracy && scores.n_words == plain.n_words);
    assert_true(isnan(scores.loss) == isnan(plain.loss));
    assert_int_equal(review.n_worst, NOMEN_REVIEW_SENTENCES);
    size_t n_gold = 0, n_predicted = 0;
    for (size_t i = 0; i < review.details.n_confusion; i++) {
        n_gold += review.details.confusion[i].gold != NULL ? review.details.confusion[i].n : 0;
        n_predicted += review.details.confusion[i].predicted != NULL ? review.details.confusion[i].n : 0;
    }
    assert_int_equal(n_gold, plain.micro.support);
    assert_int_equal(n_predicted, plain.micro.predicted);
    for (size_t i = 0; i < review.n_worst; i++) {
        const nomen_reviewed_sentence *s = &review.worst[i];
        size_t n_wrong = 0, n_side = 0;
        for (size_t m = 0; m < s->n_matches; m++) {
            n_wrong += s->matches[m].outcome != NOMEN_RIGHT;
            n_side += s->matches[m].gold.type >= 0;
        }
        assert_int_equal(n_wrong, s->n_wrong);
        assert_int_equal(n_side, s->sentence % 31 + 1);
        if (i == 0) { continue; }
        const nomen_reviewed_sentence *before = s - 1;
        size_t n = read->sentences[before->sentence].n_words, m = read->sentences[s->sentence].n_words;
        assert_true(before->n_wrong > s->n_wrong ||
                    (before->n_wrong == s->n_wrong && (n < m || (n == m && before->sentence < s->sentence))));
    }
    nomen_review_clear(&review);
    nomen_report_clear(&scores);
    nomen_report_clear(&plain);
    nomen_predictor_clear(&predictor);
    nomen_model_release(model);
    nomen_dataset_free(read);
    nomen_buffer_clear(&text);
}

/* RFC 3720, appendix B.4, and the usual check value. */
static void test_crc(void **state) {
    (void)state;
    unsigned char bytes[32] = {0};
    assert_int_equal(nomen_crc32c(bytes, 32), 0x8A9136AA);
    memset(bytes, 0xFF, 32);
    assert_int_equal(nomen_crc32c(bytes, 32), 0x62A8AB43);
    for (size_t i = 0; i < 32; i++) { bytes[i] = (unsigned char)i; }
    assert_int_equal(nomen_crc32c(bytes, 32), 0x46DD794E);
    assert_int_equal(nomen_crc32c("123456789", 9), 0xE3069283);
}

/* A full disk is one warning; the file keeps whole additions alone. */
static void test_full_disk(void **state) {
    flow *f = *state;
    char path[192];
    nomen_error err = {0};
    nomen_append_file file = NOMEN_APPEND_FILE_NONE;
    struct rlimit before;
    assert_int_equal(nomen_append_file_open(scratch_path(f->root, "log", path), true, &file, &err), NOMEN_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 100, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    char bytes[60];
    memset(bytes, 'x', sizeof bytes);
    nomen_append_file_add(&file, bytes, sizeof bytes, "the log");
    nomen_append_file_add(&file, bytes, sizeof bytes, "the log"); /* 40 of them have room */
    nomen_append_file_add(&file, bytes, sizeof bytes, "the log");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    nomen_append_file_close(&file);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 60);
    const char *warning = strstr(messages, "log: the log ends here: it can't be written: File too large. The run goes on");
    assert_non_null(warning);
    assert_null(strstr(warning + strlen("log: the log ends here"), "ends here"));
}

static nomen_status run_recording(flow *f, nomen_error *err) {
    paths p;
    nomen_train_options o = recording_options(f, &p);
    o.test = f->dev;
    o.save_steps = 2;
    o.overwrite = true;
    return flow_run(&o, err);
}

static nomen_status run_resuming(flow *f, nomen_error *err) {
    paths p;
    nomen_train_options o = recording_options(f, &p);
    o.test = f->dev;
    o.save_steps = 2;
    o.resume = true;
    return flow_run(&o, err);
}

/* Events of a few hundred runs would be read by each that follows. */
static void drop_events(flow *f, nomen_status status) {
    paths p;
    (void)recording_options(f, &p);
    (void)status;
    scratch_remove(p.board);
}

static void test_memory(void **state) {
    flow *f = *state;
    const operation recording = {"recording", run_recording, drop_events}, resuming = {"resuming", run_resuming, drop_events};
    fail_each(&recording, f, 397);
    fail_each(&resuming, f, 397);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN(test_csv),  RUN(test_no_dev), RUN(test_same_weights), RUN(test_resumed),   RUN(test_resumed_elsewhere),
        RUN(test_page), RUN(test_review), RUN(test_crc),          RUN(test_full_disk), RUN(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
