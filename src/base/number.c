/*
 * Reading and formatting numbers in the C locale. Only this thread's locale is changed, and only
 * for the time of a call; glibc and musl keep the C locale as a constant, so nothing is allocated.
 */
#include "base/number.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* What strtod(3) would take beside a number as people write it: spaces before it, and hexadecimal. */
static bool is_odd(const char *text) {
    const char *digits = text + (*text == '-' || *text == '+');
    return strspn(text, " \t\n\v\f\r") > 0 || (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'));
}

/* Whether a double can't hold the number, or not with all its digits, as it is too near 0, which often means "off". */
static bool is_too_small(const char *text, double number) {
    if (number == 0) { return strcspn(text, "123456789") < strcspn(text, "eE"); }
    return fabs(number) < DBL_MIN;
}

bool nomen_number_parse(const char *text, double *out) {
    char *end = NULL;
    if (is_odd(text)) { return false; }
    c_locale locale = enter();
    double number = strtod(text, &end);
    leave(locale);
    if (end == text || *end != '\0' || is_too_small(text, number)) { return false; }
    *out = number;
    return true;
}

bool nomen_number_parse_bytes(const char *text, size_t *out) {
    static const struct {
        const char *suffix;
        unsigned long long times;
    } units[] = {{"", 1},         {"B", 1},          {"k", 1000},        {"KB", 1000},    {"KiB", 1024},
                 {"M", 1000000},  {"MB", 1000000},   {"MiB", 1 << 20},   {"Ki", 1024},    {"Mi", 1 << 20},
                 {"Gi", 1 << 30}, {"G", 1000000000}, {"GB", 1000000000}, {"GiB", 1 << 30}};
    char *end = NULL;
    errno = 0;
    unsigned long long number = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0, size = 0;
    for (size_t i = 0; end != NULL && errno == 0 && i < sizeof units / sizeof units[0]; i++) {
        if (strcasecmp(end, units[i].suffix) != 0) { continue; }
        if (number == 0 || __builtin_mul_overflow(number, units[i].times, &size) || size > SIZE_MAX / 4) { return false; }
        *out = (size_t)size;
        return true;
    }
    return false;
}

void nomen_number_shortest(double number, char text[NOMEN_NUMBER_SIZE]) {
    c_locale locale = enter();
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, NOMEN_NUMBER_SIZE, "%.*g", digits, number);
        if (strtod(text, NULL) == number) { break; }
    }
    leave(locale);
}

/*
 * The shortest form of a float from 1e-4 up to 1, as probabilities are, without printf(3). False where the
 * arithmetic in double can't be sure of a digit; what it does write is what the loop below would write.
 */
static bool shortest_fraction(float number, char *text) {
    double power = 1, value = (double)number;
    int n_zeros = 0; /* between the point and the first digit */
    if (!(number >= 1e-4f && number < 1)) { return false; }
    while (value * power < 0.1) {
        power *= 10;
        n_zeros++;
    }
    for (int n_digits = 1; n_digits <= 9; n_digits++) {
        power *= 10; /* exact, as is every power up to 10^22 */
        double scaled = value * power, below = floor(scaled);
        if (fabs(scaled - below - 0.5) < 1e-6) { return false; } /* its error is below 1e-7 */
        double digits = below + (scaled - below > 0.5), read = digits / power;
        uint64_t bits;
        memcpy(&bits, &read, sizeof bits);
        /* The quotient is rounded twice, to a double and to a float: wrong only from the middle between two floats. */
        if ((bits & 0x1fffffffu) == 0x10000000u) { return false; }
        if ((float)read != number) { continue; }
        uint64_t rest = (uint64_t)digits;
        memset(text, '0', (size_t)(2 + n_zeros));
        text[1] = '.';
        for (int i = n_digits; i-- > 0; rest /= 10) { text[2 + n_zeros + i] = (char)('0' + rest % 10); }
        text[2 + n_zeros + n_digits] = '\0';
        return rest == 0; /* else it was rounded up to a digit more */
    }
    return false;
}

void nomen_number_shortest_float(float number, char text[NOMEN_NUMBER_SIZE]) {
    if (shortest_fraction(number, text)) { return; }
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
