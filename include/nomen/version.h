/* The version of the library and of the program. The build reads it from here. */
#ifndef NOMEN_VERSION_H
#define NOMEN_VERSION_H

#define NOMEN_VERSION_MAJOR 0
#define NOMEN_VERSION_MINOR 1
#define NOMEN_VERSION_PATCH 0
#define NOMEN_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The version of the library that was linked, as "MAJOR.MINOR.PATCH". Borrowed, never NULL. */
const char *nomen_version(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
