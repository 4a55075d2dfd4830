/*
 * The settings of a service: from options of the command line, else variables NOMEN_SERVE_..., else a file, else their
 * defaults. One table in settings.c has them all.
 */
#ifndef NOMEN_SERVE_SETTINGS_H
#define NOMEN_SERVE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* A list of strings. */
typedef struct nomen_strings {
    char **items;
    size_t n, capacity;
} nomen_strings;

typedef enum nomen_log_form { NOMEN_LOG_TEXT = 0, NOMEN_LOG_JSON = 1 } nomen_log_form;

typedef struct nomen_settings {
    nomen_strings models;        /* "NAME=DIR" or "DIR"; the first is the default model */
    char *models_dir;            /* models that may be loaded by name; NULL: none */
    bool int8;                   /* all models' dense layers in int8 */
    nomen_strings listen;        /* "127.0.0.1:8080", "[::1]:8080", ":8080", "unix:/run/nomen.sock" */
    nomen_strings allowed_hosts; /* values of Host beside the loopback names and the addresses listened on; "*": any */
    char *keys;                  /* file of keys; NULL: none */
    bool no_auth;                /* listen beyond loopback without keys */
    size_t threads;              /* compute threads of each model's queue; 0: one a processor */
    size_t max_body;             /* bytes; 16 MiB */
    size_t max_inputs;           /* texts of a request; 100,000 */
    size_t max_text;             /* bytes of a text; 0: as max_body */
    size_t max_json_depth;       /* 32 */
    size_t max_header;           /* bytes of a request's head; 16 KiB */
    size_t max_connections;      /* 4,096, or what the limit of descriptors leaves */
    size_t max_queue_ms;         /* longest expected wait of a request that is taken; 1,000 */
    double timeout;              /* seconds that a request may take in all; 60 */
    double head_timeout;         /* seconds for the head of a request, in all; 10 */
    double keep_alive;           /* seconds that an idle connection is kept; 60 */
    size_t min_body_rate;        /* bytes a second that a body must bring after its first 10 s; 1,024 */
    double stop_timeout;         /* seconds that a graceful stop may take; 30 */
    double stop_delay;           /* seconds between /ready turning false and the end of listening; 0 */
    nomen_log_form log_form;
    bool log_text; /* the texts of requests are logged */
    bool quiet;    /* no line a request */
    bool no_page;  /* no page at / */
    char *config;  /* the file that was read; NULL: none */
} nomen_settings;

/* Fills in the defaults; *out is {0}. */
nomen_status nomen_settings_defaults(nomen_settings *out, nomen_error *err);

/*
 * Settings of a file over those that are there: a JSON object whose keys are the names of options with "_" for "-". null is as
 * if the key were not there. Keys that are none, other types and values out of range are errors that name the file and the key.
 * `config` becomes the path.
 */
nomen_status nomen_settings_read_file(nomen_settings *settings, const char *path, nomen_error *err);

/*
 * The same with the variables NOMEN_SERVE_... of an environment (environ(7)), but for NOMEN_SERVE_CONFIG. An empty one is as if
 * it were not there, since files of variables can't unset one; an unknown one is an error, unless Kubernetes made it for a
 * service of that name. Lists are separated by commas.
 */
nomen_status nomen_settings_read_environment(nomen_settings *settings, char *const *environment, nomen_error *err);

/* Whether the settings can stand together; NOMEN_ERROR_ARGUMENT says which can't, and what to do. */
nomen_status nomen_settings_check(const nomen_settings *settings, nomen_error *err);

/* The settings as a file that nomen_settings_read_file reads back as the same. Keys are not in it, only their file's name. */
nomen_status nomen_settings_print(const nomen_settings *settings, nomen_buffer *out, nomen_error *err);

/* Frees what it holds and leaves {0}. */
void nomen_settings_clear(nomen_settings *settings);

#endif
