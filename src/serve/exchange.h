/*
 * A request and what becomes of it. The service (connection.c) reads it, checks its head (head.c), finds its route (routes.h),
 * and has its handler read the body; texts that the handler asks for are tagged by the model's queue, and the handler writes
 * the answer from the results. A handler never waits and never sends.
 */
#ifndef NOMEN_SERVE_EXCHANGE_H
#define NOMEN_SERVE_EXCHANGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "nomen/tagger.h"
#include "serve/answer.h"

typedef struct nomen_service nomen_service;   /* service.h */
typedef struct nomen_served nomen_served;     /* models.h */
typedef struct nomen_route nomen_route;       /* routes.h */
typedef struct nomen_exchange nomen_exchange; /* below */

/* Methods, as bits. */
enum { NOMEN_METHOD_GET = 1, NOMEN_METHOD_POST = 2, NOMEN_METHOD_DELETE = 4, NOMEN_METHOD_OPTIONS = 8 };

/* What the key of a request allows; each includes those before it. */
typedef enum nomen_role {
    NOMEN_ROLE_NONE = 0, /* no key was needed, or given */
    NOMEN_ROLE_USER = 1,
    NOMEN_ROLE_ADMIN = 2
} nomen_role;

/* Media types of bodies, as Content-Type and Accept name them. */
typedef enum nomen_media {
    NOMEN_MEDIA_NONE = 0, /* no such field */
    NOMEN_MEDIA_JSON = 1,
    NOMEN_MEDIA_TEXT = 2,
    NOMEN_MEDIA_LINES = 3, /* JSON lines */
    NOMEN_MEDIA_OTHER = 4  /* one that the service does not know */
} nomen_media;

/* The longest request id that is taken from a client. */
#define NOMEN_REQUEST_ID_SIZE 65

struct nomen_exchange {
    /* The request; for the handler to read. */
    nomen_service *service;
    const nomen_route *route;
    char id[NOMEN_REQUEST_ID_SIZE]; /* X-Request-Id, the client's or our own */
    unsigned method;                /* one of NOMEN_METHOD_... */
    char *path;                     /* with its escapes replaced; no NUL in it */
    char *query;                    /* what follows "?", as it came; NULL: none */
    const char *name;               /* the rest of the path where the route ends in "*": the NAME of /models/NAME; else "" */
    nomen_media sent, accepted;     /* of Content-Type and Accept */
    nomen_role role;
    nomen_buffer body;

    /* For the handler to fill in when it begins. */
    json_t *json;         /* the body, whose strings the texts may be; freed with the exchange */
    nomen_served *served; /* a hold on the model; dropped with the exchange */
    nomen_text *texts;    /* to be tagged; of nomen_mem; NULL: nothing is */
    size_t n_texts;
    nomen_request request;
    nomen_tag_write_options write; /* how results are written */
    double timeout;                /* seconds; 0: the service's */
    bool streams;                  /* results are sent as lines, as they come */
    void *state;                   /* of the handler */
    void (*free_state)(void *state);

    /* What was found, when the handler's `finish` is called. */
    nomen_results *results;

    nomen_answer answer;

    struct nomen_progress *progress; /* of connection.c */
};

/*
 * For a handler whose route `waits`: what it began is done, and `finish` is to be called. From any thread, once.
 */
void nomen_exchange_done(nomen_exchange *exchange);

/* A parameter of the query with its escapes replaced, in a new block; *out is NULL where there is none. An escape that is none
 * is NOMEN_ERROR_FORMAT. */
nomen_status nomen_exchange_query(const nomen_exchange *exchange, const char *name, char **out, nomen_error *err);

#endif
