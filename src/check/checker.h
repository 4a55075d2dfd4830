/*
 * What the parts of a check work on. Each file does one thing: read.c reads the files, characters.c checks the bytes of
 * texts, drift.c how BERT cuts the words, entities.c tags and entities, repeats.c repeated texts and names, label_sets.c
 * compares the labels of the files, and pieces.c uses the tokenizer. check.c runs them and makes the report.
 */
#ifndef NOMEN_CHECK_CHECKER_H
#define NOMEN_CHECK_CHECKER_H

#include "base/buffer.h"
#include "base/intern.h"
#include "check/findings.h"
#include "base/hashes.h"
#include "data/dataset.h"
#include "nomen/data.h"

/* The public header doesn't say how many there are, as later versions may have more. */
#define NOMEN_N_CHECK_PARTS (NOMEN_CHECK_PART_TEST + 1)
#define NOMEN_N_SEVERITIES (NOMEN_SEVERITY_ERROR + 1)

/* What a tag means for its word. OPEN: the label is unknown (NOMEN_TAG_UNKNOWN). */
typedef enum nomen_tag_kind {
    NOMEN_TAG_OUTSIDE = 0,
    NOMEN_TAG_BEGIN,
    NOMEN_TAG_INSIDE,
    NOMEN_TAG_PLAIN,
    NOMEN_TAG_OPEN
} nomen_tag_kind;

typedef struct nomen_tag_fact {
    nomen_tag_kind kind;
    int32_t type;  /* the index in checker->types; -1 if there is no entity */
    int32_t label; /* the whole tag in checker->labels, the same in every file; that of O if the label is unknown */
} nomen_tag_fact;

/* One input. */
typedef struct nomen_checked {
    const nomen_check_input *input;
    const char *name;
    bool readable;
    nomen_dataset set;
    nomen_tag_fact *facts; /* (set.n_tags) */
    size_t *tag_counts;    /* (set.n_tags) the words with each tag */
    size_t n_entities;
    size_t n_lone, lone_line; /* I- tags that continue no entity, and the line of the first one's sentence */
} nomen_checked;

/* The number of a type's entities in each part, and where it was first seen. */
typedef struct nomen_type_counts {
    size_t n_entities[NOMEN_N_CHECK_PARTS];
    const char *path[NOMEN_N_CHECK_PARTS];
    size_t line[NOMEN_N_CHECK_PARTS];
} nomen_type_counts;

/* A text that was seen, with its first place. */
typedef struct nomen_seen_text {
    const char *text;
    size_t sentence;
    uint32_t file;
    bool in_part[NOMEN_N_CHECK_PARTS];
} nomen_seen_text;

enum { NOMEN_NAME_TYPES = 4, NOMEN_NAME_HEAD = 16 };

/*
 * The name of an entity, with its first place and how often it has each type. Types after the fourth are not reported.
 * What the look-up of a short name needs is in one cache line.
 */
typedef struct nomen_checked_name {
    char head[NOMEN_NAME_HEAD]; /* the beginning of its bytes */
    int32_t types[NOMEN_NAME_TYPES];
    uint32_t counts[NOMEN_NAME_TYPES];
    const char *bytes; /* in the text of its input */
    size_t n_bytes, sentence;
    uint32_t lines[NOMEN_NAME_TYPES];
    uint32_t file;
} nomen_checked_name;

typedef struct nomen_checker {
    const nomen_check_options *options;
    nomen_data_options reading;
    nomen_checked *inputs;
    size_t n_inputs;
    nomen_findings findings;

    nomen_interner types, labels;
    nomen_type_counts *type_counts; /* (types.n) */
    size_t type_counts_capacity;

    uint64_t key; /* of the hashes */
    nomen_hashes texts_table, names_table;
    nomen_seen_text *texts;
    nomen_checked_name *names;
    size_t n_texts, texts_capacity, n_names, names_capacity;
    size_t n_leaks[NOMEN_N_CHECK_PARTS][NOMEN_N_CHECK_PARTS];

    nomen_check_drift drift; /* its example is owned */
    nomen_check_pieces pieces;
    nomen_span *words; /* scratch of drift.c */
    size_t words_capacity;
} nomen_checker;

/* What the caller adds to a message whose remedy is a setting; "" where it adds nothing. */
static inline const char *nomen_check_advice(const nomen_checker *checker, nomen_remedy setting) {
    return checker->options->advice != NULL ? checker->options->advice(setting) : "";
}

/* An entity of a sentence: words [first, last) of one type. */
typedef struct nomen_tagged_run {
    size_t first, last;
    int32_t type;
} nomen_tagged_run;

/* The next entity from word `at` on; false at the end. An orphan I- begins one, as does a change of type. */
bool nomen_checked_next(const nomen_checked *c, size_t sentence, size_t at, nomen_tagged_run *out);

static inline const char *nomen_checked_path(const nomen_checked *c, size_t sentence) {
    return c->set.n_files > 0 ? nomen_dataset_file(&c->set, sentence) : c->name;
}

/* Reads inputs[i]; what can't be read is a finding. */
nomen_status nomen_check_read(nomen_checker *checker, size_t i, nomen_error *err);

/* Each looks at one sentence of an input. */
void nomen_check_characters(nomen_checker *checker, nomen_checked *c, size_t sentence);
nomen_status nomen_check_drift_of(nomen_checker *checker, nomen_checked *c, size_t sentence, nomen_error *err);
nomen_status nomen_check_tags(nomen_checker *checker, nomen_checked *c, size_t sentence, nomen_error *err);

/* The same for up to NOMEN_REPEATS sentences, whose look-ups wait for memory together. */
enum { NOMEN_REPEATS = 32 };
nomen_status nomen_check_repeats(nomen_checker *checker, nomen_checked *c, size_t first, size_t n, nomen_error *err);

/* Before the first sentence of an input: what its tags are. And after the last: what it is as a whole. */
nomen_status nomen_check_tags_begin(nomen_checker *checker, nomen_checked *c, nomen_error *err);
void nomen_check_tags_end(nomen_checker *checker, nomen_checked *c);

/* A name of an entity, for repeats.c: the run `run` of a sentence. */
nomen_status nomen_check_name(nomen_checker *checker, nomen_checked *c, size_t sentence, const nomen_tagged_run *run,
                              nomen_error *err);

/* When all are read: names of several types, leaks, labels between files. */
nomen_status nomen_check_names_end(nomen_checker *checker, nomen_error *err);
void nomen_check_leaks_end(nomen_checker *checker);
nomen_status nomen_check_labels(nomen_checker *checker, nomen_error *err);

/* With options->model: pieces, case and labels of the model. */
nomen_status nomen_check_pieces_of(nomen_checker *checker, nomen_error *err);

#endif
