/*
 * Status codes and error messages.
 *
 * Every function of the library that can fail returns a nomen_status and takes a nomen_error as
 * its last argument. The error may be NULL. The first error wins: a function that meets an error
 * already set leaves it as it is. Results are written through out-parameters only on NOMEN_OK.
 * The library never prints, exits or aborts.
 */
#ifndef NOMEN_ERROR_H
#define NOMEN_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Grouped, never renumbered. */
typedef enum nomen_status {
    NOMEN_OK = 0,

    /* The caller or the machine. */
    NOMEN_ERROR_MEMORY = 1,      /* an allocation failed */
    NOMEN_ERROR_ARGUMENT = 2,    /* an argument or option is outside what the function accepts */
    NOMEN_ERROR_INTERRUPTED = 3, /* the interrupt callback asked to stop */

    /* The file system. */
    NOMEN_ERROR_IO = 10,     /* open, read, write or rename failed; the message holds the reason */
    NOMEN_ERROR_EXISTS = 11, /* the output is there already and overwriting was not asked for */

    /* What stands in a file. */
    NOMEN_ERROR_FORMAT = 20, /* the file is damaged, or is not what it should be */
    NOMEN_ERROR_DATA = 21,   /* well formed, but the content can't be used (unknown tag, counts differ) */

    /* What nomen does not do. */
    NOMEN_ERROR_UNSUPPORTED = 30, /* a valid file that needs something nomen does not have */
    NOMEN_ERROR_LIMIT = 31        /* a stated limit was passed */
} nomen_status;

/* Room for a message; a longer one keeps its beginning and ends in "...". */
#define NOMEN_ERROR_SIZE 1024

/*
 * One error. Start it as `nomen_error err = {0};`. The message is one UTF-8 line without a full
 * stop or newline at its end: it names the file, line or tensor, what was found, what was
 * expected, and what to do.
 */
typedef struct nomen_error {
    nomen_status status;
    char message[NOMEN_ERROR_SIZE];
} nomen_error;

/* A short English name of a status, such as "out of memory". Borrowed, never NULL. */
const char *nomen_status_name(nomen_status status);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
