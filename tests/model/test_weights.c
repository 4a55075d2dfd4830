/*
 * Weights without Python: what is saved loads to the same bits, and what is wrong is named. The
 * containers of other writers, damage and hostile files are in tests/parity/model_formats.py and
 * model_damage.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/weights.h"

static char directory[] = "/tmp/nomen-weights-XXXXXX";
static char path[sizeof directory + 32];

/* A model of a few hundred numbers with k labels. */
typedef struct model {
    nomen_config config;
    nomen_param_table table;
    nomen_real *block;
} model;

static model make_model(size_t k, size_t intermediate) {
    char names[3][2] = {"a", "b", "c"};
    char *labels[3] = {names[0], names[1], names[2]};
    model m = {.config = {.vocab_size = 5,
                          .hidden_size = 6,
                          .num_hidden_layers = 2,
                          .num_attention_heads = 2,
                          .intermediate_size = intermediate,
                          .max_position_embeddings = 4,
                          .type_vocab_size = 1}};
    assert_int_equal(nomen_config_set_labels(&m.config, labels, k, NULL), NOMEN_OK);
    assert_int_equal(nomen_param_table_create(&m.config, &m.table, NULL), NOMEN_OK);
    m.block = nomen_mem_new_aligned(m.table.n_elements, sizeof *m.block);
    memset(m.block, 0x7b, m.table.n_elements * sizeof *m.block);
    return m;
}

static void free_model(model *m) {
    nomen_mem_free(m->block);
    nomen_param_table_clear(&m->table);
    nomen_config_clear(&m->config);
}

static int make_directory(void **state) {
    (void)state;
    if (mkdtemp(directory) == NULL) { return -1; }
    snprintf(path, sizeof path, "%s/model.safetensors", directory);
    return 0;
}

static int remove_directory(void **state) {
    (void)state;
    return rmdir(directory);
}

static void test_start(void **state) {
    (void)state;
    model m = make_model(3, 9), other = make_model(3, 9);
    nomen_weights_start(&m.table, m.block, 0.02f, 5, false);
    nomen_weights_start(&other.table, other.block, 0.02f, 5, false);
    assert_memory_equal(m.block, other.block, m.table.n_elements * sizeof *m.block);
    for (size_t i = 0; i < m.table.n_rows; i++) {
        const nomen_param *row = &m.table.rows[i];
        double mean = 0;
        for (size_t e = 0; e < row->size; e++) {
            nomen_real value = m.block[row->offset + e];
            mean += (double)value / (double)row->size;
            if (row->start != NOMEN_START_NORMAL) { assert_true(value == (row->start == NOMEN_START_ONE ? 1 : 0)); }
            assert_true(row->start != NOMEN_START_NORMAL || fabs((double)value) < 0.12 + 1e-6); /* six deviations */
        }
        /* five deviations of a mean of `size` numbers */
        assert_true(row->start != NOMEN_START_NORMAL || fabs(mean) < 5 * 0.02 / sqrt((double)row->size));
    }
    nomen_weights_start(&other.table, other.block, 0.02f, 6, true);
    size_t head = m.table.classifier_weight;
    assert_memory_equal(m.block, other.block, head * sizeof *m.block);
    assert_memory_not_equal(m.block + head, other.block + head, 18 * sizeof *m.block);
    free_model(&m);
    free_model(&other);
}

static void test_save_and_load(void **state) {
    (void)state;
    model m = make_model(3, 9), again = make_model(3, 9);
    nomen_weights_report report = {0};
    nomen_weights_start(&m.table, m.block, 0.5f, 1, false);
    assert_int_equal(nomen_weights_save(directory, &m.table, m.block, NULL), NOMEN_OK);
    assert_int_equal(nomen_weights_load(directory, &again.table, again.block, &report, NULL), NOMEN_OK);
    assert_memory_equal(m.block, again.block, m.table.n_elements * sizeof *m.block); /* gaps are zeros in both */
    assert_true(report.head_loaded && !report.head_other_size && report.n_unused == 0);
    assert_string_equal(report.file, "model.safetensors");
    assert_string_equal(report.dtype, "F32");
    free_model(&m);
    free_model(&again);
}

static void test_other_head_and_shape(void **state) {
    (void)state;
    model two = make_model(2, 9), wide = make_model(3, 10);
    nomen_weights_report report = {0};
    nomen_error err = {0};
    nomen_weights_start(&two.table, two.block, 0.5f, 9, false);
    nomen_real kept = two.block[two.table.classifier_weight];
    assert_int_equal(nomen_weights_load(directory, &two.table, two.block, &report, NULL), NOMEN_OK);
    assert_true(!report.head_loaded && report.head_other_size && two.block[two.table.classifier_weight] == kept);
    assert_int_equal(nomen_weights_load(directory, &wide.table, wide.block, &report, &err), NOMEN_ERROR_FORMAT);
    assert_non_null(strstr(err.message, "intermediate.dense"));
    assert_non_null(strstr(err.message, "[9"));
    assert_non_null(strstr(err.message, "[10"));
    free_model(&two);
    free_model(&wide);
}

static void test_missing(void **state) {
    (void)state;
    static const char header[] = "{\"bert.embeddings.word_embeddings.weight\":{\"dtype\":\"F32\",\"shape\":[5,6],"
                                 "\"data_offsets\":[0,120]}}";
    uint8_t file[8 + sizeof header - 1 + 120] = {sizeof header - 1};
    model m = make_model(3, 9);
    nomen_error err = {0}, none = {0};
    memcpy(file + 8, header, sizeof header - 1);
    assert_int_equal(nomen_file_write(path, file, sizeof file, NULL), NOMEN_OK);
    assert_int_equal(nomen_weights_load(directory, &m.table, m.block, NULL, &err), NOMEN_ERROR_FORMAT);
    assert_non_null(strstr(err.message, "is missing"));
    unlink(path);
    assert_int_equal(nomen_weights_load(directory, &m.table, m.block, NULL, &none), NOMEN_ERROR_IO);
    assert_non_null(strstr(none.message, directory));
    free_model(&m);
}

/* Our own requests; jansson's are test_config's business. */
static void test_allocations_fail(void **state) {
    (void)state;
    model m = make_model(3, 9);
    nomen_weights_start(&m.table, m.block, 0.5f, 1, false);
    long live = nomen_mem_test_live();
    for (long n = 0, fired = 1; fired; n++) {
        nomen_error err = {0};
        nomen_mem_test_fail(n, 0);
        nomen_status status = nomen_weights_save(directory, &m.table, m.block, &err);
        bool written = nomen_file_exists(path);
        if (status == NOMEN_OK) { status = nomen_weights_load(directory, &m.table, m.block, NULL, &err); }
        fired = nomen_mem_test_requests() > n;
        nomen_mem_test_fail(-1, 0);
        assert_int_equal(status, fired ? NOMEN_ERROR_MEMORY : NOMEN_OK);
        assert_int_equal(err.status, status);
        assert_int_equal(nomen_mem_test_live(), live);
        if (written) { unlink(path); }
        assert_true(n < 1000);
    }
    free_model(&m); /* remove_directory fails where a partial file was left */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),   cmocka_unit_test(test_save_and_load),    cmocka_unit_test(test_other_head_and_shape),
        cmocka_unit_test(test_missing), cmocka_unit_test(test_allocations_fail),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
