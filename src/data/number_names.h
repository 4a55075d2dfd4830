/*
 * Names of labels that are numbers in a data file: a list of names from 0 on, or names of single numbers (keys of a
 * database, with gaps). They are given by an option, or found in a file beside the data file.
 */
#ifndef NOMEN_DATA_NUMBER_NAMES_H
#define NOMEN_DATA_NUMBER_NAMES_H

#include "data/labels.h"

/* Start from {0}. */
typedef struct nomen_number_names {
    nomen_labels names;
    long long *numbers; /* (names.n) of what each is the name; NULL: 0, 1, 2... */
    char *beside;       /* the file in which they were found; NULL: they were given */
} nomen_number_names;

/*
 * `given` is names separated by commas, names with their numbers ("1=PER,4=ORG"), or a file: a name or such a pair a line,
 * doccano's file of labels (a list of objects with "id" and "text"), or what nomen_label_names_read takes.
 */
nomen_status nomen_number_names_read(const char *given, nomen_number_names *out, nomen_error *err);

/* The files beside a data file that are looked at for names, in this order. */
#define NOMEN_NAMES_BESIDE "dataset_info.json", "dataset_infos.json", "config.json"

/*
 * Looks for dataset_info.json, dataset_infos.json and config.json in the folder of the data file `path`. The first two
 * must describe the key `tags`, in one way where they describe several data sets. Without any, *out has no names.
 */
nomen_status nomen_number_names_find(const char *path, const char *tags, nomen_number_names *out, nomen_error *err);

/* The name of a number; NULL where it has none. */
const char *nomen_number_name(const nomen_number_names *names, long long number);

void nomen_number_names_clear(nomen_number_names *names);

#endif
