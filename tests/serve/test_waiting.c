/* Lines of requests: clients take turns, short texts pass long ones, and what a request would wait for is what is before it. */
#include "serve/waiting.h"
#include "support/cmocka_all.h"

/* The models' part, without models. */
static int n_drops;
void nomen_served_drop(nomen_served *served) {
    served->n_holds--;
    n_drops++;
}

static char model_name[] = "m";
enum { N = 64 };
static nomen_place places[N];
static nomen_exchange exchanges[N];

static nomen_waiting *make(void) {
    nomen_waiting *waiting = NULL;
    assert_int_equal(nomen_waiting_create(&waiting, NULL), NOMEN_OK);
    memset(places, 0, sizeof places);
    return waiting;
}

static nomen_served a_model(double bytes_per_second) {
    return (nomen_served){.n_holds = 1, .name = model_name, .bytes_per_second = bytes_per_second};
}

static void add(nomen_waiting *waiting, nomen_served *served, const char *client, size_t cost, size_t i) {
    assert_int_equal(nomen_waiting_add(waiting, served, client, cost, &exchanges[i], &places[i], NULL), NOMEN_OK);
}

static size_t next(nomen_waiting *waiting) {
    nomen_place *place = nomen_waiting_next(waiting);
    return place != NULL ? (size_t)(place - places) : N;
}

static void in_order(void **state) {
    (void)state;
    nomen_waiting *waiting = make();
    nomen_served served = a_model(1e6);
    for (size_t i = 0; i < 4; i++) { add(waiting, &served, "a", 100, i); }
    for (size_t i = 0; i < 4; i++) { assert_int_equal(next(waiting), i); }
    assert_int_equal(next(waiting), N);
    for (size_t i = 0; i < 4; i++) { nomen_waiting_leave(waiting, &places[i], true); }
    size_t n_waiting, bytes, n_running;
    nomen_waiting_count(waiting, &n_waiting, &bytes, &n_running);
    assert_int_equal(n_waiting + bytes + n_running, 0);
    nomen_waiting_free(waiting);
    assert_int_equal(served.n_holds, 1);
}

/* One client with many requests, another with one: it comes next, not last. */
static void turns(void **state) {
    (void)state;
    nomen_waiting *waiting = make();
    nomen_served served = a_model(1e6);
    size_t order[N] = {0}, n = 0;
    for (size_t i = 0; i < 40; i++) { add(waiting, &served, "greedy", 1024, i); }
    for (size_t i; (i = next(waiting)) < N;) { order[n++] = i; }
    assert_int_equal(n, 16); /* what a queue gets at a time: 16 KiB */
    add(waiting, &served, "polite", 1024, 50);
    for (size_t i = 0; i < n; i++) { nomen_waiting_leave(waiting, &places[order[i]], true); }
    n = 0;
    for (size_t i; (i = next(waiting)) < N;) { order[n++] = i; }
    size_t at = 0;
    while (order[at] != 50) { at++; }
    assert_true(at <= 1);
    nomen_waiting_free(waiting);
}

/* By bytes: who sends ten times as much has a tenth of the turns. */
static void by_bytes(void **state) {
    (void)state;
    nomen_waiting *waiting = make();
    nomen_served served = a_model(1e6);
    size_t small = 0, large = 0;
    for (size_t i = 0; i < 6; i++) { add(waiting, &served, "large", 4000, i); }
    for (size_t i = 6; i < 60; i++) { add(waiting, &served, "small", 400, i); }
    for (size_t i; (i = next(waiting)) < N;) { *(i < 6 ? &large : &small) += i < 6 ? 4000 : 400; }
    assert_true(large <= small + 4000 && small <= large + 4000);
    nomen_waiting_free(waiting);
}

/* Long texts do not stand in the way of short ones, however many there are. */
static void short_and_long(void **state) {
    (void)state;
    nomen_waiting *waiting = make();
    nomen_served served = a_model(1e6);
    for (size_t i = 0; i < 20; i++) { add(waiting, &served, "novels", 1000000, i); }
    size_t n = 0;
    while (next(waiting) < N) { n++; }
    assert_int_equal(n, 8);
    assert_true(nomen_waiting_expect(waiting, &served, "a", 100) == 0.0);
    add(waiting, &served, "a", 100, 50);
    assert_int_equal(next(waiting), 50);
    nomen_waiting_free(waiting);
}

/* What a newcomer waits for: what runs, its own, and of each other no more than its own. */
static void expected(void **state) {
    (void)state;
    nomen_waiting *waiting = make();
    nomen_served served = a_model(1000.0);
    assert_true(nomen_waiting_expect(waiting, &served, "a", 1000) == 0.0);
    for (size_t i = 0; i < 16; i++) { add(waiting, &served, "greedy", 1024, i); }
    while (next(waiting) < N) {}
    for (size_t i = 16; i < 48; i++) { add(waiting, &served, "greedy", 1024, i); }
    double polite = nomen_waiting_expect(waiting, &served, "polite", 1024);
    double greedy = nomen_waiting_expect(waiting, &served, "greedy", 1024);
    assert_true(polite == (16.0 * 1024 + 1024) / 1000.0);
    assert_true(greedy == 48.0 * 1024 / 1000.0);
    nomen_waiting_free(waiting);
}

/* Who leaves from the middle of a line, or the only one of a client, leaves nothing behind. */
static void leaving(void **state) {
    (void)state;
    nomen_waiting *waiting = make();
    nomen_served served = a_model(1e6);
    for (size_t i = 0; i < 6; i++) { add(waiting, &served, i % 2 == 0 ? "a" : "b", 10, i); }
    nomen_waiting_leave(waiting, &places[2], false); /* the middle of a's */
    nomen_waiting_leave(waiting, &places[4], false); /* the last of a's */
    nomen_waiting_leave(waiting, &places[0], false); /* the only one of a's */
    nomen_waiting_leave(waiting, &places[0], false); /* again: harmless */
    assert_int_equal(next(waiting), 1);
    add(waiting, &served, "a", 10, 7);
    nomen_waiting_leave(waiting, &places[1], true);
    size_t n = 0;
    while (next(waiting) < N) { n++; }
    assert_int_equal(n, 3);
    nomen_waiting_free(waiting);
}

/* A model that nothing waits for is let go after a while. */
static void let_go(void **state) {
    (void)state;
    nomen_waiting *waiting = make();
    nomen_served served = a_model(1e6);
    n_drops = 0;
    add(waiting, &served, "a", 10, 0);
    assert_int_equal(served.n_holds, 2);
    nomen_waiting_leave(waiting, &places[0], false);
    nomen_waiting_measure(waiting, 100.0);
    nomen_waiting_measure(waiting, 104.0);
    assert_int_equal(n_drops, 0);
    nomen_waiting_measure(waiting, 106.0);
    assert_int_equal(n_drops, 1);
    assert_int_equal(served.n_holds, 1);
    nomen_waiting_free(waiting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order), cmocka_unit_test(turns),   cmocka_unit_test(by_bytes), cmocka_unit_test(short_and_long),
        cmocka_unit_test(expected), cmocka_unit_test(leaving), cmocka_unit_test(let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
