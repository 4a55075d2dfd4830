/* The version of the library and of the program. The build reads it from here. */
#ifndef NOMEN_VERSION_H
#define NOMEN_VERSION_H

#define NOMEN_VERSION_MAJOR 0
#define NOMEN_VERSION_MINOR 1
#define NOMEN_VERSION_PATCH 0
#define NOMEN_VERSION "0.1.0"

/* To compare: 1.2.3 is 1002003. */
#define NOMEN_VERSION_NUMBER (NOMEN_VERSION_MAJOR * 1000000 + NOMEN_VERSION_MINOR * 1000 + NOMEN_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The version of the library that was linked, as "MAJOR.MINOR.PATCH". Borrowed, never NULL. */
const char *nomen_version(void);

/* The same as a number, in the form of NOMEN_VERSION_NUMBER. */
int nomen_version_number(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
