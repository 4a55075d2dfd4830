/*
 * int8 weights in files: what is saved loads to the same bytes as quantising while loading, and every kind
 * of damage is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/tensor_file.h"
#include "model/weights.h"
#include "support/effort.h"

static char directory[] = "/tmp/nomen-int8-XXXXXX";
static char path[sizeof directory + 32];

/* A model of a few hundred numbers, kept as `dense` says. */
typedef struct model {
    nomen_config config;
    nomen_param_table table;
    nomen_real *block;
    nomen_dense_weights int8;
    nomen_dense_place end;
} model;

static void make_model(model *m, nomen_dense_kind dense, bool quantize) {
    char name[] = "O";
    char *labels[] = {name};
    *m = (model){.config = {.vocab_size = 5,
                            .hidden_size = 6,
                            .num_hidden_layers = 2,
                            .num_attention_heads = 2,
                            .intermediate_size = 9,
                            .max_position_embeddings = 4,
                            .type_vocab_size = 1,
                            .dense = dense,
                            .quantize = quantize}};
    assert_int_equal(nomen_config_set_labels(&m->config, labels, 1, NULL), NOMEN_OK);
    assert_int_equal(nomen_param_table_create(&m->config, &m->table, NULL), NOMEN_OK);
    m->block = nomen_mem_new_aligned(m->table.n_elements, sizeof *m->block);
    memset(m->block, 0x7b, m->table.n_elements * sizeof *m->block);
    if (dense != NOMEN_DENSE_FLOAT) { assert_int_equal(nomen_dense_weights_create(&m->config, &m->int8, NULL), NOMEN_OK); }
    m->end = nomen_dense_place_of(&m->config, m->config.num_hidden_layers, NOMEN_DENSE_QKV);
    if (dense != NOMEN_DENSE_FLOAT) { memset(m->int8.packed, 0x7b, m->end.packed); }
}

static void free_model(model *m) {
    nomen_dense_weights_clear(&m->int8);
    nomen_mem_free(m->block);
    nomen_param_table_clear(&m->table);
    nomen_config_clear(&m->config);
}

static nomen_status load(model *m, nomen_error *err) {
    return nomen_weights_load_int8(directory, &m->table, m->block, &m->int8, NULL, err);
}

/* The file of a random model whose layer 1 has a row of zeros (row 3 of its feed-forward half). */
static void save(bool int8) {
    model m;
    make_model(&m, NOMEN_DENSE_FLOAT, false);
    nomen_weights_start(&m.table, m.block, 0.5f, 3, false);
    for (size_t i = 0; i < 6; i++) { m.block[m.table.layers[1].weight[NOMEN_DENSE_UP] + 3 * 6 + i] = 0; }
    assert_int_equal(int8 ? nomen_weights_save_int8(directory, &m.table, m.block, 8, NULL)
                          : nomen_weights_save(directory, &m.table, m.block, NULL),
                     NOMEN_OK);
    free_model(&m);
}

static int set_up(void **state) {
    (void)state;
    if (mkdtemp(directory) == NULL) { return -1; }
    snprintf(path, sizeof path, "%s/model.safetensors", directory);
    save(true);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void test_save_and_load(void **state) {
    (void)state;
    model stored, made;
    make_model(&stored, NOMEN_DENSE_INT8, false);
    make_model(&made, NOMEN_DENSE_INT8, true);
    size_t n_bytes = 0, n_float = 0;
    assert_int_equal(load(&stored, NULL), NOMEN_OK);
    assert_int_equal(nomen_weights_size(directory, &n_bytes, NULL), NOMEN_OK);
    save(false);
    assert_int_equal(load(&made, NULL), NOMEN_OK);
    assert_int_equal(nomen_weights_size(directory, &n_float, NULL), NOMEN_OK);
    assert_true(n_bytes > 2000 && n_float > 2000 && n_bytes != n_float);
    assert_memory_equal(stored.block, made.block, stored.table.n_elements * sizeof *stored.block);
    assert_memory_equal(stored.int8.scale, made.int8.scale, stored.end.scale * sizeof *stored.int8.scale);
    for (size_t layer = 0; layer < 2; layer++) {
        for (int part = 0; part < NOMEN_DENSE_PARTS; part++) { /* what lies between is nobody's */
            nomen_dense_place place = nomen_dense_place_of(&stored.config, layer, (nomen_dense_part)part);
            assert_memory_equal(stored.int8.packed + place.packed, made.int8.packed + place.packed,
                                nomen_op_dense_packed_size(NOMEN_DENSE_INT8, place.in, place.out));
        }
    }
    save(true);
    free_model(&stored);
    free_model(&made);
}

/* With 7 bits every part is found narrow, with 8 none, and the scales are the larger ones. */
static void test_weight_bits(void **state) {
    (void)state;
    model floats, stored[2];
    make_model(&floats, NOMEN_DENSE_FLOAT, false);
    nomen_weights_start(&floats.table, floats.block, 0.5f, 3, false);
    for (int i = 0; i < 2; i++) {
        make_model(&stored[i], NOMEN_DENSE_INT8, false);
        assert_int_equal(nomen_weights_save_int8(directory, &floats.table, floats.block, 7 + i, NULL), NOMEN_OK);
        assert_int_equal(load(&stored[i], NULL), NOMEN_OK);
        for (size_t layer = 0; layer < 2; layer++) {
            for (int part = 0; part < NOMEN_DENSE_PARTS; part++) {
                nomen_dense_place place = nomen_dense_place_of(&stored[i].config, layer, (nomen_dense_part)part);
                assert_true(nomen_op_int8_is_narrow(stored[i].int8.packed + place.packed, place.in, place.out) == (i == 0));
            }
        }
    }
    for (size_t i = 0; i < stored[0].end.scale; i++) {
        float seven = stored[0].int8.scale[i], eight = stored[1].int8.scale[i];
        assert_true(fabsf(seven * 64 - eight * 127) <= seven * 64 * 0x1p-22f); /* both are the largest weight, rounded once */
    }
    for (int i = 0; i < 2; i++) { free_model(&stored[i]); }
    free_model(&floats);
    save(true);
}

/* Where a tensor's bytes begin in the file. */
static size_t find(const char *name) {
    nomen_tensor_file file;
    size_t at = 0;
    assert_int_equal(nomen_tensor_file_open_safetensors(path, &file, NULL), NOMEN_OK);
    for (size_t i = 0; i < file.n_tensors; i++) {
        if (strcmp(file.tensors[i].name, name) != 0) { continue; }
        at = (size_t)(file.storages[0].bytes - file.mapping.data) + file.tensors[i].offset;
    }
    nomen_tensor_file_close(&file);
    assert_true(at > 0);
    return at;
}

/* Loads the file as `bytes` are now, which is to fail as said; NULL: to succeed. */
static void expect(const nomen_buffer *bytes, const char *says) {
    model m;
    make_model(&m, NOMEN_DENSE_INT8, false);
    nomen_error err = {0};
    assert_int_equal(nomen_file_write(path, bytes->data, bytes->size, NULL), NOMEN_OK);
    nomen_status status = load(&m, &err);
    if (says == NULL) {
        assert_int_equal(status, NOMEN_OK);
    } else if (status == NOMEN_OK || strstr(err.message, says) == NULL || strstr(err.message, path) == NULL) {
        fail_msg("status %d, \"%s\" does not say \"%s\"", (int)status, err.message, says);
    }
    free_model(&m);
}

/* Overwrites the first `from` of the header by a text of the same length. */
static void edit(nomen_buffer *bytes, const char *from, const char *to) {
    char *at = memmem(bytes->data, bytes->size, from, strlen(from));
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

static void test_headers(void **state) {
    (void)state;
#define QUERY "bert.encoder.layer.1.attention.self.query.weight"
    static const struct {
        const char *from, *to, *says;
    } cases[] = {
        {QUERY "_scale\"", QUERY "_scalf\"", QUERY "_scale\" is missing"},
        {QUERY "_scale\"", "bert.encoder.layer.0.attention.self.query.weight_scale\"", "duplicate"},
        {QUERY "\"", "bert.encoder.layer.0.attention.self.query.weight\"", "duplicate"},
        {QUERY "\":{\"dtype\":\"I8\"", QUERY "\":{\"dtype\":\"U8\"", "stored as U8"},
        {QUERY "_scale\":{\"dtype\":\"F32\",\"shape\":[6,1]", QUERY "_scale\":{\"dtype\":\"F32\",\"shape\":[1,6]",
         "expected [6, 1]"},
        {QUERY "_scale\":{\"dtype\":\"F32\",\"shape\":[6,1]", QUERY "_scale\":{\"dtype\":\"F32\",\"shape\":[2,3]",
         "expected [6, 1]"},
        {QUERY "_scale\":{\"dtype\":\"F32\"", QUERY "_scale\":{\"dtype\":\"I32\"", "stored as I32"},
        {"layer.1.intermediate.dense.weight\":{\"dtype\":\"I8\",\"shape\":[9,6]",
         "layer.1.intermediate.dense.weight\":{\"dtype\":\"I8\",\"shape\":[6,9]", "has the shape [6, 9]"},
        {"word_embeddings.weight\":{\"dtype\":\"F32\"", "word_embeddings.weight\":{\"dtype\":\"I32\"", "stored as I32"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_buffer bytes = {0};
        assert_int_equal(nomen_file_read(path, &bytes, NULL), NOMEN_OK);
        edit(&bytes, cases[i].from, cases[i].to);
        expect(&bytes, cases[i].says);
        nomen_buffer_clear(&bytes);
        save(true);
    }
}

static void test_numbers(void **state) {
    (void)state;
    static const float bad[] = {0, -0.25f, NAN, INFINITY, -INFINITY};
    nomen_buffer bytes = {0};
    size_t scale = find(QUERY "_scale"), q = find(QUERY), zeros = find("bert.encoder.layer.1.intermediate.dense.weight_scale");
    assert_int_equal(nomen_file_read(path, &bytes, NULL), NOMEN_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        float kept, none = 0;
        memcpy(&kept, bytes.data + scale + 4 * 4, sizeof kept);
        memcpy(bytes.data + scale + 4 * 4, &bad[i], sizeof kept);
        expect(&bytes, "the scale of row 4 is");
        memcpy(bytes.data + scale + 4 * 4, &kept, sizeof kept);
        memcpy(&kept, bytes.data + zeros + 3 * 4, sizeof kept);
        memcpy(bytes.data + zeros + 3 * 4, &bad[i], sizeof kept);
        expect(&bytes, memcmp(&bad[i], &none, 4) == 0 ? NULL : "the scale of row 3 is"); /* 0 will do for zeros */
        memcpy(bytes.data + zeros + 3 * 4, &kept, sizeof kept);
    }
    bytes.data[q + 7] = (char)-128;
    expect(&bytes, "contains -128");
    bytes.data[q + 7] = (char)-127;
    expect(&bytes, NULL);
    nomen_buffer_clear(&bytes);
    save(true);
}

/* Cut off anywhere, or with a byte changed: an error or a model, and no block left. */
static void test_damage(void **state) {
    (void)state;
    nomen_buffer bytes = {0};
    nomen_rng rng;
    long live = nomen_mem_test_live();
    nomen_rng_start(&rng, 8, NOMEN_RNG_SHUFFLE, 2);
    assert_int_equal(nomen_file_read(path, &bytes, NULL), NOMEN_OK);
    size_t n_bytes = bytes.size;
    for (size_t i = 0; i < effort(2000); i++) {
        size_t at = nomen_rng_next(&rng) % n_bytes;
        char kept = bytes.data[at];
        bool cut = i % 4 == 0;
        model m;
        make_model(&m, NOMEN_DENSE_INT8, false);
        nomen_error err = {0};
        bytes.data[at] = (char)nomen_rng_next(&rng);
        assert_int_equal(nomen_file_write(path, bytes.data, cut ? at : n_bytes, NULL), NOMEN_OK);
        nomen_status status = load(&m, &err);
        assert_true(!cut || status != NOMEN_OK);
        assert_true(status == NOMEN_OK || strstr(err.message, path) != NULL);
        bytes.data[at] = kept;
        free_model(&m);
    }
    nomen_buffer_clear(&bytes);
    assert_int_equal(nomen_mem_test_live(), live);
    save(true);
}

static void test_allocations_fail(void **state) {
    (void)state;
    model floats, int8, made;
    make_model(&floats, NOMEN_DENSE_FLOAT, false);
    make_model(&int8, NOMEN_DENSE_INT8, false);
    make_model(&made, NOMEN_DENSE_INT8, true);
    nomen_weights_start(&floats.table, floats.block, 0.5f, 1, false);
    long live = nomen_mem_test_live();
    for (long n = 0, fired = 1; fired; n++) {
        nomen_error err = {0};
        nomen_mem_test_fail(n, 0);
        nomen_status status = nomen_weights_save_int8(directory, &floats.table, floats.block, 8, &err);
        if (status == NOMEN_OK) { status = load(&int8, &err); }
        if (status == NOMEN_OK) { status = nomen_weights_save(directory, &floats.table, floats.block, &err); }
        if (status == NOMEN_OK) { status = load(&made, &err); }
        fired = nomen_mem_test_requests() > n;
        nomen_mem_test_fail(-1, 0);
        assert_int_equal(status, fired ? NOMEN_ERROR_MEMORY : NOMEN_OK);
        assert_int_equal(err.status, status);
        assert_int_equal(nomen_mem_test_live(), live);
        assert_true(n < 2000);
    }
    free_model(&floats);
    free_model(&int8);
    free_model(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_save_and_load), cmocka_unit_test(test_weight_bits), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_damage),      cmocka_unit_test(test_allocations_fail),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
