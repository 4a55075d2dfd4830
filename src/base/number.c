/*
 * Reading and formatting numbers in the C locale. Only this thread's locale is changed, and only
 * for the time of a call; glibc and musl keep the C locale as a constant, so nothing is allocated.
 */
#include "base/number.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct c_locale {
    locale_t own, before;
} c_locale;

static c_locale enter(void) {
    c_locale locale = {.own = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    locale.before = uselocale(locale.own);
    return locale;
}

static void leave(c_locale locale) {
    uselocale(locale.before);
    if (locale.own != (locale_t)0) { freelocale(locale.own); }
}

bool nomen_number_parse(const char *text, double *out) {
    char *end = NULL;
    c_locale locale = enter();
    double number = strtod(text, &end);
    leave(locale);
    if (end == text || *end != '\0') { return false; }
    *out = number;
    return true;
}

void nomen_number_shortest(double number, char text[NOMEN_NUMBER_SIZE]) {
    c_locale locale = enter();
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, NOMEN_NUMBER_SIZE, "%.*g", digits, number);
        if (strtod(text, NULL) == number) { break; }
    }
    leave(locale);
}

void nomen_number_shortest_float(float number, char text[NOMEN_NUMBER_SIZE]) {
    c_locale locale = enter();
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, NOMEN_NUMBER_SIZE, "%.*g", digits, (double)number);
        if (strtof(text, NULL) == number) { break; }
    }
    leave(locale);
}

int nomen_number_vsnprintf(char *text, size_t size, const char *format, va_list arguments) {
    c_locale locale = enter();
    int n = vsnprintf(text, size, format, arguments);
    leave(locale);
    return n;
}

int nomen_number_snprintf(char *text, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = nomen_number_vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return n;
}
