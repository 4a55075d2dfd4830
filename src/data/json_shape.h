/*
 * The shapes of JSON data files: what a record of each looks like, as rows of one table (json_shapes.c) that one reader
 * follows (json_reader.c). A further shape is a row: the keys of each role, what offsets count, and what tells it apart.
 */
#ifndef NOMEN_DATA_JSON_SHAPE_H
#define NOMEN_DATA_JSON_SHAPE_H

#include <jansson.h>

#include "data/builder.h"
#include "data/number_names.h"

/* What a record has to hold. */
enum {
    NOMEN_JSON_ROLE_TEXT,   /* a string */
    NOMEN_JSON_ROLE_WORDS,  /* a list of strings */
    NOMEN_JSON_ROLE_LABELS, /* a list of tags, or of spans */
    NOMEN_JSON_N_ROLES
};

enum { NOMEN_JSON_MOST_KEYS = 10, NOMEN_JSON_MOST_SHAPES = 3 /* of one format */ };

typedef struct nomen_json_role {
    const char *keys[NOMEN_JSON_MOST_KEYS + 1]; /* NULL ends them; none: the shape has no such role */
    size_t n_equal; /* of the first so many a record may have one; a later one counts where none before it is there */
    bool reported;  /* that a later one was there too is reported */
} nomen_json_role;

/* What the labels are, and what offsets count. */
typedef enum nomen_json_unit {
    NOMEN_JSON_CHARACTERS, /* spans of characters (--span-offsets: or bytes, or UTF-16 units) */
    NOMEN_JSON_TOKENS,     /* spans of words */
    NOMEN_JSON_TAGS        /* a tag a word */
} nomen_json_unit;

typedef struct nomen_json_reader nomen_json_reader;
typedef struct nomen_json_record nomen_json_record;

typedef struct nomen_json_shape {
    nomen_data_format format;
    nomen_json_role roles[NOMEN_JSON_N_ROLES];
    nomen_json_unit unit;
    int origin;           /* of offsets: the first character or word is 0 or 1 */
    bool end_included;    /* the end of a span is its last character or word, not the one after it */
    bool own_text_agrees; /* a span whose own text is not what its offsets give is a fault; otherwise a note */
    bool open;            /* it is recognised by keys that the options name, too, and not by its own alone */
    bool lone_text;       /* where no key of the text is there, the only string is it */
    bool lenient;         /* a record without labels has none, and needs them not to be recognised */
    bool embedded;        /* the list may be a string that holds JSON */
    bool own_numbers;     /* numbers for labels are keys of a tool's database: they count from nowhere */
    const char *label;    /* the key of a span's label that goes before all others */
    const char *points;   /* the key in a span under which a list of its places stands */
    const char *others;   /* the key of a list of things that are no entities, which are counted */
    const char *needs;    /* in messages, what a record must have */
    /* What tells the shape apart, besides the keys of its roles: one of these keys (none: nothing more)... */
    const char *signs[3];
    /* ... or in their place, a function. */
    bool (*looks_like)(const json_t *record);
    /* Reads a record; NULL: by the unit. */
    nomen_status (*read)(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err);
} nomen_json_shape;

/* One record, and what it holds in each role: NULL for nothing. */
struct nomen_json_record {
    const nomen_json_shape *shape;
    const json_t *value;
    size_t line;
    const json_t *roles[NOMEN_JSON_N_ROLES];
    const char *labels_key;
    const char *label; /* the key of a span's label that goes before all others; NULL for none */
};

/* What readers of records share. */
struct nomen_json_reader {
    nomen_builder *builder;
    nomen_number_names names; /* of labels that are numbers, once they were needed */
    bool names_read;
    nomen_span *words; /* of a record of words */
    size_t words_capacity;
    size_t n_spans, n_of_one_word; /* spans of words */
    /* Tasks of Prodigy: those that may be of a recipe that asks about one span, and those that can't. */
    size_t n_single, n_whole;
};

/* Whether the object has the key. */
static inline bool nomen_json_has(const json_t *object, const char *key) {
    return json_object_get(object, key) != NULL;
}

#endif
