/*
 * Texts that come again, inside a part and between parts, and names that come with several types. Texts are the same
 * where their words are, whatever stands between these, so that a CSV compares with a CoNLL file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/checker.h"
#include "data/excerpt.h"
#include "data/same_words.h"

static const char *const part_names[] = {"train", "dev", "test"};

typedef struct asked_text {
    const nomen_checker *checker;
    const nomen_checked *input;
    size_t sentence;
} asked_text;

static bool is_text(const void *user, size_t item) {
    const asked_text *asked = user;
    const nomen_seen_text *seen = &asked->checker->texts[item];
    return nomen_same_words(&asked->checker->inputs[seen->file].set, seen->sentence, &asked->input->set, asked->sentence);
}

/* Whether both words have a known label, and not the same. */
static bool differ(const nomen_tag_fact *a, const nomen_tag_fact *b) {
    return a->label != b->label && a->kind != NOMEN_TAG_OPEN && b->kind != NOMEN_TAG_OPEN;
}

static bool same_tags(const nomen_checked *a, size_t a_sentence, const nomen_checked *b, size_t b_sentence) {
    const nomen_sentence *s = &a->set.sentences[a_sentence];
    const int32_t *x = a->set.tags + s->first_word, *y = b->set.tags + b->set.sentences[b_sentence].first_word;
    if (a == b && memcmp(x, y, s->n_words * sizeof *x) == 0) { return true; }
    for (size_t w = 0; w < s->n_words; w++) {
        if (differ(&a->facts[x[w]], &b->facts[y[w]])) { return false; }
    }
    return true;
}

static const char *excerpt_of(char out[NOMEN_EXCERPT_SIZE], const nomen_checked *c, size_t sentence) {
    return nomen_excerpt(out, nomen_sentence_text(&c->set, sentence), c->set.sentences[sentence].text_size);
}

/* The first word whose labels differ. */
static void report_contradiction(nomen_checker *checker, const nomen_checked *c, size_t sentence, const nomen_seen_text *seen) {
    const nomen_checked *first = &checker->inputs[seen->file];
    const int32_t *x = first->set.tags + first->set.sentences[seen->sentence].first_word;
    const nomen_sentence *s = &c->set.sentences[sentence];
    const int32_t *y = c->set.tags + s->first_word;
    size_t w = 0;
    while (w + 1 < s->n_words && !differ(&first->facts[x[w]], &c->facts[y[w]])) { w++; }
    nomen_span word = c->set.words[s->first_word + w];
    char seen_word[NOMEN_EXCERPT_SIZE];
    nomen_findings_add(&checker->findings, NOMEN_CHECK_CONTRADICTION, nomen_checked_path(c, sentence), s->line,
                       "'%s' is %s here, but %s in %s:%zu",
                       nomen_excerpt(seen_word, nomen_sentence_text(&c->set, sentence) + word.start, word.end - word.start),
                       c->set.tag_names[y[w]], first->set.tag_names[x[w]], nomen_checked_path(first, seen->sentence),
                       first->set.sentences[seen->sentence].line);
}

static void report_repeat(nomen_checker *checker, const nomen_checked *c, size_t sentence, nomen_seen_text *seen) {
    const nomen_checked *first = &checker->inputs[seen->file];
    nomen_check_part part = c->input->part;
    bool leaks = false;
    char text[NOMEN_EXCERPT_SIZE];
    for (size_t other = 0; other < NOMEN_N_CHECK_PARTS; other++) {
        if (other == part || !seen->in_part[other]) { continue; }
        leaks = true;
        checker->n_leaks[part][other]++;
    }
    nomen_check_kind kind = leaks ? NOMEN_CHECK_LEAK : NOMEN_CHECK_DUPLICATE;
    if (leaks || seen->in_part[part]) {
        if (!nomen_findings_want(&checker->findings, kind)) {
            nomen_findings_count(&checker->findings, kind, 1);
        } else {
            nomen_findings_add(&checker->findings, kind, nomen_checked_path(c, sentence), c->set.sentences[sentence].line,
                               "'%s' is also in %s:%zu", excerpt_of(text, c, sentence), nomen_checked_path(first, seen->sentence),
                               first->set.sentences[seen->sentence].line);
        }
    }
    if (!same_tags(first, seen->sentence, c, sentence)) { report_contradiction(checker, c, sentence, seen); }
    seen->in_part[part] = true;
}

static nomen_status look_up(nomen_checker *checker, nomen_checked *c, size_t sentence, uint32_t hash, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_hashes_reserve(&checker->texts_table, err));
    asked_text asked = {checker, c, sentence};
    nomen_hashes_slot *slot = nomen_hashes_find(&checker->texts_table, hash, is_text, &asked);
    if (slot->item > 0) {
        report_repeat(checker, c, sentence, &checker->texts[slot->item - 1]);
        return NOMEN_OK;
    }
    NOMEN_TRY(NOMEN_RESERVE(checker->texts, checker->texts_capacity, checker->n_texts + 1, err));
    nomen_seen_text *seen = &checker->texts[checker->n_texts++];
    *seen = (nomen_seen_text){
        .text = nomen_sentence_text(&c->set, sentence), .sentence = sentence, .file = (uint32_t)(c - checker->inputs)};
    seen->in_part[c->input->part] = true;
    *slot = (nomen_hashes_slot){hash, (uint32_t)checker->n_texts};
    checker->texts_table.n++;
done:
    return status;
}

/* Has the memory that look_up will read on its way: each step asks for what the next needs. */
static void fetch_ahead(const nomen_checker *checker, const uint32_t *hashes, size_t n) {
    const nomen_hashes *table = &checker->texts_table;
    const nomen_hashes_slot *slots[NOMEN_REPEATS];
    if (table->n_slots == 0) { return; }
    for (size_t i = 0; i < n; i++) { __builtin_prefetch(slots[i] = &table->slots[hashes[i] & (table->n_slots - 1)]); }
    for (size_t i = 0; i < n; i++) {
        if (slots[i]->item > 0 && slots[i]->hash == hashes[i]) {
            __builtin_prefetch(&checker->texts[slots[i]->item - 1]);
        } else {
            slots[i] = NULL;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (slots[i] == NULL) { continue; }
        const nomen_seen_text *seen = &checker->texts[slots[i]->item - 1];
        __builtin_prefetch(seen->text);
        __builtin_prefetch(seen->text + 64);
        __builtin_prefetch(&checker->inputs[seen->file].set.sentences[seen->sentence]);
    }
    for (size_t i = 0; i < n; i++) {
        if (slots[i] == NULL) { continue; }
        const nomen_seen_text *seen = &checker->texts[slots[i]->item - 1];
        const nomen_dataset *set = &checker->inputs[seen->file].set;
        __builtin_prefetch(&set->tags[set->sentences[seen->sentence].first_word]);
    }
}

nomen_status nomen_check_repeats(nomen_checker *checker, nomen_checked *c, size_t first, size_t n, nomen_error *err) {
    uint32_t hashes[NOMEN_REPEATS];
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) { hashes[i] = nomen_words_hash(&c->set, first + i, checker->key); }
    fetch_ahead(checker, hashes, n);
    for (size_t i = 0; i < n && status == NOMEN_OK; i++) { status = look_up(checker, c, first + i, hashes[i], err); }
    return status;
}

void nomen_check_leaks_end(nomen_checker *checker) {
    /* all pairs of parts, each with the longest number: "18446744073709551615 of train stand in train, " */
    char text[NOMEN_N_CHECK_PARTS * NOMEN_N_CHECK_PARTS * 48] = "";
    size_t n = 0;
    for (size_t a = 0; a < NOMEN_N_CHECK_PARTS; a++) {
        for (size_t b = 0; b < NOMEN_N_CHECK_PARTS; b++) {
            if (checker->n_leaks[a][b] == 0) { continue; }
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%zu of %s are also in %s", n > 0 ? ", " : "",
                                  checker->n_leaks[a][b], part_names[a], part_names[b]);
        }
    }
    if (n > 0) { nomen_findings_detail(&checker->findings, NOMEN_CHECK_LEAK, "%s", text); }
}

typedef struct asked_name {
    const nomen_checker *checker;
    const char *bytes;
    size_t n_bytes;
} asked_name;

static bool is_name(const void *user, size_t item) {
    const asked_name *asked = user;
    const nomen_checked_name *name = &asked->checker->names[item];
    if (name->n_bytes != asked->n_bytes) { return false; }
    return memcmp(name->n_bytes <= NOMEN_NAME_HEAD ? name->head : name->bytes, asked->bytes, asked->n_bytes) == 0;
}

static void count_type(nomen_checked_name *name, int32_t type, size_t line) {
    for (size_t i = 0; i < NOMEN_NAME_TYPES; i++) {
        if (name->counts[i] > 0 && name->types[i] != type) { continue; }
        if (name->counts[i]++ == 0) {
            name->types[i] = type;
            name->lines[i] = (uint32_t)line;
        }
        return;
    }
}

nomen_status nomen_check_name(nomen_checker *checker, nomen_checked *c, size_t sentence, const nomen_tagged_run *run,
                              nomen_error *err) {
    const nomen_span *words = c->set.words + c->set.sentences[sentence].first_word;
    nomen_span bytes = {words[run->first].start, words[run->last - 1].end};
    asked_name asked = {checker, nomen_sentence_text(&c->set, sentence) + bytes.start, bytes.end - bytes.start};
    uint32_t hash = nomen_hashes_half(nomen_hashes_hash(checker->key, asked.bytes, asked.n_bytes));
    nomen_status status;
    NOMEN_TRY(nomen_hashes_reserve(&checker->names_table, err));
    nomen_hashes_slot *slot = nomen_hashes_find(&checker->names_table, hash, is_name, &asked);
    if (slot->item == 0) {
        NOMEN_TRY(NOMEN_RESERVE(checker->names, checker->names_capacity, checker->n_names + 1, err));
        nomen_checked_name *name = &checker->names[checker->n_names++];
        *name = (nomen_checked_name){
            .bytes = asked.bytes, .n_bytes = asked.n_bytes, .sentence = sentence, .file = (uint32_t)(c - checker->inputs)};
        memcpy(name->head, asked.bytes, asked.n_bytes < NOMEN_NAME_HEAD ? asked.n_bytes : NOMEN_NAME_HEAD);
        *slot = (nomen_hashes_slot){hash, (uint32_t)checker->n_names};
        checker->names_table.n++;
    }
    count_type(&checker->names[slot->item - 1], run->type, c->set.sentences[sentence].line);
done:
    return status;
}

/* How often a name has another type than its most frequent one. */
static size_t n_rarer(const nomen_checked_name *name) {
    size_t sum = 0, most = 0;
    for (size_t i = 0; i < NOMEN_NAME_TYPES; i++) {
        sum += name->counts[i];
        if (name->counts[i] > most) { most = name->counts[i]; }
    }
    return sum - most;
}

/* Those with the most of the rarer types first, then as they came. */
static int compare_names(const void *a, const void *b) {
    const nomen_checked_name *x = *(const nomen_checked_name *const *)a, *y = *(const nomen_checked_name *const *)b;
    size_t n_x = n_rarer(x), n_y = n_rarer(y);
    if (n_x != n_y) { return n_x > n_y ? -1 : 1; }
    return x < y ? -1 : x > y;
}

static void report_name(nomen_checker *checker, const nomen_checked_name *name) {
    const nomen_checked *c = &checker->inputs[name->file];
    char text[400], seen[NOMEN_EXCERPT_SIZE];
    size_t n = 0;
    for (size_t i = 0; i < NOMEN_NAME_TYPES && name->counts[i] > 0 && n < sizeof text; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s %u (first on line %u)", i > 0 ? ", " : "",
                              checker->types.names[name->types[i]], name->counts[i], name->lines[i]);
    }
    nomen_findings_add(&checker->findings, NOMEN_CHECK_AMBIGUOUS, nomen_checked_path(c, name->sentence),
                       c->set.sentences[name->sentence].line, "'%s': %s", nomen_excerpt(seen, name->bytes, name->n_bytes), text);
}

nomen_status nomen_check_names_end(nomen_checker *checker, nomen_error *err) {
    const nomen_checked_name **order = NULL;
    size_t n = 0;
    nomen_status status = NOMEN_NEW(order, checker->n_names, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t i = 0; i < checker->n_names; i++) {
        if (checker->names[i].counts[1] > 0) { order[n++] = &checker->names[i]; }
    }
    if (n > 1) { qsort(order, n, sizeof *order, compare_names); }
    for (size_t i = 0; i < n; i++) { report_name(checker, order[i]); }
    nomen_mem_free(order);
    return NOMEN_OK;
}
