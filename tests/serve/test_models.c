/* Models of a service: names, directories, changes at run time, and who keeps an old one. */
#include "serve/models.h"

#include <semaphore.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

static char root[64];
static nomen_serve_settings settings;
static char items[2][256];
static char *list[2];
static nomen_models *models;
static sem_t ready;
static atomic_int n_done;

static void write_model(const char *name, uint64_t seed) {
    char path[192];
    nomen_error err = {0};
    tiny_model spec = tiny_model_defaults();
    spec.seed = seed;
    if (tiny_model_write(scratch_path(root, name, path), &spec, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
}

static void ticket_done(void *user, nomen_ticket *ticket) {
    const nomen_served *served = user;
    (void)ticket;
    assert_non_null(served->name);
    atomic_fetch_add(&n_done, 1);
}

static int set_up(void **state) {
    (void)state;
    char path[192];
    sem_init(&ready, 0, 0);
    if (scratch_make(root) == NULL) { return -1; }
    assert_int_equal(mkdir(scratch_path(root, "models", path), 0700), 0);
    write_model("first", 1);
    write_model("models/second", 2);
    write_model("models/damaged", 3);
    assert_int_equal(mkdir(scratch_path(root, "models/org", path), 0700), 0);
    write_model("models/org/third", 4);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(root);
    return nomen_mem_test_live() == 0 ? 0 : -1;
}

static void start(void) {
    static char directory[192];
    nomen_error err = {0};
    char path[192];
    snprintf(items[0], sizeof items[0], "%s/", scratch_path(root, "first", path));
    snprintf(items[1], sizeof items[1], "my/name=%s", scratch_path(root, "first", path));
    list[0] = items[0];
    list[1] = items[1];
    settings = (nomen_serve_settings){.models = {.items = list, .n = 2}, .threads = 1, .max_body = 1000};
    settings.models_dir = (char *)(uintptr_t)scratch_path(root, "models", directory);
    if (nomen_models_create(&settings, ticket_done, &models, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
}

static void stop(void) {
    nomen_models_free(models);
}

static void order_done(void *user, nomen_model_order *order) {
    assert_ptr_equal(user, &ready);
    (void)order;
    sem_post(&ready);
}

/* A change, awaited. */
static nomen_model_order change(nomen_model_change what, const char *name, const char *directory) {
    nomen_model_order order = {.change = what, .done = order_done, .user = &ready};
    snprintf(order.name, sizeof order.name, "%s", name);
    order.directory = (char *)(uintptr_t)directory;
    nomen_models_change(models, &order);
    while (sem_wait(&ready) != 0) {}
    return order;
}

static void expect(nomen_model_order order, unsigned http_status, const char *part) {
    if (order.http_status != http_status || strstr(order.error.message, part) == NULL) {
        fail_msg("%u %s", order.http_status, order.error.message);
    }
}

static bool is_there(const char *name) {
    nomen_served *served = nomen_models_find(models, name);
    nomen_served_drop(served);
    return served != NULL;
}

static void test_names(void **state) {
    (void)state;
    static const char *const good[] = {"a", "ner", "org/name", "A.b_c-1", "0", "a..b"};
    static const char *const bad[] = {"",      ".",   "..", "../a", "a/..",     "a/../b", "/a", "a/",   "a//b",
                                      "a/b/c", "a b", "-a", "a/.b", "\xC3\xA4", "a=b",    ".a", "a\nb", "a\\b"};
    char name[98];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(nomen_served_check_name(good[i], NULL), NOMEN_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (nomen_served_check_name(bad[i], NULL) == NOMEN_OK) { fail_msg("\"%s\" is taken for a name", bad[i]); }
    }
    memset(name, 'a', 97);
    name[97] = '\0';
    assert_int_equal(nomen_served_check_name(name, NULL), NOMEN_ERROR_DATA);
    name[96] = '\0';
    assert_int_equal(nomen_served_check_name(name, NULL), NOMEN_OK);
}

static void test_start(void **state) {
    (void)state;
    start();
    nomen_served *served = nomen_models_find(models, NULL);
    assert_non_null(served);
    assert_string_equal(served->name, "first");
    assert_true(served->bytes_per_second > 0 && served->load_seconds > 0 && served->loaded_at > 1600000000);
    nomen_served_drop(served);
    assert_true(is_there("my/name"));
    assert_true(is_there(""));
    assert_false(is_there("second"));
    assert_true(nomen_models_are_ready(models));
    assert_int_equal(atomic_load(&n_done), 0); /* the first texts are nobody's */
    stop();
}

static void fail_to_start(const char *first, const char *second, const char *part) {
    char *names[2] = {(char *)(uintptr_t)first, (char *)(uintptr_t)second};
    const nomen_serve_settings wrong = {.models = {.items = names, .n = second != NULL ? 2 : 1}, .threads = 1};
    nomen_models *none = NULL;
    nomen_error err = {0};
    assert_int_not_equal(nomen_models_create(&wrong, NULL, &none, &err), NOMEN_OK);
    if (strstr(err.message, part) == NULL) { fail_msg("%s", err.message); }
}

static void test_wrong_starts(void **state) {
    (void)state;
    char path[192];
    scratch_path(root, "first", path);
    fail_to_start(path, path, "two models are called first");
    fail_to_start("x=/nowhere", NULL, "model x: /nowhere: No such file or directory");
    fail_to_start("/nowhere/a b", NULL, "can't be the name of a model");
}

static void test_load_and_unload(void **state) {
    (void)state;
    start();
    expect(change(NOMEN_MODEL_LOAD, "second", NULL), 200, "");
    expect(change(NOMEN_MODEL_LOAD, "org/third", NULL), 200, "");
    expect(change(NOMEN_MODEL_LOAD, "another", "second"), 200, "");
    assert_true(is_there("second") && is_there("org/third") && is_there("another"));
    expect(change(NOMEN_MODEL_UNLOAD, "second", NULL), 200, "");
    assert_false(is_there("second"));
    expect(change(NOMEN_MODEL_UNLOAD, "second", NULL), 404, "no model is called \"second\"");
    expect(change(NOMEN_MODEL_UNLOAD, "first", NULL), 409, "model first is the default model");
    expect(change(NOMEN_MODEL_RELOAD, "second", NULL), 404, "no model is called");
    expect(change(NOMEN_MODEL_LOAD, "absent", NULL), 404, "model absent: ");
    expect(change(NOMEN_MODEL_LOAD, "a b", NULL), 422, "can't be the name");
    stop();
}

static void test_confined(void **state) {
    (void)state;
    char target[192], place[192];
    start();
    assert_int_equal(symlink(scratch_path(root, "first", target), scratch_path(root, "models/link", place)), 0);
    assert_int_equal(symlink("second", scratch_path(root, "models/inner", place)), 0);
    expect(change(NOMEN_MODEL_LOAD, "link", NULL), 422, "does not lie below the service's models directory");
    expect(change(NOMEN_MODEL_LOAD, "inner", NULL), 200, "");
    expect(change(NOMEN_MODEL_LOAD, "x", "../first"), 422, "without \"..\"");
    expect(change(NOMEN_MODEL_LOAD, "x", "second/.."), 422, "without \"..\"");
    expect(change(NOMEN_MODEL_LOAD, "x", target), 404, "model x: "); /* below the directory, where it is not */
    expect(change(NOMEN_MODEL_LOAD, "x", "."), 422, "does not lie below");
    settings.models_dir = NULL;
    expect(change(NOMEN_MODEL_LOAD, "x", "second"), 422, "has no directory of models");
    stop();
    unlink(scratch_path(root, "models/link", place));
    unlink(scratch_path(root, "models/inner", place));
}

/* Who holds the old one has it until it gives it back, and its queue works; who asks anew has the new one. */
static void test_replaced(void **state) {
    (void)state;
    const nomen_text text = {.text = "bill gates lives in london", .n_bytes = 26};
    const nomen_request request = {.size = sizeof request, .user = &ready};
    nomen_ticket *ticket = NULL;
    nomen_results *results = NULL;
    nomen_error err = {0};
    start();
    nomen_served *old = nomen_models_find(models, "first");
    expect(change(NOMEN_MODEL_RELOAD, "first", NULL), 200, "");
    nomen_served *now = nomen_models_find(models, "first");
    assert_ptr_not_equal(old, now);
    int before = atomic_load(&n_done);
    assert_int_equal(nomen_queue_submit(old->queue, &text, 1, &request, NOMEN_TEXTS_COPIED, &ticket, &err), NOMEN_OK);
    assert_int_equal(nomen_ticket_wait(ticket, &results, &err), NOMEN_OK);
    nomen_ticket_free(ticket);
    nomen_results_free(results);
    nomen_served_drop(old); /* waits for its queue's thread, and so for its last call of `done` */
    assert_int_equal(atomic_load(&n_done), before + 1);
    nomen_served_drop(now);
    stop();
}

/* A model that is damaged now fails alone, and what was loaded of it stays. */
static void test_damaged(void **state) {
    (void)state;
    char path[192], weights[192];
    start();
    expect(change(NOMEN_MODEL_LOAD, "damaged", NULL), 200, "");
    nomen_served *old = nomen_models_find(models, "damaged");
    assert_int_equal(truncate(scratch_path(root, "models/damaged/model.safetensors", weights), 100), 0);
    nomen_model_order order = change(NOMEN_MODEL_RELOAD, "", NULL);
    expect(order, 422, "model damaged: ");
    assert_null(strstr(order.error.message, "model first"));
    expect(change(NOMEN_MODEL_LOAD, "damaged", NULL), 422, "model damaged: ");
    expect(change(NOMEN_MODEL_LOAD, "fresh", "damaged"), 422, "model fresh: ");
    assert_false(is_there("fresh"));
    nomen_served *now = nomen_models_find(models, "damaged");
    assert_ptr_equal(old, now);
    nomen_served_drop(old);
    nomen_served_drop(now);
    stop();
    snprintf(path, sizeof path, "%s/models/damaged", root);
    scratch_remove(path);
    write_model("models/damaged", 3);
}

/* Weights that are well formed, but give no numbers. */
static void test_not_finite(void **state) {
    (void)state;
    char weights[192];
    uint32_t nans[64];
    scratch_path(root, "models/damaged/model.safetensors", weights);
    for (size_t i = 0; i < 64; i++) { nans[i] = 0x7FC00000; }
    FILE *file = fopen(weights, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -(long)sizeof nans, SEEK_END), 0);
    assert_int_equal(fwrite(nans, sizeof nans, 1, file), 1);
    fclose(file);
    start();
    expect(change(NOMEN_MODEL_LOAD, "damaged", NULL), 422, "model damaged: ");
    assert_false(is_there("damaged"));
    stop();
}

/* Orders that wait at the end are answered. */
static void test_end(void **state) {
    (void)state;
    enum { N = 20 };
    static nomen_model_order orders[N];
    start();
    for (size_t i = 0; i < N; i++) {
        orders[i] = (nomen_model_order){.change = NOMEN_MODEL_RELOAD, .done = order_done, .user = &ready};
        nomen_models_change(models, &orders[i]);
    }
    stop();
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(sem_trywait(&ready), 0);
        assert_true(orders[i].http_status == 200 || orders[i].http_status == 503);
    }
    assert_int_equal(orders[N - 1].http_status, 503);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),           cmocka_unit_test(test_start),      cmocka_unit_test(test_wrong_starts),
        cmocka_unit_test(test_load_and_unload), cmocka_unit_test(test_confined),   cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_damaged),         cmocka_unit_test(test_not_finite), cmocka_unit_test(test_end)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
