/* Lines of requests: clients take turns, short texts pass long ones, and what a request would wait for is what is before it. */
#include "serve/schedule.h"
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

static nomen_schedule *make(void) {
    nomen_schedule *schedule = NULL;
    assert_int_equal(nomen_schedule_create(&schedule, NULL), NOMEN_OK);
    memset(places, 0, sizeof places);
    return schedule;
}

static nomen_served a_model(double bytes_per_second) {
    return (nomen_served){.n_holds = 1, .name = model_name, .bytes_per_second = bytes_per_second};
}

static void add(nomen_schedule *schedule, nomen_served *served, const char *client, size_t cost, size_t i) {
    assert_int_equal(nomen_schedule_add(schedule, served, client, cost, &exchanges[i], &places[i], NULL), NOMEN_OK);
}

static size_t next(nomen_schedule *schedule) {
    nomen_place *place = nomen_schedule_next(schedule);
    return place != NULL ? (size_t)(place - places) : N;
}

static void in_order(void **state) {
    (void)state;
    nomen_schedule *schedule = make();
    nomen_served served = a_model(1e6);
    for (size_t i = 0; i < 4; i++) { add(schedule, &served, "a", 100, i); }
    for (size_t i = 0; i < 4; i++) { assert_int_equal(next(schedule), i); }
    assert_int_equal(next(schedule), N);
    for (size_t i = 0; i < 4; i++) { nomen_schedule_leave(schedule, &places[i], true); }
    size_t n_waiting, bytes, n_running;
    nomen_schedule_count(schedule, &n_waiting, &bytes, &n_running);
    assert_int_equal(n_waiting + bytes + n_running, 0);
    nomen_schedule_free(schedule);
    assert_int_equal(served.n_holds, 1);
}

/* One client with many requests, another with one: it comes next, not last. */
static void turns(void **state) {
    (void)state;
    nomen_schedule *schedule = make();
    nomen_served served = a_model(1e6);
    size_t order[N] = {0}, n = 0;
    for (size_t i = 0; i < 40; i++) { add(schedule, &served, "greedy", 1024, i); }
    for (size_t i; (i = next(schedule)) < N;) { order[n++] = i; }
    assert_int_equal(n, 16); /* what a queue gets at a time: 16 KiB */
    add(schedule, &served, "polite", 1024, 50);
    for (size_t i = 0; i < n; i++) { nomen_schedule_leave(schedule, &places[order[i]], true); }
    n = 0;
    for (size_t i; (i = next(schedule)) < N;) { order[n++] = i; }
    size_t at = 0;
    while (order[at] != 50) { at++; }
    assert_true(at <= 1);
    nomen_schedule_free(schedule);
}

/* By bytes: who sends ten times as much has a tenth of the turns. */
static void by_bytes(void **state) {
    (void)state;
    nomen_schedule *schedule = make();
    nomen_served served = a_model(1e6);
    size_t small = 0, large = 0;
    for (size_t i = 0; i < 6; i++) { add(schedule, &served, "large", 4000, i); }
    for (size_t i = 6; i < 60; i++) { add(schedule, &served, "small", 400, i); }
    for (size_t i; (i = next(schedule)) < N;) { *(i < 6 ? &large : &small) += i < 6 ? 4000 : 400; }
    assert_true(large <= small + 4000 && small <= large + 4000);
    nomen_schedule_free(schedule);
}

/* Long texts do not stand in the way of short ones, however many there are. */
static void short_and_long(void **state) {
    (void)state;
    nomen_schedule *schedule = make();
    nomen_served served = a_model(1e6);
    for (size_t i = 0; i < 20; i++) { add(schedule, &served, "novels", 1000000, i); }
    size_t n = 0;
    while (next(schedule) < N) { n++; }
    assert_int_equal(n, 8);
    assert_true(nomen_schedule_expect(schedule, &served, "a", 100) == 0.0);
    add(schedule, &served, "a", 100, 50);
    assert_int_equal(next(schedule), 50);
    nomen_schedule_free(schedule);
}

/* What a newcomer waits for: what runs, its own, and of each other no more than its own. */
static void expected(void **state) {
    (void)state;
    nomen_schedule *schedule = make();
    nomen_served served = a_model(1000.0);
    assert_true(nomen_schedule_expect(schedule, &served, "a", 1000) == 0.0);
    for (size_t i = 0; i < 16; i++) { add(schedule, &served, "greedy", 1024, i); }
    while (next(schedule) < N) {}
    for (size_t i = 16; i < 48; i++) { add(schedule, &served, "greedy", 1024, i); }
    double polite = nomen_schedule_expect(schedule, &served, "polite", 1024);
    double greedy = nomen_schedule_expect(schedule, &served, "greedy", 1024);
    assert_true(polite == (16.0 * 1024 + 1024) / 1000.0);
    assert_true(greedy == 48.0 * 1024 / 1000.0);
    nomen_schedule_free(schedule);
}

/* Who leaves from the middle of a line, or the only one of a client, leaves nothing behind. */
static void leaving(void **state) {
    (void)state;
    nomen_schedule *schedule = make();
    nomen_served served = a_model(1e6);
    for (size_t i = 0; i < 6; i++) { add(schedule, &served, i % 2 == 0 ? "a" : "b", 10, i); }
    nomen_schedule_leave(schedule, &places[2], false); /* the middle of a's */
    nomen_schedule_leave(schedule, &places[4], false); /* the last of a's */
    nomen_schedule_leave(schedule, &places[0], false); /* the only one of a's */
    nomen_schedule_leave(schedule, &places[0], false); /* again: harmless */
    assert_int_equal(next(schedule), 1);
    add(schedule, &served, "a", 10, 7);
    nomen_schedule_leave(schedule, &places[1], true);
    size_t n = 0;
    while (next(schedule) < N) { n++; }
    assert_int_equal(n, 3);
    nomen_schedule_free(schedule);
}

/* A model that nothing waits for is let go after a while. */
static void let_go(void **state) {
    (void)state;
    nomen_schedule *schedule = make();
    nomen_served served = a_model(1e6);
    n_drops = 0;
    add(schedule, &served, "a", 10, 0);
    assert_int_equal(served.n_holds, 2);
    nomen_schedule_leave(schedule, &places[0], false);
    nomen_schedule_measure(schedule, 100.0);
    nomen_schedule_measure(schedule, 104.0);
    assert_int_equal(n_drops, 0);
    nomen_schedule_measure(schedule, 106.0);
    assert_int_equal(n_drops, 1);
    assert_int_equal(served.n_holds, 1);
    nomen_schedule_free(schedule);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order), cmocka_unit_test(turns),   cmocka_unit_test(by_bytes), cmocka_unit_test(short_and_long),
        cmocka_unit_test(expected), cmocka_unit_test(leaving), cmocka_unit_test(let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
