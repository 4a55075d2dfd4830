/* Tags and entities of one input: illegal sequences, what stands at an entity's edges, its length, counts by type. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "check/checker.h"
#include "data/excerpt.h"
#include "data/label_split.h"
#include "text/unicode.h"

/* An entity of more words is worth a look. */
enum { LONG_ENTITY = 12 };

static nomen_status find_fact(nomen_checker *checker, const nomen_checked *c, size_t tag, nomen_error *err) {
    const char *name = c->set.tag_names[tag], *type = name;
    nomen_tag_fact *fact = &c->facts[tag];
    bool plain = c->set.scheme == NOMEN_SCHEME_PLAIN;
    nomen_status status;
    *fact = (nomen_tag_fact){.kind = NOMEN_TAG_OUTSIDE, .type = -1};
    if (nomen_tag_is_unknown(name)) {
        fact->kind = NOMEN_TAG_OPEN;
        name = "O";
    }
    NOMEN_TRY(nomen_intern(&checker->labels, name, strlen(name), &fact->label, err));
    if (strcmp(name, "O") == 0) { return NOMEN_OK; }
    fact->kind = plain ? NOMEN_TAG_PLAIN : name[0] == 'B' ? NOMEN_TAG_BEGIN : NOMEN_TAG_INSIDE;
    if (!plain) { type = nomen_label_split(name).type; }
    NOMEN_TRY(nomen_intern(&checker->types, type, strlen(type), &fact->type, err));
    size_t before = checker->type_counts_capacity;
    NOMEN_TRY(NOMEN_RESERVE(checker->type_counts, checker->type_counts_capacity, checker->types.n, err));
    size_t more = checker->type_counts_capacity - before;
    if (more > 0) { memset(checker->type_counts + before, 0, more * sizeof *checker->type_counts); }
done:
    return status;
}

nomen_status nomen_check_tags_begin(nomen_checker *checker, nomen_checked *c, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(c->facts, c->set.n_tags, err));
    NOMEN_TRY(NOMEN_NEW(c->tag_counts, c->set.n_tags, err));
    for (size_t i = 0; i < c->set.n_words; i++) { c->tag_counts[c->set.tags[i]]++; }
    for (size_t tag = 0; tag < c->set.n_tags; tag++) { NOMEN_TRY(find_fact(checker, c, tag, err)); }
done:
    return status;
}

bool nomen_checked_next(const nomen_checked *c, size_t sentence, size_t at, nomen_tagged_run *out) {
    const nomen_sentence *s = &c->set.sentences[sentence];
    const int32_t *tags = c->set.tags + s->first_word;
    while (at < s->n_words && c->facts[tags[at]].type < 0) { at++; }
    if (at == s->n_words) { return false; }
    *out = (nomen_tagged_run){.first = at, .last = at + 1, .type = c->facts[tags[at]].type};
    for (; out->last < s->n_words; out->last++) {
        const nomen_tag_fact *fact = &c->facts[tags[out->last]];
        if (fact->type != out->type || fact->kind == NOMEN_TAG_BEGIN) { break; }
    }
    return true;
}

/* The text of words [first, last), short enough for a message. */
static const char *excerpt_of(char out[NOMEN_EXCERPT_SIZE], const nomen_checked *c, size_t sentence, size_t first, size_t last) {
    const nomen_span *words = c->set.words + c->set.sentences[sentence].first_word;
    return nomen_excerpt(out, nomen_sentence_text(&c->set, sentence) + words[first].start,
                         words[last - 1].end - words[first].start);
}

/* An I- that begins an entity, told once the scheme is known to be broken. */
static void look_at_start(nomen_checker *checker, nomen_checked *c, size_t sentence, const nomen_tagged_run *run) {
    const nomen_dataset *set = &c->set;
    const int32_t *tags = set->tags + set->sentences[sentence].first_word;
    if (c->facts[tags[run->first]].kind != NOMEN_TAG_INSIDE) { return; }
    const nomen_tag_fact *before = run->first > 0 ? &c->facts[tags[run->first - 1]] : NULL;
    bool change = before != NULL && before->type >= 0;
    char seen[NOMEN_EXCERPT_SIZE];
    size_t line = nomen_dataset_line(set, sentence, run->first);
    if (!change && c->n_lone++ == 0) { c->lone_line = line; }
    nomen_findings_add(&checker->findings, change ? NOMEN_CHECK_TYPE_CHANGE : NOMEN_CHECK_LONE_INSIDE,
                       nomen_checked_path(c, sentence), line, "%s of '%s' follows %s", set->tag_names[tags[run->first]],
                       excerpt_of(seen, c, sentence, run->first, run->last),
                       change ? set->tag_names[tags[run->first - 1]] : "no entity");
}

/* Marks that rarely belong to a name; a full stop after one often does (Inc., U.S.). */
static bool is_edge_mark(uint32_t c, bool begins, bool alone) {
    if (c == ',' || c == ';' || c == ':' || c == '!' || c == '?' || c == '"' || c == 0x201C || c == 0x201D || c == 0xAB ||
        c == 0xBB) {
        return true;
    }
    if (begins) {
        return c == ')' || c == ']' || c == '}' || (alone && (c == '(' || c == '.' || c == '-' || c == '\'' || c == '`'));
    }
    return c == '(' || c == '[' || c == '{' || (alone && (c == ')' || c == '.' || c == '-' || c == '\'' || c == '`'));
}

static void look_at_edges(nomen_checker *checker, const nomen_checked *c, size_t sentence, const nomen_tagged_run *run) {
    const nomen_span *words = c->set.words + c->set.sentences[sentence].first_word;
    const char *text = nomen_sentence_text(&c->set, sentence);
    nomen_span first = words[run->first], last = words[run->last - 1];
    uint32_t begin = (unsigned char)text[first.start], end = (unsigned char)text[last.end - 1];
    size_t n_begin = 1, n_end = 1;
    if (begin >= 0x80) { n_begin = nomen_utf8_decode(text + first.start, first.end - first.start, &begin); }
    if (end >= 0x80) {
        while (n_end < last.end - last.start && ((unsigned char)text[last.end - n_end] & 0xC0) == 0x80) { n_end++; }
        (void)nomen_utf8_decode(text + last.end - n_end, n_end, &end);
    }
    bool one = run->last == run->first + 1 && first.end - first.start == n_begin; /* nothing but the mark */
    if (!is_edge_mark(begin, true, n_begin == first.end - first.start && !one) &&
        !is_edge_mark(end, false, n_end == last.end - last.start && !one)) {
        return;
    }
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_findings_add(&checker->findings, NOMEN_CHECK_EDGE_PUNCTUATION, nomen_checked_path(c, sentence),
                       nomen_dataset_line(&c->set, sentence, run->first), "'%s' (%s)",
                       excerpt_of(seen, c, sentence, run->first, run->last), checker->types.names[run->type]);
}

static void count_entity(nomen_checker *checker, nomen_checked *c, size_t sentence, const nomen_tagged_run *run) {
    nomen_type_counts *counts = &checker->type_counts[run->type];
    nomen_check_part part = c->input->part;
    c->n_entities++;
    if (counts->n_entities[part]++ > 0) { return; }
    counts->path[part] = c->name;
    counts->line[part] = nomen_dataset_line(&c->set, sentence, run->first);
}

/* Spans of the file itself, whose ends tags do not show. */
static void look_at_spans(nomen_checker *checker, const nomen_checked *c, size_t sentence) {
    const nomen_sentence *s = &c->set.sentences[sentence];
    const char *text = nomen_sentence_text(&c->set, sentence);
    for (size_t i = 0; i < s->n_spans; i++) {
        const nomen_gold_span *span = &c->set.spans[s->first_span + i];
        uint32_t begin, end;
        size_t last = span->end - 1;
        while (last > span->start && ((unsigned char)text[last] & 0xC0) == 0x80) { last--; }
        (void)nomen_utf8_decode(text + span->start, span->end - span->start, &begin);
        (void)nomen_utf8_decode(text + last, span->end - last, &end);
        if (!((nomen_unicode_get(begin)->flags | nomen_unicode_get(end)->flags) & NOMEN_UNICODE_SPACE)) { continue; }
        char seen[NOMEN_EXCERPT_SIZE];
        nomen_findings_add(&checker->findings, NOMEN_CHECK_EDGE_SPACE, nomen_checked_path(c, sentence), s->line, "'%s' (%s)",
                           nomen_excerpt(seen, text + span->start, span->end - span->start), c->set.span_labels[span->label]);
    }
}

nomen_status nomen_check_tags(nomen_checker *checker, nomen_checked *c, size_t sentence, nomen_error *err) {
    nomen_tagged_run run = {0};
    nomen_status status = NOMEN_OK;
    while (status == NOMEN_OK && nomen_checked_next(c, sentence, run.last, &run)) {
        look_at_start(checker, c, sentence, &run);
        look_at_edges(checker, c, sentence, &run);
        count_entity(checker, c, sentence, &run);
        if (run.last - run.first > LONG_ENTITY) {
            char seen[NOMEN_EXCERPT_SIZE];
            nomen_findings_add(&checker->findings, NOMEN_CHECK_LONG_ENTITY, nomen_checked_path(c, sentence),
                               nomen_dataset_line(&c->set, sentence, run.first), "%zu words: '%s' (%s)", run.last - run.first,
                               excerpt_of(seen, c, sentence, run.first, run.last), checker->types.names[run.type]);
        }
        status = nomen_check_name(checker, c, sentence, &run, err);
    }
    look_at_spans(checker, c, sentence);
    return status;
}

/* A tenth of the entities without B-: not slips, but sentences of another scheme. */
void nomen_check_tags_end(nomen_checker *checker, nomen_checked *c) {
    if (c->n_lone >= 10 && c->n_lone * 10 >= c->n_entities) {
        nomen_findings_add(&checker->findings, NOMEN_CHECK_SCHEMES, c->name, c->lone_line,
                           "%zu of %zu entities begin with I-, as in IOB1, and the others with B-, as in IOB2", c->n_lone,
                           c->n_entities);
    }
    if (c->set.n_sentences > 0 && c->n_entities == 0) {
        nomen_findings_add(&checker->findings, NOMEN_CHECK_NO_ENTITIES, c->name, 0, "all %zu words are O", c->set.n_words);
    }
}
