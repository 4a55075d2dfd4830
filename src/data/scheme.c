/* Tag schemes; see the header. */
#include "data/scheme.h"

#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/excerpt.h"
#include "data/label_split.h"
#include "data/scheme_rules.h"

static nomen_scheme_kind kind_of(const char *tag, nomen_scheme stated) {
    for (const char *c = tag; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7F) { return NOMEN_KIND_MALFORMED; }
    }
    char prefix = nomen_label_prefix(tag, strlen(tag));
    if (prefix == 'O' || nomen_tag_is_unknown(tag)) { return NOMEN_KIND_OUTSIDE; }
    if (stated == NOMEN_SCHEME_PLAIN) { return NOMEN_KIND_PLAIN; }
    switch (prefix) {
    case 'B': return NOMEN_KIND_BEGIN;
    case 'I': return NOMEN_KIND_INSIDE;
    case 'E': return NOMEN_KIND_END;
    case 'S': return NOMEN_KIND_SINGLE;
    default: break;
    }
    bool no_type = tag[1] == '-' && tag[2] == '\0' && strchr("BIESLU", tag[0]) != NULL;
    return no_type ? NOMEN_KIND_MALFORMED : NOMEN_KIND_PLAIN;
}

static void clear_facts(nomen_scheme_facts *facts) {
    nomen_mem_free(facts->kinds);
    nomen_mem_free(facts->counts);
    nomen_mem_free(facts->types);
    *facts = (nomen_scheme_facts){0};
}

/* Numbers types by a second table, so that many tags cost no square. */
static nomen_status find_types(const nomen_interner *tags, nomen_scheme_facts *facts, nomen_error *err) {
    nomen_interner types = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < tags->n; i++) {
        if (!nomen_scheme_has_prefix(facts->kinds[i])) { continue; }
        int32_t type = 0;
        const char *name = tags->names[i] + 2;
        NOMEN_TRY(nomen_intern(&types, name, strlen(name), &type, err));
        facts->types[i] = (size_t)type;
    }
    facts->n_types = types.n;
done:
    nomen_interner_clear(&types);
    return status;
}

/* The scheme that the letters in use indicate. IOB1 and IOE1 differ from IOB2 and IOE2 by order alone, see resolve_order. */
static nomen_scheme guess_scheme(const nomen_interner *tags, const nomen_scheme_facts *facts) {
    bool letter[128] = {false};
    char foreign = 0; /* the first letter that neither IOB nor IOE has, or E, which they may share */
    for (size_t i = 0; i < tags->n; i++) {
        if (facts->counts[i] == 0 || !nomen_scheme_has_prefix(facts->kinds[i])) { continue; }
        char c = tags->names[i][0];
        letter[(unsigned char)c] = true;
        if (foreign == 0 && c != 'B' && c != 'I') { foreign = c; }
    }
    if (foreign == 'L' || foreign == 'U') { return NOMEN_SCHEME_BILOU; }
    if (foreign != 0) { return letter['B'] || letter['S'] ? NOMEN_SCHEME_IOBES : NOMEN_SCHEME_IOE2; }
    return letter['B'] || letter['I'] ? NOMEN_SCHEME_IOB2 : NOMEN_SCHEME_PLAIN;
}

static bool fits(const nomen_builder *builder, const nomen_scheme_facts *facts, size_t tag) {
    nomen_scheme_kind kind = facts->kinds[tag];
    if (kind == NOMEN_KIND_OUTSIDE) { return true; }
    if (facts->scheme == NOMEN_SCHEME_PLAIN) { return kind == NOMEN_KIND_PLAIN; }
    return nomen_scheme_has_prefix(kind) && strchr(nomen_scheme_letters(facts->scheme), builder->tags.names[tag][0]) != NULL;
}

static nomen_status find_facts(const nomen_builder *builder, nomen_scheme_facts *out, nomen_error *err) {
    const nomen_interner *tags = &builder->tags;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(out->kinds, tags->n, err));
    NOMEN_TRY(NOMEN_NEW(out->counts, tags->n, err));
    NOMEN_TRY(NOMEN_NEW(out->types, tags->n, err));
    for (size_t i = 0; i < builder->set.n_words; i++) { out->counts[builder->set.tags[i]]++; }
    for (size_t i = 0; i < tags->n; i++) { out->kinds[i] = kind_of(tags->names[i], builder->options->scheme); }
    out->scheme = builder->options->scheme != NOMEN_SCHEME_AUTO ? builder->options->scheme : guess_scheme(tags, out);
    out->example = SIZE_MAX;
    out->all_outside = out->only_inside = true;
    for (size_t i = 0; i < tags->n; i++) {
        bool used = out->counts[i] > 0 && out->kinds[i] != NOMEN_KIND_OUTSIDE;
        out->all_outside = out->all_outside && !used;
        out->only_inside = out->only_inside && (!used || out->kinds[i] == NOMEN_KIND_INSIDE);
    }
    for (size_t i = tags->n; i-- > 0;) {
        if (out->counts[i] > 0 && nomen_scheme_has_prefix(out->kinds[i]) && fits(builder, out, i)) { out->example = i; }
    }
    status = find_types(tags, out, err);
done:
    return status;
}

/* Reports why a tag does not fit. */
static nomen_status refuse(nomen_builder *builder, const nomen_scheme_facts *facts, size_t tag, size_t line, nomen_error *err) {
    const char *name = builder->tags.names[tag];
    char seen[NOMEN_EXCERPT_SIZE], other[NOMEN_EXCERPT_SIZE];
    nomen_excerpt(seen, name, strlen(name));
    if (facts->kinds[tag] == NOMEN_KIND_MALFORMED || facts->scheme == NOMEN_SCHEME_PLAIN) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, line, err, "tag '%s' is malformed; expected O, B-type or I-type",
                                      seen);
    }
    if (facts->example != SIZE_MAX && strcmp(nomen_scheme_letters(facts->scheme), "BI") == 0) {
        const char *example = builder->tags.names[facts->example];
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SCHEME, line, err,
                                      "tag '%s' is not O, B-type or I-type as other tags are ('%s' on line %zu); correct it",
                                      seen, nomen_excerpt(other, example, strlen(example)), builder->tag_lines[facts->example]);
    }
    return nomen_error_remedy(
        err, NOMEN_REMEDY_SCHEME,
        nomen_builder_fault_of(
            builder, NOMEN_FAULT_SCHEME, line, err,
            "tag '%s' does not belong to the scheme %s, which has O and the prefixes %s; correct it, or state another scheme",
            seen, nomen_scheme_title(facts->scheme), nomen_scheme_letters(facts->scheme)));
}

/* Drops the sentences that hold a tag that does not fit; the arrays stay without gaps. */
static nomen_status drop_unfit(nomen_builder *builder, const nomen_scheme_facts *facts, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    size_t n_sentences = 0, n_words = 0, text_size = 0;
    bool document_start = false;
    for (size_t s = 0; s < set->n_sentences; s++) {
        nomen_sentence sentence = set->sentences[s];
        const int32_t *tags = set->tags + sentence.first_word;
        size_t word = 0;
        while (word < sentence.n_words && fits(builder, facts, (size_t)tags[word])) { word++; }
        document_start = document_start || sentence.document_start;
        if (word < sentence.n_words) {
            nomen_status status = refuse(builder, facts, (size_t)tags[word], nomen_dataset_line(set, s, word), err);
            if (status != NOMEN_OK) { return status; }
            continue;
        }
        memmove(set->text + text_size, set->text + sentence.text_start, sentence.text_size);
        memmove(set->words + n_words, set->words + sentence.first_word, sentence.n_words * sizeof *set->words);
        memmove(set->tags + n_words, tags, sentence.n_words * sizeof *set->tags);
        sentence.text_start = text_size;
        sentence.first_word = n_words;
        sentence.document_start = document_start;
        document_start = false;
        text_size += sentence.text_size;
        n_words += sentence.n_words;
        set->sentences[n_sentences++] = sentence;
    }
    set->n_sentences = n_sentences;
    set->n_words = n_words;
    set->text_size = text_size;
    return NOMEN_OK;
}

static nomen_status check_tags(nomen_builder *builder, const nomen_scheme_facts *facts, nomen_error *err) {
    for (size_t i = 0; i < builder->tags.n; i++) {
        if (facts->counts[i] == 0 || fits(builder, facts, i)) { continue; }
        /* Tags are numbered as they appear, so this one is the first in the file. */
        if (!builder->skip_bad) { return refuse(builder, facts, i, builder->tag_lines[i], err); }
        return drop_unfit(builder, facts, err);
    }
    return NOMEN_OK;
}

/*
 * The scheme of a file that goes with one in the scheme `like`, as predictions go with their gold: the letters decide which
 * family it is of (a few in which nothing speaks for or against fit it too), and in IOB and IOE the marks that most of its
 * entities have. So a stray I- among IOB2 does not make the file IOB1.
 */
static nomen_scheme choose_like(nomen_scheme like, nomen_scheme guess, const nomen_scheme_facts *facts,
                                const nomen_scheme_counts *counts) {
    bool iob = like == NOMEN_SCHEME_IOB1 || like == NOMEN_SCHEME_IOB2,
         ioe = like == NOMEN_SCHEME_IOE1 || like == NOMEN_SCHEME_IOE2;
    if (guess == NOMEN_SCHEME_PLAIN && facts->all_outside) { return like; }
    if (guess == NOMEN_SCHEME_IOE2 && like == NOMEN_SCHEME_IOBES) { return like; } /* without any B- or S- */
    if (!(iob && guess == NOMEN_SCHEME_IOB2) && !(ioe && (guess == NOMEN_SCHEME_IOE2 || facts->only_inside))) { return guess; }
    bool marked = counts->lone_mark > counts->no_mark;
    if (like == NOMEN_SCHEME_IOB1 && marked) { return NOMEN_SCHEME_IOB2; }
    return like == NOMEN_SCHEME_IOE1 && marked ? NOMEN_SCHEME_IOE2 : like;
}

/* Tells IOB1 from IOB2 and IOE1 from IOE2, unless the scheme was stated, and logs tags that follow no rule. */
static void resolve_order(const nomen_builder *builder, nomen_scheme_facts *facts) {
    nomen_scheme like = builder->options->like;
    if (like != NOMEN_SCHEME_AUTO && builder->options->scheme == NOMEN_SCHEME_AUTO) {
        nomen_scheme_counts marks = nomen_scheme_count(&builder->set, facts);
        facts->scheme = choose_like(like, facts->scheme, facts, &marks);
    }
    nomen_scheme scheme = facts->scheme;
    if (scheme == NOMEN_SCHEME_PLAIN || scheme == NOMEN_SCHEME_IOB1 || scheme == NOMEN_SCHEME_IOE1) { return; }
    nomen_scheme_counts counts = nomen_scheme_count(&builder->set, facts);
    if (counts.no_mark == 0) { return; }
    bool stated = builder->options->scheme != NOMEN_SCHEME_AUTO || like != NOMEN_SCHEME_AUTO;
    if (!stated && counts.lone_mark == 0 && (scheme == NOMEN_SCHEME_IOB2 || scheme == NOMEN_SCHEME_IOE2)) {
        facts->scheme = scheme == NOMEN_SCHEME_IOB2 ? NOMEN_SCHEME_IOB1 : NOMEN_SCHEME_IOE1;
    } else if (builder->set.notes.sink != NULL) {
        if (scheme != NOMEN_SCHEME_IOB2) { nomen_scheme_report_order(builder, facts); }
    } else if (scheme == NOMEN_SCHEME_IOB2) {
        nomen_log_warning("%s: %zu I- tags follow no tag of their type, the first in the sentence on line %zu; they are kept",
                          builder->name, counts.no_mark, counts.first_line);
    } else {
        nomen_log_warning("%s: %zu tags break the rules of %s, the first in the sentence on line %zu; adjacent entities of one "
                          "type are read as one there",
                          builder->name, counts.no_mark, nomen_scheme_title(scheme), counts.first_line);
    }
}

/* Whether a tag begins an entity. An orphan I- of IOB2 or IOBES stays one, as scorers differ on what it is. */
static bool begins(nomen_scheme scheme, nomen_scheme_kind kind, nomen_scheme_kind before) {
    if (kind == NOMEN_KIND_BEGIN || kind == NOMEN_KIND_SINGLE) { return true; }
    bool apart = before == NOMEN_KIND_END || before == NOMEN_KIND_SINGLE;
    return apart || (before == NOMEN_KIND_OUTSIDE && scheme != NOMEN_SCHEME_IOBES && scheme != NOMEN_SCHEME_BILOU);
}

/* The numbers of B-x and I-x for each type x, by tag. */
static nomen_status name_types(nomen_builder *builder, const nomen_scheme_facts *facts, size_t n_tags, int32_t *pairs,
                               nomen_error *err) {
    nomen_buffer name = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_tags; i++) {
        if (!nomen_scheme_has_prefix(facts->kinds[i]) || facts->counts[i] == 0) { continue; }
        for (size_t inside = 0; inside < 2; inside++) {
            nomen_buffer_reset(&name);
            NOMEN_TRY(nomen_buffer_append_byte(&name, inside ? 'I' : 'B', err));
            NOMEN_TRY(nomen_buffer_append_text(&name, builder->tags.names[i] + 1, err));
            NOMEN_TRY(nomen_builder_number_tag(builder, name.data, name.size, builder->tag_lines[i],
                                               &pairs[2 * facts->types[i] + inside], err));
        }
    }
done:
    nomen_buffer_clear(&name);
    return status;
}

/* From the last word to the first: a tag looks at the one before it. */
static nomen_status convert(nomen_builder *builder, const nomen_scheme_facts *facts, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_status status = NOMEN_OK;
    int32_t *pairs = NULL;
    NOMEN_TRY(NOMEN_NEW(pairs, 2 * facts->n_types, err));
    NOMEN_TRY(name_types(builder, facts, builder->tags.n, pairs, err));
    for (size_t s = 0; s < set->n_sentences; s++) {
        int32_t *tags = set->tags + set->sentences[s].first_word;
        for (size_t word = set->sentences[s].n_words; word-- > 0;) {
            nomen_scheme_kind kind = facts->kinds[tags[word]];
            if (kind == NOMEN_KIND_OUTSIDE) { continue; }
            nomen_scheme_kind before = word > 0 ? nomen_scheme_beside(facts, tags, word, word - 1) : NOMEN_KIND_OUTSIDE;
            tags[word] = pairs[2 * facts->types[tags[word]] + !begins(facts->scheme, kind, before)];
        }
    }
done:
    nomen_mem_free(pairs);
    return status;
}

/* A copy of the tags as they stand, with names of their own. */
static nomen_status keep_found(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    const nomen_interner *table = &builder->tags;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(set->found, set->n_words, err));
    memcpy(set->found, set->tags, set->n_words * sizeof *set->tags);
    NOMEN_TRY(NOMEN_NEW(set->found_names, table->n, err));
    for (; set->n_found_names < table->n; set->n_found_names++) {
        const char *name = table->names[set->n_found_names];
        NOMEN_TRY(NOMEN_COPY(set->found_names[set->n_found_names], name, strlen(name), err));
    }
done:
    return status;
}

/* Numbers the tags in use as they appear, and hands their names over to the set. */
static nomen_status number_tags(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_interner *table = &builder->tags;
    nomen_status status;
    int32_t *numbers = NULL;
    NOMEN_TRY(NOMEN_NEW(numbers, table->n, err));
    NOMEN_TRY(NOMEN_NEW(set->tag_names, table->n, err));
    for (size_t i = 0; i < table->n; i++) { numbers[i] = -1; }
    for (size_t i = 0; i < set->n_words; i++) {
        int32_t tag = set->tags[i];
        if (numbers[tag] < 0) {
            set->has_unknown = set->has_unknown || nomen_tag_is_unknown(table->names[tag]);
            numbers[tag] = (int32_t)set->n_tags;
            set->tag_names[set->n_tags++] = table->names[tag];
            table->names[tag] = NULL;
        }
        set->tags[i] = numbers[tag];
    }
done:
    nomen_mem_free(numbers);
    return status;
}

nomen_status nomen_scheme_resolve(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_scheme_facts facts = {0};
    nomen_status status;
    if (set->unit != NOMEN_WORDS_AUTO) { /* the tags are our own */
        set->scheme = NOMEN_SCHEME_IOB2;
        return number_tags(builder, err);
    }
    NOMEN_TRY(find_facts(builder, &facts, err));
    NOMEN_TRY(check_tags(builder, &facts, err));
    resolve_order(builder, &facts);
    set->scheme = facts.scheme;
    if (facts.scheme != NOMEN_SCHEME_PLAIN && facts.scheme != NOMEN_SCHEME_IOB2) {
        if (builder->options->keep_found) { NOMEN_TRY(keep_found(builder, err)); }
        NOMEN_TRY(convert(builder, &facts, err));
    }
    status = number_tags(builder, err);
done:
    clear_facts(&facts);
    return status;
}
