/*
 * The one table of settings. Options, variables, keys of the file, help and defaults all come from its rows: the option
 * "max-queue-ms" is the variable NOMEN_SERVE_MAX_QUEUE_MS and the key "max_queue_ms".
 */
#ifndef NOMEN_SERVE_SETTINGS_TABLE_H
#define NOMEN_SERVE_SETTINGS_TABLE_H

#include "serve/settings.h"

#define NOMEN_SETTING_PREFIX "NOMEN_SERVE_"
#define NOMEN_SETTING_NAME_SIZE 48

/* The type of the member, and what its text is. */
typedef enum nomen_setting_kind {
    NOMEN_SETTING_TEXT,     /* char *: a path; NULL: none */
    NOMEN_SETTING_LIST,     /* nomen_strings */
    NOMEN_SETTING_COMMAS,   /* nomen_strings; several may stand in one option, separated by commas */
    NOMEN_SETTING_FLAG,     /* bool: true, yes, on, 1; or false, no, off, 0 */
    NOMEN_SETTING_COUNT,    /* size_t: a whole number */
    NOMEN_SETTING_BYTES,    /* size_t: bytes, with a suffix or without */
    NOMEN_SETTING_SECONDS,  /* double */
    NOMEN_SETTING_LOG_FORM, /* nomen_log_form: text or json */
} nomen_setting_kind;

/* Under which heading the help lists it. */
typedef enum nomen_setting_group {
    NOMEN_SETTING_MODELS = 1,
    NOMEN_SETTING_ACCESS,
    NOMEN_SETTING_LIMITS,
    NOMEN_SETTING_TIMES,
    NOMEN_SETTING_OUTPUT
} nomen_setting_group;

typedef struct nomen_setting {
    const char *name; /* of the option */
    char letter;      /* of the option; 0: none */
    nomen_setting_kind kind;
    nomen_setting_group group;
    const char *argument; /* what the help calls the value */
    const char *standard; /* the default, as text; NULL: none, false, an empty list */
    double least, most;   /* of numbers; for BYTES, 0 as least allows "0" */
    size_t offset;        /* of the member */
    const char *help;
} nomen_setting;

const nomen_setting *nomen_settings_table(size_t *n);

/* The key, and the variable, of a setting; each is a nomen_setting_namer. */
void nomen_setting_key(const nomen_setting *setting, char out[NOMEN_SETTING_NAME_SIZE]);
void nomen_setting_variable(const nomen_setting *setting, char out[NOMEN_SETTING_NAME_SIZE]);
typedef void (*nomen_setting_namer)(const nomen_setting *setting, char out[NOMEN_SETTING_NAME_SIZE]);

/* The setting that is so called, or NULL. */
const nomen_setting *nomen_setting_find(const char *name, nomen_setting_namer namer);

/*
 * For a message about a name that is none: "; did you mean X?" where one is like it, else "; known are X, Y, ...". `out` is
 * empty at first.
 */
nomen_status nomen_setting_suggest(const char *name, nomen_setting_namer namer, nomen_buffer *out, nomen_error *err);

/* The setting's member. */
void *nomen_setting_member(nomen_settings *settings, const nomen_setting *setting);

/*
 * Sets a setting to the texts (1 or more) of an option or a variable, called `where` in messages: a list to all of them, another
 * to the last. With `commas` lists are separated by commas. What is no such value is NOMEN_ERROR_ARGUMENT.
 */
nomen_status nomen_setting_set(nomen_settings *settings, const nomen_setting *setting, const char *const *texts, size_t n_texts,
                               bool commas, const char *where, nomen_error *err);

/* Adds to a list. */
nomen_status nomen_strings_add(nomen_strings *strings, const char *text, size_t n_bytes, nomen_error *err);

/* Frees its strings and leaves {0}. */
void nomen_strings_clear(nomen_strings *strings);

/* NOMEN_OK where a number is within the setting's range; `where` and `shown`, the value's text, are for the message. */
nomen_status nomen_setting_check_range(const nomen_setting *setting, double number, const char *where, const char *shown,
                                       nomen_error *err);

#endif
