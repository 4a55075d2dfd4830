/* The diagnosis fed by hand: where its thresholds are, and that what it remembers comes back from a file. */
#include "train/run.h"

#include "base/json.h"
#include "train/diagnosis/diagnosis.h"

#define SAYS(text, part) \
    do { \
        if (strstr((text), (part)) == NULL) { fail_msg("\"%s\" is not in: %s", (part), (text)); } \
    } while (0)

/* Fed by hand: single high losses are none of its business, and a loss that stays high is. */
static void test_exploded(void **state) {
    (void)state;
    nomen_train_options o;
    nomen_diagnosis d;
    nomen_error err = {0};
    nomen_train_init(&o, sizeof o);
    messages[0] = '\0';
    nomen_set_log(keep_message, NULL);
    nomen_diagnosis_start(&o, 17, 768, &d); /* guessing: ln 17, as 5 bits of ln 2: 3.47 */
    nomen_diagnosis_step step = {.weight = 10, .norm = 1};
    for (size_t i = 0; i < 200; i++) {
        step.step++;
        step.loss_sum = i < 5 || i % 20 == 19 ? 69 / 2 : 200; /* 3.4 is below 3.47: guessing counts */
        assert_int_equal(nomen_diagnosis_add_step(&d, &step, &err), NOMEN_OK);
    }
    assert_false(d.diverged);
    step.loss_sum = 69; /* 6.9 is below 2 * 3.47 */
    for (size_t i = 0; i < 50; i++) { assert_int_equal(nomen_diagnosis_add_step(&d, &step, &err), NOMEN_OK); }
    step.loss_sum = 70;
    for (size_t i = 0; i < 19; i++) { assert_int_equal(nomen_diagnosis_add_step(&d, &step, &err), NOMEN_OK); }
    assert_int_equal(nomen_diagnosis_add_step(&d, &step, &err), NOMEN_ERROR_DATA);
    assert_true(d.diverged && nomen_diagnosis_has(&d, NOMEN_TRAIN_DIVERGED));
    SAYS(err.message, "has been above");
    SAYS(err.message, "guessing gives 3.47");
    assert_string_equal(messages, ""); /* the error says it */
    nomen_diagnosis_clear(&d);
}

/* Gradients that grow while the loss falls are no finding; nor are those that grow less. */
static void test_norms(void **state) {
    (void)state;
    static const struct {
        double norm, loss;
        bool found;
    } cases[] = {{11, 2.0, true}, {11, 1.7, false}, {9, 2.0, false}, {5, 3.0, false}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nomen_train_options o;
        nomen_diagnosis d;
        nomen_train_init(&o, sizeof o);
        nomen_diagnosis_start(&o, 17, 768, &d);
        for (size_t i = 0; i < 2 * NOMEN_DIAGNOSIS_BLOCK; i++) {
            bool late = i >= NOMEN_DIAGNOSIS_BLOCK;
            nomen_diagnosis_step step = {.step = i + 1, .weight = 1, .norm = late ? cases[c].norm : 1};
            step.loss_sum = late ? cases[c].loss : 2;
            if (i % 3 == 0) { step.norm *= 100; } /* a median does not see them */
            assert_int_equal(nomen_diagnosis_add_step(&d, &step, NULL), NOMEN_OK);
        }
        assert_int_equal(nomen_diagnosis_has(&d, NOMEN_TRAIN_RATE_TOO_HIGH), cases[c].found);
        nomen_diagnosis_clear(&d);
    }
}

/* Epochs that find no entity count together, be they silent or wrong; what is advised goes by the model's own size. */
static void test_nothing_found(void **state) {
    (void)state;
    nomen_train_options o;
    nomen_diagnosis d;
    nomen_error err = {0};
    nomen_train_init(&o, sizeof o);
    o.learning_rate = 1.2e-3; /* three times what auto takes for 32 */
    nomen_diagnosis_start(&o, 5, 32, &d);
    nomen_report silent = {.loss = 0.5, .micro = {.support = 4}}, wrong = {.loss = 0.5, .micro = {.support = 4, .predicted = 2}};
    for (size_t e = 1; e <= 2; e++) {
        nomen_report *dev = e == 1 ? &silent : &wrong;
        const nomen_diagnosis_scores scores = {.epoch = e, .loss = 1.0, .train = dev, .dev = dev};
        assert_int_equal(d.n_findings, 0);
        assert_int_equal(nomen_diagnosis_add_scores(&d, &scores, &err), NOMEN_OK);
    }
    assert_true(nomen_diagnosis_has(&d, NOMEN_TRAIN_NOTHING_RIGHT));
    SAYS(d.findings[0].message, "F1 stays at 0");
    SAYS(d.findings[0].message, "Raise learning-rate (0.0012) to 0.0036");
    nomen_diagnosis_clear(&d);
}

/* What is in the memory comes back, and a file that has nonsense there is refused. */
static void test_state(void **state) {
    (void)state;
    nomen_train_options o;
    nomen_diagnosis d, back;
    nomen_error err = {0};
    nomen_buffer text = {0};
    json_t *json = NULL;
    nomen_train_init(&o, sizeof o);
    nomen_diagnosis_start(&o, 5, 768, &d);
    nomen_diagnosis_start(&o, 5, 768, &back);
    for (size_t i = 0; i < 40; i++) {
        const nomen_diagnosis_step step = {
            .step = i + 1, .weight = 3, .loss_sum = 0.1 * (double)(i % 7), .norm = 1.0 / (double)(i + 1)};
        assert_int_equal(nomen_diagnosis_add_step(&d, &step, &err), NOMEN_OK);
    }
    nomen_report dev = {.loss = 0.5, .micro = {.f1 = 0.25, .support = 4, .predicted = 2, .correct = 1}};
    for (size_t e = 1; e <= 3; e++) {
        const nomen_diagnosis_scores scores = {.epoch = e, .loss = 1.0 / (double)e, .train = &dev, .dev = &dev};
        dev.loss += 0.1;
        assert_int_equal(nomen_diagnosis_add_scores(&d, &scores, &err), NOMEN_OK);
    }
    assert_int_equal(d.n_findings, 1);
    nomen_json_out out = nomen_json_start(&text, &err);
    nomen_diagnosis_save(&d, NULL, &out);
    assert_int_equal(nomen_json_end_line(&out), NOMEN_OK);
    assert_int_equal(nomen_json_parse(text.data, text.size, "state", &json, &err), NOMEN_OK);
    assert_int_equal(nomen_diagnosis_load(&back, json, "state", &err), NOMEN_OK);
    for (size_t i = d.memory.n_norms; i < NOMEN_DIAGNOSIS_BLOCK; i++) { d.memory.norms[i] = back.memory.norms[i] = 0; }
    assert_memory_equal(&d.memory, &back.memory, sizeof d.memory);
    assert_string_equal(d.findings[0].message, back.findings[0].message);
    assert_int_equal(nomen_diagnosis_load(&back, NULL, "state", &err), NOMEN_OK); /* of an earlier version */
    json_object_set_new(json, "n_norms", json_integer(25));
    assert_int_equal(nomen_diagnosis_load(&back, json, "state", &err), NOMEN_ERROR_FORMAT);
    SAYS(err.message, "\"norms\" has 15 numbers");
    json_decref(json);
    nomen_buffer_clear(&text);
    nomen_diagnosis_clear(&d);
    nomen_diagnosis_clear(&back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exploded),
        cmocka_unit_test(test_norms),
        cmocka_unit_test(test_nothing_found),
        cmocka_unit_test(test_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
