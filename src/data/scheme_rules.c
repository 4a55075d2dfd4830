/* The rules of order in tag schemes; see the header. */
#include "data/scheme_rules.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "data/excerpt.h"

/* The letters of each scheme's tags, and its name. */
static const struct {
    const char *letters, *name, *key;
} schemes[] = {
    [NOMEN_SCHEME_AUTO] = {"BIESLU", "auto", "auto"},  [NOMEN_SCHEME_IOB1] = {"BI", "IOB1", "iob1"},
    [NOMEN_SCHEME_IOB2] = {"BI", "IOB2", "iob2"},      [NOMEN_SCHEME_IOE1] = {"IE", "IOE1", "ioe1"},
    [NOMEN_SCHEME_IOE2] = {"IE", "IOE2", "ioe2"},      [NOMEN_SCHEME_IOBES] = {"BIES", "IOBES", "iobes"},
    [NOMEN_SCHEME_BILOU] = {"BILU", "BILOU", "bilou"}, [NOMEN_SCHEME_PLAIN] = {"", "plain", "plain"},
};

const char *nomen_scheme_title(nomen_scheme scheme) {
    return schemes[scheme].name;
}

const char *nomen_scheme_name(nomen_scheme scheme) {
    return (size_t)scheme < sizeof schemes / sizeof *schemes ? schemes[scheme].key : "unknown";
}

const char *nomen_scheme_letters(nomen_scheme scheme) {
    return schemes[scheme].letters;
}

nomen_status nomen_scheme_parse(const char *name, nomen_scheme *out, nomen_error *err) {
    const char *keys[sizeof schemes / sizeof *schemes + 1] = {0};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) { keys[i] = schemes[i].key; }
    int found = 0;
    nomen_status status = nomen_name_find(name, keys, "tag scheme", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_scheme)found; }
    return status;
}

nomen_scheme_kind nomen_scheme_beside(const nomen_scheme_facts *facts, const int32_t *tags, size_t word, size_t other) {
    size_t here = (size_t)tags[word], there = (size_t)tags[other];
    bool same = nomen_scheme_has_prefix(facts->kinds[there]) && facts->types[here] == facts->types[there];
    return same ? facts->kinds[there] : NOMEN_KIND_OUTSIDE;
}

/* Whether the word's tag breaks the rules of a marked scheme; IOBES has two marks, and so two neighbours. */
static bool is_unmarked(nomen_scheme scheme, nomen_scheme_kind kind, nomen_scheme_kind before, nomen_scheme_kind behind) {
    bool continues = kind == NOMEN_KIND_INSIDE || kind == NOMEN_KIND_END,
         goes_on = kind == NOMEN_KIND_INSIDE || kind == NOMEN_KIND_BEGIN;
    bool open = before == NOMEN_KIND_BEGIN || before == NOMEN_KIND_INSIDE,
         closes = behind == NOMEN_KIND_INSIDE || behind == NOMEN_KIND_END;
    switch (scheme) {
    case NOMEN_SCHEME_IOB2: return kind == NOMEN_KIND_INSIDE && before == NOMEN_KIND_OUTSIDE;
    case NOMEN_SCHEME_IOE2: return kind == NOMEN_KIND_INSIDE && behind == NOMEN_KIND_OUTSIDE;
    default: return (continues && !open) || (goes_on && !closes);
    }
}

nomen_scheme_counts nomen_scheme_count(const nomen_dataset *set, const nomen_scheme_facts *facts) {
    nomen_scheme_counts counts = {0};
    for (size_t s = 0; s < set->n_sentences; s++) {
        const nomen_sentence *sentence = &set->sentences[s];
        const int32_t *tags = set->tags + sentence->first_word;
        for (size_t word = 0; word < sentence->n_words; word++) {
            nomen_scheme_kind kind = facts->kinds[tags[word]];
            if (kind == NOMEN_KIND_OUTSIDE) { continue; }
            nomen_scheme_kind before = word > 0 ? nomen_scheme_beside(facts, tags, word, word - 1) : NOMEN_KIND_OUTSIDE;
            nomen_scheme_kind behind =
                word + 1 < sentence->n_words ? nomen_scheme_beside(facts, tags, word, word + 1) : NOMEN_KIND_OUTSIDE;
            counts.lone_mark += (kind == NOMEN_KIND_BEGIN && before == NOMEN_KIND_OUTSIDE) ||
                                (kind == NOMEN_KIND_END && behind == NOMEN_KIND_OUTSIDE);
            if (!is_unmarked(facts->scheme, kind, before, behind)) { continue; }
            if (counts.no_mark++ == 0) { counts.first_line = sentence->line; }
        }
    }
    return counts;
}

void nomen_scheme_report_order(const nomen_builder *builder, const nomen_scheme_facts *facts) {
    const nomen_dataset *set = &builder->set;
    const nomen_data_sink *sink = set->notes.sink;
    for (size_t s = 0; s < set->n_sentences; s++) {
        const int32_t *tags = set->tags + set->sentences[s].first_word;
        size_t n = set->sentences[s].n_words;
        for (size_t word = 0; word < n; word++) {
            nomen_scheme_kind kind = facts->kinds[tags[word]];
            if (kind == NOMEN_KIND_OUTSIDE) { continue; }
            nomen_scheme_kind before = word > 0 ? nomen_scheme_beside(facts, tags, word, word - 1) : NOMEN_KIND_OUTSIDE;
            nomen_scheme_kind behind = word + 1 < n ? nomen_scheme_beside(facts, tags, word, word + 1) : NOMEN_KIND_OUTSIDE;
            if (!is_unmarked(facts->scheme, kind, before, behind)) { continue; }
            char message[NOMEN_ERROR_SIZE], tag[NOMEN_EXCERPT_SIZE], text[NOMEN_EXCERPT_SIZE];
            const char *name = builder->tags.names[tags[word]];
            nomen_span span = set->words[set->sentences[s].first_word + word];
            snprintf(message, sizeof message, "'%s' of '%s' breaks the rules of %s", nomen_excerpt(tag, name, strlen(name)),
                     nomen_excerpt(text, nomen_sentence_text(set, s) + span.start, span.end - span.start),
                     nomen_scheme_title(facts->scheme));
            sink->report(sink->user, NOMEN_FAULT_ORDER, builder->name, nomen_dataset_line(set, s, word), message);
        }
    }
}
