/*
 * Numbers as text, and text that holds numbers, always with a decimal point: a program that uses the
 * library may have called setlocale, and C's own functions would then read and write "0,5". The rest of
 * the library reads and formats numbers through this header and base/buffer.h alone.
 */
#ifndef NOMEN_BASE_NUMBER_H
#define NOMEN_BASE_NUMBER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Room for any number in its shortest form. */
#define NOMEN_NUMBER_SIZE 40

/*
 * Reads a text that is a decimal number and nothing else, or "inf" or "nan", as strtod(3) does; false and *out untouched
 * for anything else: a space before it, hexadecimal, and a number that is not 0 but too near it for a double (1e-400).
 */
bool nomen_number_parse(const char *text, double *out);

/*
 * Reads a number of bytes, above 0: digits with or without a suffix k, M, G for powers of 1000 or Ki, Mi, Gi for those of 1024,
 * and maybe a B, in any case of letters. False and *out untouched for anything else, and for more than SIZE_MAX / 4.
 */
bool nomen_number_parse_bytes(const char *text, size_t *out);

/* The shortest decimal form that reads back as the same double, or the same float. */
void nomen_number_shortest(double number, char text[NOMEN_NUMBER_SIZE]);
void nomen_number_shortest_float(float number, char text[NOMEN_NUMBER_SIZE]);

/* snprintf(3) and vsnprintf(3) with a decimal point. */
int nomen_number_snprintf(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int nomen_number_vsnprintf(char *text, size_t size, const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));

#endif
