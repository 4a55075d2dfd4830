/* Numbers are read and written with a point, also in a program that has set a locale with commas. */
#include <locale.h>
#include <math.h>

#include "base/error.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/number.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "support/scratch.h"

static char directory[64];

/* Sets a locale with a decimal comma: one of the system's, or one made for the test. */
static bool set_comma_locale(void) {
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "it_IT.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (setlocale(LC_ALL, names[i]) != NULL) { return true; }
    }
    char command[256];
    snprintf(command, sizeof command, "localedef -i de_DE -f ISO-8859-1 '%s/de_DE.ISO-8859-1' >'%s/log' 2>&1", directory,
             directory);
    return system(command) == 0 && setenv("LOCPATH", directory, 1) == 0 && setlocale(LC_ALL, "de_DE.ISO-8859-1") != NULL;
}

static void numbers_have_a_point(void) {
    double number = 0;
    char text[NOMEN_NUMBER_SIZE];
    assert_true(nomen_number_parse("5e-5", &number));
    assert_true(number == 5e-5);
    assert_true(nomen_number_parse("0.25", &number));
    assert_true(number == 0.25);
    assert_false(nomen_number_parse("0,5", &number));
    assert_false(nomen_number_parse("", &number));
    assert_false(nomen_number_parse("1 ", &number));
    assert_true(number == 0.25);
    static const char *const odd[] = {" 1",      "\t1",    "\n1",         "0x10",     "-0X1p3", "+0x0", "1e-400",
                                      "-1e-400", "1e-310", "0.0002e-999", "4.9e-324", "1e",     ".",    "- 1"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        if (nomen_number_parse(odd[i], &number)) { fail_msg("\"%s\" is read as %g", odd[i], number); }
    }
    assert_true(number == 0.25);
    static const struct {
        const char *text;
        double number;
    } even[] = {{"0e-999", 0}, {"-0.000", 0}, {"0e5", 0}, {"2.3e-308", 2.3e-308},
                {"+7", 7},     {".5", 0.5},   {"5.", 5},  {"-inf", -INFINITY}};
    for (size_t i = 0; i < sizeof even / sizeof even[0]; i++) {
        assert_true(nomen_number_parse(even[i].text, &number));
        assert_true(number == even[i].number);
    }
    nomen_number_shortest(0.1 + 0.2, text);
    assert_string_equal(text, "0.30000000000000004");
    nomen_number_shortest_float(0.1f, text);
    assert_string_equal(text, "0.1");
    nomen_number_shortest(INFINITY, text);
    assert_string_equal(text, "inf");
    assert_int_equal(nomen_number_snprintf(text, sizeof text, "%.2f", 1234.5), 7);
    assert_string_equal(text, "1234.50");

    nomen_buffer buffer = {0};
    nomen_error err = {0};
    nomen_buffer_append_number(&buffer, 1.5, NULL);
    nomen_buffer_printf(&buffer, NULL, " %.3f ", 2.5);
    nomen_buffer_append_float(&buffer, 3.5f, NULL);
    assert_string_equal(buffer.data, "1.5 2.500 3.5");
    nomen_error_set(&err, NOMEN_ERROR_FORMAT, "%g", 0.5);
    assert_string_equal(err.message, "0.5");
    nomen_buffer_reset(&buffer);
    json_t *value = NULL;
    assert_int_equal(nomen_json_parse("[0.5, 1e-3]", 11, "f.json", &value, NULL), NOMEN_OK);
    assert_true(json_real_value(json_array_get(value, 0)) == 0.5);
    assert_int_equal(nomen_json_append(value, false, &buffer, NULL), NOMEN_OK);
    assert_string_equal(buffer.data, "[0.5,0.001]");
    json_decref(value);
    nomen_buffer_clear(&buffer);
}

static void in_the_c_locale(void **state) {
    (void)state;
    numbers_have_a_point();
}

static void in_a_locale_with_commas(void **state) {
    (void)state;
    if (!set_comma_locale()) {
        const char *ci = getenv("CI");
        if (ci != NULL && strcmp(ci, "true") == 0) { fail_msg("no locale with commas, and localedef can't make one"); }
        print_message("skipped: no locale with commas, and localedef can't make one (Debian's package locales)\n");
        skip();
    }
    char text[16];
    snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, "0,5"); /* the locale does what the test needs */
    numbers_have_a_point();
    snprintf(text, sizeof text, "%.1f", 0.5);
    assert_string_equal(text, "0,5"); /* and is left as the program set it */
    setlocale(LC_ALL, "C");
}

/* The short way of a probability gives what printf(3) gives. */
static void fractions_are_the_shortest(void **state) {
    (void)state;
    char text[NOMEN_NUMBER_SIZE], expected[NOMEN_NUMBER_SIZE];
    uint32_t step = 40000000u / (uint32_t)effort(20000), first, last;
    float low = 0.00009f, high = 1.01f;
    memcpy(&first, &low, sizeof first);
    memcpy(&last, &high, sizeof last);
    for (uint32_t bits = first, salt = 1; bits < last; bits += step + salt % 7, salt = salt * 1664525 + 1013904223) {
        float number;
        memcpy(&number, &bits, sizeof number);
        int digits = 0;
        do { snprintf(expected, sizeof expected, "%.*g", ++digits, (double)number); } while (strtof(expected, NULL) != number);
        nomen_number_shortest_float(number, text);
        assert_string_equal(text, expected);
    }
    static const struct {
        float number;
        const char *text;
    } cases[] = {{1, "1"},
                 {0.5f, "0.5"},
                 {0.1f, "0.1"},
                 {0.9999999f, "0.9999999"},
                 {0.99999994f, "0.99999994"},
                 {1e-4f, "0.0001"},
                 {0.00999999978f, "0.01"},
                 {0.25f, "0.25"},
                 {0, "0"},
                 {9e-5f, "9e-05"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_number_shortest_float(cases[i].number, text);
        assert_string_equal(text, cases[i].text);
    }
}

static int set_up(void **state) {
    (void)state;
    return scratch_make(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_the_c_locale), cmocka_unit_test(in_a_locale_with_commas),
                                       cmocka_unit_test(fractions_are_the_shortest)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
