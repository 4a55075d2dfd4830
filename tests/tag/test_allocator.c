/*
 * A program's own allocator: loading a model and tagging take all memory from it and give all of it back. The linker puts
 * functions of this file in the place of the C library's (tests/tag/CMakeLists.txt), so that no call of those is missed.
 */
#include <stdatomic.h>

#include "nomen/nomen.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

static atomic_long n_calls, n_live, n_others;
static atomic_bool watching, refusing;

void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void *__real_realloc(void *pointer, size_t size);
void __real_free(void *pointer);
int __real_posix_memalign(void **out, size_t border, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *pointer, size_t size);
void __wrap_free(void *pointer);
int __wrap_posix_memalign(void **out, size_t border, size_t size);

void *__wrap_calloc(size_t count, size_t size) {
    n_others += watching;
    return __real_calloc(count, size);
}
void *__wrap_malloc(size_t size) {
    n_others += watching;
    return __real_malloc(size);
}
void *__wrap_realloc(void *pointer, size_t size) {
    n_others += watching;
    return __real_realloc(pointer, size);
}
void __wrap_free(void *pointer) {
    n_others += watching;
    __real_free(pointer);
}
int __wrap_posix_memalign(void **out, size_t border, size_t size) {
    n_others += watching;
    return __real_posix_memalign(out, border, size);
}

/* Blocks are filled, so that none is taken for zeroed. */
static void *allocate(void *user, size_t n_bytes) {
    assert_ptr_equal(user, &n_live);
    n_calls++;
    if (refusing) { return NULL; }
    n_live++;
    void *block = __real_malloc(n_bytes);
    return block != NULL ? memset(block, 0xA5, n_bytes) : NULL;
}

static void *resize(void *user, void *pointer, size_t n_bytes) {
    assert_ptr_equal(user, &n_live);
    assert_non_null(pointer);
    n_calls++;
    return refusing ? NULL : __real_realloc(pointer, n_bytes);
}

static void release(void *user, void *pointer) {
    assert_ptr_equal(user, &n_live);
    assert_non_null(pointer);
    n_live--;
    __real_free(pointer);
}

static nomen_status load_and_tag(const char *directory, size_t *n_entities, nomen_error *err) {
    static const char sentence[] = "bill gates lives in london , anna smith met john of acme labs in new york";
    const nomen_text text = {.text = sentence, .n_bytes = sizeof sentence - 1};
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    nomen_results *results = NULL;
    nomen_status status = nomen_model_load(directory, NULL, &model, err);
    if (status == NOMEN_OK) { status = nomen_tagger_create(model, NULL, &tagger, err); }
    if (status == NOMEN_OK) { status = nomen_tag(tagger, &text, 1, NULL, &results, err); }
    if (status == NOMEN_OK) { *n_entities = nomen_results_n_entities(results, 0); }
    nomen_results_free(results);
    nomen_tagger_free(tagger);
    nomen_model_release(model);
    return status;
}

static void test_all_memory_is_its(void **state) {
    nomen_error err = {0};
    size_t n_entities = 0;
    long live = n_live, calls = n_calls;
    watching = true;
    nomen_status status = load_and_tag(*state, &n_entities, &err);
    watching = false;
    if (status != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_true(n_entities > 0);
    assert_true(n_calls - calls > 100);
    assert_int_equal(n_live, live);
    assert_int_equal(n_others, 0);
}

static void test_it_may_refuse(void **state) {
    nomen_error err = {0};
    size_t n_entities = 0;
    long live = n_live;
    refusing = true;
    nomen_status status = load_and_tag(*state, &n_entities, &err);
    refusing = false;
    assert_int_equal(status, NOMEN_ERROR_MEMORY);
    assert_int_equal(n_live, live);
}

static void test_it_is_set_once(void **state) {
    (void)state;
    nomen_error err = {0};
    assert_int_equal(nomen_set_allocator(allocate, resize, release, &n_live, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "only be set once, before any other call"));
    assert_int_equal(nomen_set_allocator(allocate, NULL, release, &n_live, NULL), NOMEN_ERROR_ARGUMENT);
}

static char root[64], model_directory[192];

static int set_up(void **state) {
    const tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    *state = model_directory;
    if (nomen_set_allocator(allocate, resize, release, &n_live, &err) != NOMEN_OK || scratch_make(root) == NULL ||
        scratch_path(root, "model", model_directory) == NULL || tiny_model_write(model_directory, &spec, &err) != NOMEN_OK) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(root);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_memory_is_its), cmocka_unit_test(test_it_may_refuse),
                                       cmocka_unit_test(test_it_is_set_once)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
