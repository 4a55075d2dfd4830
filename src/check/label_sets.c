/* Labels compared between files: schemes, spellings, those that train lacks or has too few of. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/checker.h"
#include "data/excerpt.h"
#include "data/scheme_rules.h"

/* A type with fewer entities is told, and two types are compared letter by letter up to so many. */
enum { FEW_ENTITIES = 10, MOST_COMPARED = 256, LONG_NAME = 6 };

static void compare_schemes(nomen_checker *checker) {
    const nomen_checked *first = NULL;
    for (size_t i = 0; i < checker->n_inputs; i++) {
        const nomen_checked *c = &checker->inputs[i];
        if (!c->readable || c->set.unit != NOMEN_WORDS_AUTO || c->n_entities == 0) { continue; }
        if (first == NULL) {
            first = c;
        } else if (c->set.scheme != first->set.scheme) {
            nomen_findings_add(&checker->findings, NOMEN_CHECK_SCHEMES, c->name, 0, "the scheme is %s here, but %s in %s",
                               nomen_scheme_title(c->set.scheme), nomen_scheme_title(first->set.scheme), first->name);
        }
    }
}

/* A type's name without case and marks, and which it is. */
typedef struct plain_name {
    char *text;
    size_t type;
} plain_name;

static int compare_plain(const void *a, const void *b) {
    const plain_name *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order != 0 ? order : x->type < y->type ? -1 : x->type > y->type;
}

static char *make_plain(const char *name) {
    char *out = nomen_mem_copy(name, strlen(name));
    size_t n = 0;
    for (size_t i = 0; out != NULL && name[i] != '\0'; i++) {
        char c = name[i];
        if (c >= 'A' && c <= 'Z') { c = (char)(c + 'a' - 'A'); }
        bool mark = (unsigned char)c < 0x80 && !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
        if (!mark) { out[n++] = c; }
    }
    if (out != NULL) { out[n] = '\0'; }
    return out;
}

/* Whether one letter more, less or otherwise makes one name the other; digits tell types apart by right. */
static bool is_near(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b), i = 0, j = 0;
    if (n < LONG_NAME || m < LONG_NAME || n > m + 1 || m > n + 1) { return false; }
    while (a[i] != '\0' && a[i] == b[i]) { i++; }
    while (j < n - i && j < m - i && a[n - 1 - j] == b[m - 1 - j]) { j++; }
    if (n - i - j > 1 || m - i - j > 1) { return false; }
    return !(a[i] >= '0' && a[i] <= '9') && !(b[i] >= '0' && b[i] <= '9');
}

static void report_pair(nomen_checker *checker, size_t a, size_t b) {
    size_t first = a < b ? a : b, second = a < b ? b : a, part = 0;
    const nomen_type_counts *counts = checker->type_counts;
    size_t n[2] = {0, 0};
    for (size_t p = 0; p < NOMEN_N_CHECK_PARTS; p++) {
        n[0] += counts[first].n_entities[p];
        n[1] += counts[second].n_entities[p];
    }
    while (part + 1 < NOMEN_N_CHECK_PARTS && counts[second].n_entities[part] == 0) { part++; }
    if (n[0] == 0 || n[1] == 0) { return; }
    char one[NOMEN_EXCERPT_SIZE], other[NOMEN_EXCERPT_SIZE];
    const char *x = checker->types.names[first], *y = checker->types.names[second];
    nomen_findings_add(&checker->findings, NOMEN_CHECK_SPELLING, counts[second].path[part], counts[second].line[part],
                       "'%s' (%zu) and '%s' (%zu)", nomen_excerpt(other, y, strlen(y)), n[1], nomen_excerpt(one, x, strlen(x)),
                       n[0]);
}

static nomen_status compare_spellings(nomen_checker *checker, nomen_error *err) {
    size_t n = checker->types.n;
    plain_name *plain = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(plain, n, err));
    for (size_t i = 0; i < n; i++) {
        plain[i] = (plain_name){make_plain(checker->types.names[i]), i};
        if (plain[i].text == NULL) { NOMEN_TRY(nomen_error_memory(err, 1, 1)); }
    }
    if (n > 1) { qsort(plain, n, sizeof *plain, compare_plain); }
    for (size_t i = 1; i < n; i++) {
        if (strcmp(plain[i].text, plain[i - 1].text) == 0) { report_pair(checker, plain[i - 1].type, plain[i].type); }
    }
    for (size_t i = 0; n <= MOST_COMPARED && i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            if (strcmp(plain[i].text, plain[j].text) != 0 && is_near(plain[i].text, plain[j].text)) {
                report_pair(checker, plain[i].type, plain[j].type);
            }
        }
    }
done:
    for (size_t i = 0; plain != NULL && i < n; i++) { nomen_mem_free(plain[i].text); }
    nomen_mem_free(plain);
    return status;
}

static void compare_types(nomen_checker *checker, const bool *has) {
    bool enough = false;
    for (size_t t = 0; t < checker->types.n; t++) {
        enough = enough || checker->type_counts[t].n_entities[NOMEN_CHECK_PART_TRAIN] >= FEW_ENTITIES;
    }
    for (size_t t = 0; t < checker->types.n; t++) {
        const nomen_type_counts *counts = &checker->type_counts[t];
        char name[NOMEN_EXCERPT_SIZE];
        nomen_excerpt(name, checker->types.names[t], strlen(checker->types.names[t]));
        size_t n_train = counts->n_entities[NOMEN_CHECK_PART_TRAIN], n_dev = counts->n_entities[NOMEN_CHECK_PART_DEV];
        size_t n_test = counts->n_entities[NOMEN_CHECK_PART_TEST];
        nomen_check_part other = n_dev > 0 ? NOMEN_CHECK_PART_DEV : NOMEN_CHECK_PART_TEST;
        if (n_train == 0 && n_dev + n_test > 0 && has[NOMEN_CHECK_PART_TRAIN]) {
            nomen_findings_add(&checker->findings, NOMEN_CHECK_NOT_IN_TRAIN, counts->path[other], counts->line[other],
                               "'%s': %zu entities in dev, %zu in test", name, n_dev, n_test);
        }
        if (n_train == 0) { continue; }
        if (enough && n_train < FEW_ENTITIES) {
            nomen_findings_add(&checker->findings, NOMEN_CHECK_RARE, counts->path[NOMEN_CHECK_PART_TRAIN],
                               counts->line[NOMEN_CHECK_PART_TRAIN], "'%s': %zu entities in train, %zu in dev, %zu in test", name,
                               n_train, n_dev, n_test);
        }
        if (n_dev + n_test == 0 && (has[NOMEN_CHECK_PART_DEV] || has[NOMEN_CHECK_PART_TEST])) {
            nomen_findings_add(&checker->findings, NOMEN_CHECK_NOT_MEASURED, counts->path[NOMEN_CHECK_PART_TRAIN],
                               counts->line[NOMEN_CHECK_PART_TRAIN], "'%s': %zu entities in train", name, n_train);
        }
    }
}

/* Whether the training data has an entity of the type; -1 is O's. */
static bool has_train_entities(const nomen_checker *checker, int32_t type) {
    return type >= 0 && checker->type_counts[type].n_entities[NOMEN_CHECK_PART_TRAIN] > 0;
}

/* Tags of a type that train has, but not this one, such as I-art where train has B-art alone. */
static nomen_status compare_tags(nomen_checker *checker, nomen_error *err) {
    bool *known = NULL, *done_with = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(known, checker->labels.n, err));
    NOMEN_TRY(NOMEN_NEW(done_with, checker->labels.n, err));
    for (size_t i = 0; i < checker->n_inputs; i++) {
        const nomen_checked *c = &checker->inputs[i];
        for (size_t t = 0; c->input->part == NOMEN_CHECK_PART_TRAIN && t < c->set.n_tags; t++) {
            known[c->facts[t].label] = true;
        }
    }
    for (size_t i = 0; i < checker->n_inputs; i++) {
        const nomen_checked *c = &checker->inputs[i];
        size_t n_missing = 0;
        for (size_t t = 0; c->input->part != NOMEN_CHECK_PART_TRAIN && t < c->set.n_tags; t++) {
            const nomen_tag_fact *fact = &c->facts[t];
            n_missing += !known[fact->label] && has_train_entities(checker, fact->type);
        }
        for (size_t s = 0; n_missing > 0 && s < c->set.n_sentences; s++) {
            for (size_t w = 0; w < c->set.sentences[s].n_words; w++) {
                size_t tag = (size_t)c->set.tags[c->set.sentences[s].first_word + w];
                const nomen_tag_fact *fact = &c->facts[tag];
                if (known[fact->label] || done_with[fact->label] || !has_train_entities(checker, fact->type)) { continue; }
                done_with[fact->label] = true;
                nomen_findings_add(&checker->findings, NOMEN_CHECK_NOT_IN_TRAIN, nomen_checked_path(c, s),
                                   nomen_dataset_line(&c->set, s, w), "the tag '%s': %zu words here", c->set.tag_names[tag],
                                   c->tag_counts[tag]);
            }
        }
    }
done:
    nomen_mem_free(known);
    nomen_mem_free(done_with);
    return status;
}

nomen_status nomen_check_labels(nomen_checker *checker, nomen_error *err) {
    bool has[NOMEN_N_CHECK_PARTS] = {false};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < checker->n_inputs; i++) {
        const nomen_checked *c = &checker->inputs[i];
        if (c->readable && c->set.n_sentences > 0) { has[c->input->part] = true; }
    }
    compare_schemes(checker);
    compare_types(checker, has);
    NOMEN_TRY(compare_spellings(checker, err));
    if (has[NOMEN_CHECK_PART_TRAIN]) { status = compare_tags(checker, err); }
done:
    return status;
}
