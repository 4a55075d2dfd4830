/* Numbers are read and written with a point, also in a program that has set a locale with commas. */
#include <locale.h>
#include <math.h>

#include "base/error.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/number.h"
#include "support/cmocka_all.h"
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_the_c_locale), cmocka_unit_test(in_a_locale_with_commas)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
